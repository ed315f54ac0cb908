import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.live_server import free_port
from tests.serving.fake_upstream import MODELS, Answer, fake_upstream, reply
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    ModelNotFoundError,
    OverloadedError,
    UnsupportedError,
    VoiceNotFoundError,
    VoiceStackError,
)
from voice_stack.serving.remote.client import Facts, Upstream
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.remote.refusals import clean, refusal, retry_after

KEY = "sk-very-secret-key"
FILE = ("audio.wav", b"RIFF", "audio/wav")
POST = "/audio/transcriptions"


@pytest.fixture
def connect() -> Iterator[Callable[..., Upstream]]:
    opened: list[Upstream] = []

    def made(url: str, **options: Any) -> Upstream:
        opened.append(Upstream(UpstreamOptions(url=url, **{"timeout_s": 1.0, **options})))
        return opened[-1]

    yield made
    for upstream in opened:
        upstream.close()


def post(upstream: Upstream, stop: threading.Event | None = None) -> object:
    return upstream.post_form(POST, {"model": "m"}, FILE, stop or threading.Event())


def sounds(upstream: Upstream, stop: threading.Event | None = None) -> list[bytes]:
    with upstream.stream(POST, {"a": 1}, stop or threading.Event()) as stream:
        return list(stream)


@pytest.mark.parametrize("url", ["ftp://host/v1", "host:80/v1", "http://", "http://u:p@host/v1", "http://host/v1?a=b"])
def test_what_is_no_base_url_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        UpstreamOptions(url=url)


def test_without_a_url_there_is_an_obstacle() -> None:
    assert "URL" in str(UpstreamOptions().obstacle)
    assert UpstreamOptions(url=" http://host:1/v1/ ").obstacle is None
    assert UpstreamOptions(url=" http://host:1/v1/ ").url == "http://host:1/v1"


def test_the_key_is_neither_shown_nor_part_of_what_shapes_answers() -> None:
    assert KEY not in repr(UpstreamOptions(url="http://host/v1", api_key=KEY))


def test_the_key_goes_along_and_forms_arrive_whole(connect: Callable[..., Upstream]) -> None:
    with fake_upstream({POST: reply({"text": "hi"})}) as fake:
        upstream = connect(fake.url, api_key=KEY)
        answer = upstream.post_form(POST, {"model": "m", "many[]": ["a", "b"]}, FILE, threading.Event())
    assert answer == {"text": "hi"}
    (asked,) = fake.asked(POST)
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert (asked.field("model"), asked.field("many[]"), asked.field("file")) == (["m"], ["a", "b"], ["RIFF"])


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        (MODELS, Facts(False, ("whisper-1",))),
        ({"data": []}, Facts()),
        ({"data": [{"id": "small", "engine": "faster-whisper", "installed": True}]}, Facts(True, ("small",))),
    ],
)
def test_an_upstream_tells_what_it_is(connect: Callable[..., Upstream], body: object, facts: Facts) -> None:
    with fake_upstream({"/models": reply(body)}) as fake:
        assert connect(fake.url).probe() == facts


def test_an_upstream_without_a_list_of_models_is_there_all_the_same(connect: Callable[..., Upstream]) -> None:
    with fake_upstream({"/models": reply({"detail": "Not Found"}, 404)}) as fake:
        assert connect(fake.url).check() == Facts()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(b"<html>hello</html>", type="text/html"), "must end with its /v1"),
        (reply({"data": "none"}), "must end with its /v1"),
        (reply({"error": {"message": f"wrong key {KEY}"}}, 401), "refuses the key"),
        (reply(b"", 302, headers={"location": "http://127.0.0.1:1/v1/models"}), "another address"),
        (reply(b"<html>502</html>", 502, type="text/html"), "cannot answer: status 502"),
        (Answer.hang, "in time"),
        (Answer.break_off, "broke off"),
    ],
)
def test_an_upstream_that_is_none_counts_as_not_there(
    connect: Callable[..., Upstream], answer: Callable[[Answer], None], said: str
) -> None:
    with fake_upstream({"/models": answer}) as fake:
        with pytest.raises(EngineUnavailableError, match=said) as caught:
            connect(fake.url, api_key=KEY).check()
    assert KEY not in caught.value.message
    assert "127.0.0.1" not in caught.value.message


