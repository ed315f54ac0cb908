"""Which addresses callbacks may go to, and whether receivers can trust them."""

import time

import openai
import pytest

from voice_stack.core.errors import InvalidRequestError, SettingsError
from voice_stack.core.settings import load_settings
from voice_stack.jobs.callbacks.policy import check_callback, signed_headers
from voice_stack.web.settings import ServiceSettings

HOSTS = ["example.org", "hooks.example.org:8443", "[::1]:9000", "xn--bcher-kva.de", "127.0.0.1:81"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x?y=z",
        "https://EXAMPLE.org:443/",
        "https://hooks.example.org:8443/a",
        "http://[::1]:9000/",
        "https://bücher.de/",
        "http://127.0.0.1:81",
    ],
)
def test_allowed_hosts_may_be_called(url: str) -> None:
    assert check_callback(url, HOSTS) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/",
        "http://sub.example.org/",
        "http://example.org.evil.example/",
        "http://example.org./",
        "http://example.org:8080/",
        "https://example.org:80/",
        "https://hooks.example.org/",
        "http://example.org@evil.example/",
        "http://evil.example\\@example.org/",
        "http://user:password@example.org/",
        "http://example.org/#part",
        "ftp://example.org/",
        "file:///etc/passwd",
        "//example.org/",
        "example.org",
        "http://127.0.0.1/",
        "http://2130706433:81/",
        "http://[::ffff:127.0.0.1]:81/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org/\r\nx: y",
        "http://example.org/" + 2048 * "a",
        "",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_callback(url, HOSTS)
    assert caught.value.param == "callback_url"


def test_without_hosts_there_are_no_callbacks() -> None:
    with pytest.raises(InvalidRequestError, match="turned off"):
        check_callback("http://example.org/", [])


@pytest.mark.parametrize("secret", ["plain text", "whsec_c2VjcmV0IGJ5dGVz"])
def test_the_sdk_of_openai_verifies_the_signature(secret: str) -> None:
    body = '{"type":"job.completed","text":"Grüße"}'.encode()
    headers = signed_headers(secret, "evt_1", int(time.time()), body)
    webhooks = openai.OpenAI(api_key="k").webhooks
    webhooks.verify_signature(body, headers, secret=secret)
    for wrong in (body + b" ", body.replace(b"completed", b"failed")):
        with pytest.raises(openai.InvalidWebhookSignatureError):
            webhooks.verify_signature(wrong, headers, secret=secret)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        webhooks.verify_signature(body, {**headers, "webhook-timestamp": str(int(time.time()) + 1)}, secret=secret)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"job_callback_hosts": "example.org"}, "JOB_CALLBACK_SECRET"),
        ({"job_callback_hosts": "example.org", "job_callback_secret": "whsec_?"}, "JOB_CALLBACK_SECRET"),
        ({"job_callback_hosts": "http://example.org", "job_callback_secret": "s"}, "JOB_CALLBACK_HOSTS"),
        ({"job_callback_hosts": "example.org/x", "job_callback_secret": "s"}, "JOB_CALLBACK_HOSTS"),
        ({"job_callback_hosts": "a:0", "job_callback_secret": "s"}, "JOB_CALLBACK_HOSTS"),
        ({"job_callback_hosts": "*", "job_callback_secret": "s"}, "JOB_CALLBACK_HOSTS"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(values: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}="):
        load_settings(ServiceSettings, _env_file=None, **values)


def test_hosts_are_a_list_in_lower_case() -> None:
    values = {"job_callback_hosts": "Example.org, a:81", "job_callback_secret": "s"}
    settings = load_settings(ServiceSettings, _env_file=None, **values)
    assert settings.jobs.callback_hosts == ["example.org", "a:81"]


def test_secrets_are_not_shown() -> None:
    settings = load_settings(
        ServiceSettings, _env_file=None, job_callback_secret="hush", job_database_url="sqlite:///hush"
    )
    assert "hush" not in repr(settings)
