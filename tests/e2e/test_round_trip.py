"""Text to speech and back, through both services: what is lost on the way is the engines' doing."""

import httpx
import jiwer
import pytest

from tests.e2e.speech import say
from tests.live_server import Server

SENTENCES = (
    "The man was walking along the road.",
    "She opened the door and looked into the garden.",
    "We have been waiting here for a long time.",
    "My father told me to come home before dark.",
)
DIGITS = ("one two three.", "four five six.", "seven eight nine.", "two four six eight.", "three three five.")


def heard(text: str, tts: Server, asr: Server, audio_format: str) -> str:
    speech = say(tts, text, response_format=audio_format, speed=0.9)
    assert speech.status_code == 200, speech.text
    answer = httpx.post(
        f"{asr.v1}/audio/transcriptions",
        data={"model": "whisper-1", "language": "en"},
        files={"file": speech.content},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["text"])


def error_rate(texts: tuple[str, ...], tts: Server, asr: Server, audio_format: str) -> float:
    """Word error rate of all texts together."""
    wanted = [text.lower().replace(".", "") for text in texts]
    got = [heard(text, tts, asr, audio_format).lower().replace(".", "") for text in texts]
    for pair in zip(wanted, got, strict=True):
        print(*pair, sep="  ->  ")
    return float(jiwer.wer(wanted, got))


@pytest.mark.parametrize("audio_format", ["mp3", "wav", "opus"])
def test_espeak_into_moonshine_keeps_most_words(
    espeak_server: Server, moonshine_server: Server, audio_format: str
) -> None:
    rate = error_rate(SENTENCES, espeak_server, moonshine_server, audio_format)
    print(f"espeak-ng into Moonshine, {audio_format}: word error rate {rate:.2f}")
    assert rate < 0.6


def test_espeak_into_the_tiny_whisper_keeps_most_digits(espeak_server: Server, whisper_server: Server) -> None:
    rate = error_rate(DIGITS, espeak_server, whisper_server, "wav")
    print(f"espeak-ng into a Whisper trained on digits: word error rate {rate:.2f}")
    assert rate < 0.4