def test_nobody_listens(connect: Callable[..., Upstream]) -> None:
    began = time.monotonic()
    with pytest.raises(EngineUnavailableError, match="connection refused"):
        connect(f"http://127.0.0.1:{free_port()}/v1").check()
    assert time.monotonic() - began < 3


def test_an_upstream_that_just_answered_is_not_asked_again_but_one_that_failed_is(
    connect: Callable[..., Upstream],
) -> None:
    with fake_upstream({POST: reply({"text": "hi"})}) as fake:
        upstream = connect(fake.url)
        upstream.check()
        post(upstream)
        assert upstream.check() is None
        assert len(fake.asked("/models")) == 1
        fake.routes[f"/v1{POST}"] = Answer.break_off
        with pytest.raises(EngineUnavailableError):
            post(upstream)
        assert upstream.check() is not None
        assert len(fake.asked("/models")) == 2


ERROR = {"error": {"message": "no such thing", "code": "some_code", "param": "prompt", "type": "x"}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, ERROR, InvalidRequestError, "no such thing"),
        (422, {"detail": [{"loc": ["body", "language"], "msg": "bad language"}]}, InvalidRequestError, "bad language"),
        (400, {"object": "error", "message": "vLLM says no", "code": 400}, InvalidRequestError, "vLLM says no"),
        (400, {"error": {"message": "cannot", "code": "unsupported"}}, UnsupportedError, "cannot"),
        (404, {"error": {"message": "model m?", "code": "model_not_found"}}, ModelNotFoundError, "model m?"),
        (404, {"error": {"message": "who?", "code": "voice_not_found"}}, VoiceNotFoundError, "who?"),
        (404, {"detail": "Not Found"}, EngineUnavailableError, "must end with its /v1"),
        (401, ERROR, EngineUnavailableError, "refuses the key"),
        (403, ERROR, EngineUnavailableError, "refuses the key"),
        (429, ERROR, OverloadedError, "no such thing"),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, EngineUnavailableError, "quota"),
        (500, ERROR, EngineError, "no such thing"),
        (503, ERROR, EngineUnavailableError, "no such thing"),
        (504, b"<html>", EngineUnavailableError, "status 504"),
        (302, b"", EngineUnavailableError, "another address"),
    ],
)
def test_the_upstream_s_errors_become_ours(
    connect: Callable[..., Upstream], status: int, body: object, kind: type[VoiceStackError], said: str
) -> None:
    with fake_upstream({POST: reply(body, status, headers={"location": "http://127.0.0.1:1/"})}) as fake:
        upstream = connect(fake.url)
        with pytest.raises(VoiceStackError, match=said) as caught:
            post(upstream)
        assert type(caught.value) is kind
        with pytest.raises(kind, match=said):
            sounds(upstream)


def test_the_field_at_fault_is_named_where_it_is_one_of_ours() -> None:
    options = UpstreamOptions(url="http://host/v1")
    found = refusal(400, {}, b'{"error": {"message": "m", "param": "prompt"}}', options)
    assert found.param == "prompt"
    found = refusal(400, {}, b'{"error": {"message": "m", "param": "messages.0.secret"}}', options)
    assert found.param is None


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"error": 3}', b'{"error": {"message": {"a": 1}}}', b"[" * 99_999]
)
@pytest.mark.parametrize("status", [400, 404, 418, 429, 500, 599])
def test_whatever_is_in_a_refusal_there_is_an_error(body: bytes, status: int) -> None:
    assert refusal(status, {}, body, UpstreamOptions(url="http://host/v1")).message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7), ("0", 1), ("-3", 1), ("nan", 1), ("soon", 1), ("", 1), ("1e9", 3600)],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_retry_after_as_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    assert 80 < retry_after({"retry-after": format_datetime(moment, usegmt=True)}) <= 90


