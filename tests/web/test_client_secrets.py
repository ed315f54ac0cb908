from voice_stack.web.client_secrets import ClientSecrets


def test_a_key_opens_its_session_until_it_expires() -> None:
    now = 1000.0
    secrets = ClientSecrets(lambda: now)
    made = secrets.make({"type": "transcription"}, 10)
    assert made.value.startswith("ek_")
    assert made.expires_at == 1010
    assert secrets.find(made.value) == made
    assert secrets.find("ek_other") is None
    now = 1011.0
    assert secrets.find(made.value) is None
