"""The fields that ask who speaks."""

import base64
from typing import Any

import pytest

from tests.asr.wire.test_forms import form, read
from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.wire.forms import read_translation
from voice_stack.asr.wire.speaker_fields import read_request, read_subtitle_speakers
from voice_stack.core.errors import InvalidRequestError
from voice_stack.core.settings import load_settings
from voice_stack.speaker.diarization.request import DiarizationRequest
from voice_stack.speaker.diarization.turns import MOST_SPEAKERS, SpeakerBounds, Turn

URL = "data:audio/wav;base64," + base64.b64encode(b"RIFF").decode()


def asked(*fields: tuple[str, str]) -> DiarizationRequest | None:
    return read(*fields).options.diarization


def test_the_format_the_wish_and_the_model_ask_for_speakers() -> None:
    assert asked(("response_format", "diarized_json")) == DiarizationRequest()
    assert asked(("response_format", "srt"), ("diarize", "true")) == DiarizationRequest()
    assert asked(("model", "gpt-4o-transcribe-diarize"), ("response_format", "vtt")) == DiarizationRequest()
    assert asked(("model", "gpt-4o-transcribe-diarize")) is None
    assert asked(("response_format", "verbose_json")) is None


def test_words_are_timed_for_it() -> None:
    assert read(("response_format", "diarized_json")).options.recognition.word_timestamps


@pytest.mark.parametrize(
    ("fields", "bounds"),
    [
        ((), SpeakerBounds()),
        ((("num_speakers", "3"),), SpeakerBounds(3, 3)),
        ((("num_speakers", "3"), ("max_speakers", "3")), SpeakerBounds(3, 3)),
        ((("min_speakers", "2"),), SpeakerBounds(2, MOST_SPEAKERS)),
        ((("max_speakers", " 4 "), ("min_speakers", "")), SpeakerBounds(1, 4)),
    ],
)
def test_bounds_of_speakers(fields: tuple[tuple[str, str], ...], bounds: SpeakerBounds) -> None:
    assert read_request(form(*fields)).bounds == bounds


@pytest.mark.parametrize(
    ("param", "fields"),
    [
        ("diarize", {"diarize": "true", "response_format": "json"}),
        ("diarize", {"diarize": "perhaps"}),
        ("num_speakers", {"num_speakers": "0"}),
        ("num_speakers", {"num_speakers": "2.5"}),
        ("max_speakers", {"max_speakers": str(MOST_SPEAKERS + 1)}),
        ("min_speakers", {"min_speakers": "5", "max_speakers": "2"}),
        ("num_speakers", {"num_speakers": "2", "max_speakers": "4"}),
        ("known_speaker_names", {"known_speaker_names[]": "Ann", "response_format": "json"}),
        ("known_speaker_references", {"known_speaker_names[]": "Ann", "known_speaker_references[]": "hello"}),
        ("known_speaker_references", {"known_speaker_names[]": "Ann", "known_speaker_references[]": "data:;base64,@"}),
        ("known_speaker_names", {"known_speaker_references[]": URL}),
        ("known_speaker_names", {"known_speaker_names[]": "x" * 101}),
        ("rttm", {"rttm": "no such thing"}),
        ("include", {"include[]": "logprobs"}),
    ],
)
def test_a_bad_field_is_named(param: str, fields: dict[str, str]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        asked(("response_format", "diarized_json"), *fields.items())
    assert (caught.value.status, caught.value.param) == (400, param)


def test_names_pair_with_their_clips() -> None:
    fields = [(f"known_speaker_{what}[]", value) for what, value in [("names", "Ann"), ("names", "Bo")]]
    found = read_request(form(*fields, *[("known_speaker_references[]", URL)] * 2))
    assert [(one.name, one.sound) for one in found.references] == [("Ann", b"RIFF"), ("Bo", b"RIFF")]
    assert read_request(form(*fields)).names == ("Ann", "Bo")
    with pytest.raises(InvalidRequestError, match="twice"):
        read_request(form(*fields[:1], *fields[:1], *[("known_speaker_references[]", URL)] * 2))
    with pytest.raises(InvalidRequestError, match="2 known_speaker_names and 1"):
        read_request(form(*fields, ("known_speaker_references[]", URL)))


def test_turns_of_an_rttm_need_no_other_wish() -> None:
    line = "SPEAKER r 1 0.5 1 <NA> <NA> Ann <NA> <NA>"
    found = asked(("rttm", line), ("response_format", "srt"))
    assert found is not None
    assert found.turns == (Turn(0.5, 1.5, "Ann"),)


def test_a_translation_has_no_speakers() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_translation(form(("model", "m"), ("response_format", "diarized_json")), load_settings(AsrSettings))
    assert caught.value.param == "response_format"


@pytest.mark.parametrize("query", [{"diarize": "true"}, {"enable_diarization": "1", "max_speakers": ""}])
def test_subtitles_ask_for_speakers(query: dict[str, Any]) -> None:
    assert read_subtitle_speakers(query, TranscriptFormat.SRT) == DiarizationRequest()
    with pytest.raises(InvalidRequestError):
        read_subtitle_speakers(query, TranscriptFormat.TEXT)
    assert read_subtitle_speakers({"min_speakers": "2"}, TranscriptFormat.TEXT) is None