def test_being_busy_is_passed_on_with_its_time(connect: Callable[..., Upstream]) -> None:
    with fake_upstream({POST: reply(ERROR, 429, headers={"retry-after": "12"})}) as fake:
        with pytest.raises(OverloadedError) as caught:
            post(connect(fake.url))
    assert caught.value.headers == {"retry-after": "12"}


def test_what_an_upstream_says_is_made_fit_for_a_client() -> None:
    text = f"Bad\n\x00key {KEY} at https://user:pw@internal.host:8000/v1?k=1 or sk-abcdefgh123, {'x' * 5000}"
    cleaned = clean(text, KEY)
    assert len(cleaned) <= 300
    assert cleaned.startswith("Bad key (key) at (address) or (key), xxx")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(b"<html>hello</html>", type="text/html"), "no JSON"),
        (reply(b"[1, 2]"), "no JSON object"),
        (reply(b"[" * 100_000), "no JSON"),
        (reply(b'{"text": "' + b"a" * (5 * 2**20) + b'"}'), "longer than"),
    ],
)
def test_answers_that_make_no_sense(
    connect: Callable[..., Upstream], answer: Callable[[Answer], None], said: str
) -> None:
    with fake_upstream({POST: answer}) as fake:
        with pytest.raises(EngineError, match=said):
            post(connect(fake.url))


def trickle(answer: Answer) -> None:
    answer.begin_chunks()
    while not answer.upstream.over.wait(0.1):
        answer.chunk(b" ")


@pytest.mark.parametrize("call", [post, sounds])
def test_an_upstream_that_hangs_is_given_up(
    connect: Callable[..., Upstream], call: Callable[[Upstream], object]
) -> None:
    with fake_upstream({POST: Answer.hang}) as fake:
        began = time.monotonic()
        with pytest.raises(EngineUnavailableError, match="in time"):
            call(connect(fake.url, timeout_s=0.4))
        assert time.monotonic() - began < 3
        assert fake.left.wait(3), "the connection stays open"


@pytest.mark.parametrize("call", [post, sounds])
def test_a_byte_now_and_then_is_no_progress(
    connect: Callable[..., Upstream], call: Callable[[Upstream], object]
) -> None:
    with fake_upstream({POST: trickle}) as fake:
        began = time.monotonic()
        with pytest.raises((EngineError, EngineUnavailableError)):
            call(connect(fake.url, timeout_s=0.3))
        assert 1 < time.monotonic() - began < 6


def test_a_reader_that_takes_its_time_is_not_the_upstream_s_fault(connect: Callable[..., Upstream]) -> None:
    def answer(answer: Answer) -> None:
        answer.begin_chunks()
        for _ in range(4):
            answer.chunk(b"ab")
            time.sleep(0.05)
        answer.end_chunks()

    with fake_upstream({POST: answer}) as fake:
        with connect(fake.url, timeout_s=0.3).stream(POST, {}, threading.Event()) as stream:
            got = b""
            for data in stream:
                got += data
                time.sleep(0.6)
    assert got == b"abababab"


def test_bytes_come_before_the_answer_has_ended(connect: Callable[..., Upstream]) -> None:
    go_on = threading.Event()

    def answer(answer: Answer) -> None:
        answer.begin_chunks(headers={"x-voice-stack-sample-rate": "8000"})
        answer.chunk(b"first")
        assert go_on.wait(10)
        answer.chunk(b"second")
        answer.end_chunks()

    with fake_upstream({POST: answer}) as fake:
        with connect(fake.url, timeout_s=10).stream(POST, {"a": 1}, threading.Event()) as stream:
            parts = iter(stream)
            assert stream.headers["x-voice-stack-sample-rate"] == "8000"
            assert next(parts) == b"first"
            go_on.set()
            assert list(parts) == [b"second"]
    assert fake.asked(POST)[0].json == {"a": 1}


