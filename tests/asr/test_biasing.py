"""All that asks for words to be favoured ends in one list."""

from voice_stack.asr.biasing import MOST_CHARACTERS, MOST_WORDS, favoured
from voice_stack.asr.recognition.defaults import request_options
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest
from voice_stack.core.settings import load_settings


def test_names_come_first_and_nothing_comes_twice() -> None:
    assert favoured(["Ada", " Büro  Licht "], ["ffmpeg", "ada"], ["Kubernetes", "FFMPEG", ""]) == (
        "Ada",
        "Büro Licht",
        "ffmpeg",
        "Kubernetes",
    )
    assert favoured() == favoured([], [" ", "\n"]) == ()


def test_every_protocol_has_the_same_list() -> None:
    settings = load_settings(AsrSettings, _env_file=None)
    asked = RecognitionRequest(hotwords=("Ada", " ada", "", "ffmpeg"))
    assert request_options(settings, asked).recognition.hotwords == ("Ada", "ffmpeg")


def test_what_no_engine_could_use_is_left_out() -> None:
    assert favoured(["x" * (MOST_CHARACTERS + 1), "y" * MOST_CHARACTERS]) == ("y" * MOST_CHARACTERS,)
    many = favoured((f"n{number}" for number in range(10 * MOST_WORDS)), ["last"])
    assert len(many) == MOST_WORDS
    assert many[0] == "n0"
