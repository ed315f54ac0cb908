"""Fields of subtitles, as clients send them: what is taken, what is refused, and with which words."""

import pytest

from tests.asr.wire.test_forms import form, read
from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.subtitles.options import FIELDS, NUMBERS, SubtitleOptions
from voice_stack.asr.subtitles.profiles import PLAIN, Limits, Profile, Shape, limits_for
from voice_stack.asr.wire.forms import read_translation
from voice_stack.asr.wire.subtitle_fields import FORM_SCHEMAS, PARAMETERS, SUBTITLE_FIELDS, read_shape
from voice_stack.core.errors import InvalidRequestError
from voice_stack.core.settings import load_settings


def test_nothing_asked_is_segments_as_they_are() -> None:
    asked = read(("response_format", "srt"))
    assert asked.shape == PLAIN
    assert not asked.options.word_times
    assert read(*((name, "") for name in SUBTITLE_FIELDS)).shape == PLAIN


def test_bazarr_has_a_profile_of_its_own() -> None:
    options, nothing = SubtitleOptions(), dict[str, str]()
    assert read_shape(nothing.get, options, bazarr=True) == Shape(Profile.NETFLIX)
    sent = {"subtitle_profile": "none"}
    assert read_shape(sent.get, options, bazarr=True) == PLAIN
    assert read_shape(nothing.get, SubtitleOptions(bazarr_profile=Profile.BBC), bazarr=True) == Shape(Profile.BBC)


@pytest.mark.parametrize("fmt", TranscriptFormat)
def test_word_times_are_wanted_for_what_is_cut(fmt: TranscriptFormat) -> None:
    if fmt.is_openai:
        asked = read(("response_format", fmt), ("subtitle_profile", "netflix"))
        assert asked.options.word_times == (fmt.value in ("srt", "vtt", "ass", "ttml", "lrc"))
        needs_words = fmt is TranscriptFormat.DIARIZED_JSON
        assert asked.options.recognition.word_timestamps == needs_words, "who cannot give them answers all the same"
        assert not read(("response_format", fmt), ("start_offset", "2")).options.word_times


def test_a_field_takes_the_place_of_a_setting_and_this_of_a_profile() -> None:
    settings = {"asr_subtitle_profile": "bbc", "asr_subtitle_max_line_width": "30", "asr_subtitle_max_gap": "3"}
    asked = read(("max_line_width", "50"), ("dialogue_dashes", "no"), ("start_offset", "-1.5"), **settings)
    limits = limits_for(asked.shape, "en")
    assert asked.shape.profile is Profile.BBC
    assert asked.shape.start_offset == -1.5
    assert (limits.max_line_width, limits.max_gap, limits.max_wpm) == (50, 3, 180)
    assert not limits.dialogue_dashes
    translated = read_translation(form(("model", "whisper-1"), ("subtitle_profile", "netflix-kids")), AsrSettings())
    assert translated.shape.profile is Profile.NETFLIX_KIDS


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("subtitle_profile", "hulu", "none, netflix, netflix-kids, bbc"),
        ("max_line_width", "7", "a number from 8 to 250"),
        ("max_line_width", "wide", "a number from 8 to 250"),
        ("max_line_count", "2.5", "a whole number from 1 to 10"),
        ("max_cps", "nan", "a number from 1 to 100"),
        ("min_duration", "-1", "a number from 0 to 10"),
        ("max_duration", "inf", "a number from 0.5 to 60"),
        ("drop_non_speech", "maybe", "true or false"),
        ("start_offset", "1e9", "a number from -86400 to 86400"),
    ],
)
@pytest.mark.parametrize("fmt", ["srt", "json"])
def test_a_bad_value_is_refused_with_what_is_allowed(name: str, value: str, allowed: str, fmt: str) -> None:
    with pytest.raises(InvalidRequestError, match=allowed) as caught:
        read(("response_format", fmt), (name, value))
    assert caught.value.param == name
    assert repr(value) in str(caught.value)


def test_every_number_of_a_profile_has_a_field_and_is_documented() -> None:
    assert set(NUMBERS) == set(Limits.__dataclass_fields__) - {"keep_segments"}
    assert set(FORM_SCHEMAS) == {one["name"] for one in PARAMETERS} == {"subtitle_profile", *FIELDS}
    assert all(schema["description"] for schema in FORM_SCHEMAS.values())


def test_an_empty_variable_is_as_the_profile_has_it() -> None:
    made = load_settings(AsrSettings, asr_subtitle_max_cps="", asr_subtitle_profile="", asr_subtitle_start_offset="")
    assert made.subtitles == SubtitleOptions()