def test_breaking_off_in_the_middle(connect: Callable[..., Upstream]) -> None:
    def answer(answer: Answer) -> None:
        answer.begin_chunks()
        answer.chunk(b"first")
        answer.break_off()

    with fake_upstream({POST: answer}) as fake:
        upstream = connect(fake.url)
        with upstream.stream(POST, {}, threading.Event()) as stream:
            parts = iter(stream)
            assert next(parts) == b"first"
            with pytest.raises(EngineError, match="broke off in the middle"):
                next(parts)


def hang_after_the_first(answer: Answer) -> None:
    answer.begin_chunks()
    answer.chunk(b"first")
    answer.hang()


@pytest.mark.parametrize("answer", [Answer.hang, hang_after_the_first])
@pytest.mark.parametrize("call", [post, sounds])
def test_giving_up_closes_the_upstream_s_connection_at_once(
    connect: Callable[..., Upstream], answer: Callable[[Answer], None], call: Callable[..., object]
) -> None:
    stop = threading.Event()
    with fake_upstream({POST: answer}) as fake:
        upstream = connect(fake.url, timeout_s=60)
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        began = time.monotonic()
        with pytest.raises(CancelledWorkError):
            call(upstream, stop)
        assert time.monotonic() - began < 2
        assert fake.left.wait(20), "the upstream goes on for nobody"


def test_leaving_a_stream_closes_the_upstream_s_connection(connect: Callable[..., Upstream]) -> None:
    with fake_upstream({POST: hang_after_the_first}) as fake:
        with connect(fake.url, timeout_s=60).stream(POST, {}, threading.Event()) as stream:
            assert next(iter(stream)) == b"first"
        assert fake.left.wait(20), "the upstream goes on for nobody"


def test_proxies_of_the_environment_are_ignored_unless_asked(
    connect: Callable[..., Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with fake_upstream({POST: reply({"text": "hi"})}) as fake, fake_upstream({}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        post(connect(fake.url))
        assert not proxy.received
        with pytest.raises(VoiceStackError):
            post(connect(fake.url, use_proxy=True))
        assert [request.path for request in proxy.received] == [f"{fake.url}{POST}"]


def test_a_redirect_is_not_followed(connect: Callable[..., Upstream]) -> None:
    with fake_upstream({}) as other:
        with fake_upstream({POST: reply(b"", 307, headers={"location": f"{other.url}{POST}"})}) as fake:
            with pytest.raises(EngineUnavailableError):
                post(connect(fake.url, api_key=KEY))
        assert not other.received


def test_neither_key_nor_address_is_in_the_log(
    connect: Callable[..., Upstream], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx2").setLevel(logging.DEBUG)
    with fake_upstream({POST: reply({"error": {"message": KEY}}, 400)}) as fake:
        with pytest.raises(InvalidRequestError):
            post(connect(fake.url, api_key=KEY))
    assert KEY not in caplog.text


def test_many_threads_share_an_upstream(connect: Callable[..., Upstream]) -> None:
    with fake_upstream({POST: reply({"text": "hi"})}) as fake:
        upstream = connect(fake.url, concurrency=2, timeout_s=20)
        answers: list[object] = []
        threads = [threading.Thread(target=lambda: answers.append(post(upstream))) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [{"text": "hi"}] * 24


def test_closing_leaves_no_thread(connect: Callable[..., Upstream]) -> None:
    before = threading.active_count()
    with fake_upstream({POST: reply({"text": "hi"})}) as fake:
        upstream = Upstream(UpstreamOptions(url=fake.url))
        post(upstream)
        upstream.close()
        upstream.close()
    assert threading.active_count() <= before
