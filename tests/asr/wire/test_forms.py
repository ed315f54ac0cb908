"""Request fields, in every way that clients write them."""

import io
from typing import Any

import pytest

from voice_stack.asr.render import TranscriptFormat
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import Task
from voice_stack.asr.wire.forms import (
    TranscriptionForm,
    read_transcription,
    read_translation,
    with_everything,
)
from voice_stack.asr.wire.values import read_bool
from voice_stack.audio.vad import VadOptions
from voice_stack.core.errors import InvalidRequestError
from voice_stack.core.settings import load_settings
from voice_stack.web.uploads import Form, UploadedFile

VAD = VadOptions()


def form(*fields: tuple[str, str], file: bool = True) -> Form:
    files = {"file": UploadedFile(io.BytesIO(b"x"), 1, "a.wav", "audio/wav")} if file else {}
    return Form(list(fields), files)


def read(*fields: tuple[str, str], **settings: Any) -> TranscriptionForm:
    return read_transcription(form(("model", "whisper-1"), *fields), load_settings(AsrSettings, **settings))


def test_defaults_are_those_of_the_contract() -> None:
    asked = read()
    assert asked.format is TranscriptFormat.JSON
    assert not asked.stream
    assert asked.granularities == ("segment",)
    assert asked.options.recognition.language is None
    assert asked.options.recognition.temperature is None
    assert not asked.options.recognition.word_timestamps
    assert asked.options.vad == VAD


def test_empty_fields_count_as_absent() -> None:
    single = ("prompt", "language", "temperature", "response_format", "stream", "chunking_strategy", "audio_track")
    lists = ("languages", "keywords", "include", "timestamp_granularities", "known_speaker_names")
    names = [*single, *lists, *(f"{name}[]" for name in lists), *(f"{name}[0]" for name in lists)]
    wanted = read(asr_language="de", asr_initial_prompt="Glossar", asr_vad_enabled=False)
    for sent in ("", "[]", " "):
        fields = [(name, sent) for name in names if sent != "[]" or name in lists]
        assert read(*fields, asr_language="de", asr_initial_prompt="Glossar", asr_vad_enabled=False) == wanted


@pytest.mark.parametrize(
    "fields",
    [
        [("timestamp_granularities[]", "word")],
        [("timestamp_granularities", "word")],
        [("timestamp_granularities", '["word"]')],
        [("timestamp_granularities[0]", "word")],
    ],
)
def test_word_times_are_understood_in_every_spelling(fields: list[tuple[str, str]]) -> None:
    asked = read(*fields, ("response_format", "verbose_json"))
    assert asked.granularities == ("word",)
    assert asked.options.recognition.word_timestamps


def test_logprobs_need_word_probabilities() -> None:
    asked = read(("include[]", "logprobs"))
    assert asked.logprobs
    assert asked.options.recognition.word_timestamps


@pytest.mark.parametrize(
    ("fields", "vad"),
    [
        ([("chunking_strategy", "auto")], VAD),
        ([("chunking_strategy", "null")], None),
        (
            [("chunking_strategy[type]", "server_vad"), ("chunking_strategy[threshold]", "0.4")],
            VadOptions(threshold=0.4),
        ),
        (
            [("chunking_strategy", '{"type":"server_vad","prefix_padding_ms":100,"silence_duration_ms":250}')],
            VadOptions(speech_pad_ms=100, min_silence_duration_ms=250),
        ),
        ([], None),
    ],
)
def test_chunking_strategy_tunes_the_vad(fields: list[tuple[str, str]], vad: VadOptions | None) -> None:
    assert read(*fields, asr_vad_enabled=False).options.vad == vad


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ([("language", "German")], "de"),
        ([("language", "pt-BR")], "pt"),
        ([("languages[]", "fr")], "fr"),
        ([("languages[]", "fr"), ("languages[]", "de")], None),
        ([("language", "auto")], None),
        ([("language", "und")], None),
        ([("language", "und"), ("languages[]", "fre")], "fr"),
        ([("languages[]", "und"), ("languages[]", "")], None),
        ([("languages[]", "und"), ("languages[]", "ger")], "de"),
        ([("language", "fil")], "tl"),
        ([("language", "in")], "id"),
        ([("language", "ger")], "de"),
    ],
)
def test_languages_come_as_codes_names_tags_and_lists(fields: list[tuple[str, str]], language: str | None) -> None:
    assert read(*fields).options.recognition.language == language


def test_configured_language_and_prompt_fill_in() -> None:
    asked = read(asr_language="de", asr_initial_prompt="Glossar")
    assert asked.options.recognition.language == "de"
    assert asked.options.recognition.prompt == "Glossar"
    assert read(("language", "en"), asr_language="de").options.recognition.language == "en"
    assert read(("language", "und"), asr_language="de").options.recognition.language == "de"
    assert read(("language", "auto"), asr_language="de").options.recognition.language is None
    assert read(asr_language="und").options.recognition.language is None


def test_names_keywords_and_terms_are_one_list() -> None:
    fields = [("keywords[]", "ffmpeg"), ("transcript_terms[]", "Kubernetes"), ("transcript_names[]", "Ada")]
    assert read(*fields).options.recognition.hotwords == ("Ada", "ffmpeg", "Kubernetes")


def test_keywords_favour_words() -> None:
    assert read(("keywords[]", "ffmpeg"), ("keywords[]", " ")).options.recognition.hotwords == ("ffmpeg",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("response_format", "yaml"),
        ("temperature", "1.5"),
        ("temperature", "-0.1"),
        ("temperature", "nan"),
        ("temperature", "warm"),
        ("language", "klingon"),
        ("languages[]", "klingon"),
        ("stream", "maybe"),
        ("include[]", "usage"),
        ("timestamp_granularities[]", "phoneme"),
        ("chunking_strategy", "sometimes"),
        ("chunking_strategy", '{"type":"client_vad"}'),
        ("chunking_strategy", '{"type":"server_vad","threshold":2}'),
        ("chunking_strategy", '{"type":"server_vad","speed":2}'),
        ("chunking_strategy", "{nope"),
    ],
)
def test_a_bad_value_names_its_field(field: str, value: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read((field, value))
    assert caught.value.param == field.removesuffix("[]")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("fmt", "streams"),
    [
        *(("json", True), ("text", True), ("", True), ("diarized_json", True)),
        *(("srt", False), ("vtt", False), ("verbose_json", False)),
    ],
)
def test_only_text_is_streamed_and_the_rest_is_sent_whole(fmt: str, streams: bool) -> None:
    asked = read(("stream", "true"), ("response_format", fmt))
    assert (asked.stream, asked.options.streaming) == (streams, streams)
    assert not with_everything(read(("stream", "true"))).options.streaming


@pytest.mark.parametrize("sent", [" 1 ", "eng", "Portuguese (Brazil)"])
def test_audio_track_is_kept_as_it_was_sent(sent: str) -> None:
    assert read(("audio_track", sent)).options.track == sent.strip()
    assert read_translation(form(("model", "m"), ("audio_track", sent)), load_settings(AsrSettings)).options.track
    assert read(("audio_track", " ")).options.track is None


def test_file_and_model_are_required() -> None:
    settings = load_settings(AsrSettings)
    for broken, param in ((form(("model", "whisper-1"), file=False), "file"), (form(), "model")):
        for read_form in (read_transcription, read_translation):
            with pytest.raises(InvalidRequestError) as caught:
                read_form(broken, settings)
            assert caught.value.param == param


def test_a_translation_has_no_language_of_its_own() -> None:
    sent = form(("model", "whisper-1"), ("language", "de"), ("stream", "true"))
    asked = read_translation(sent, load_settings(AsrSettings))
    assert asked.options.recognition.task is Task.TRANSLATE
    assert asked.options.recognition.language is None
    assert not asked.stream


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("1", True), ("False", False), ("0", False), (None, None), ("", None), ("null", None)],
)
def test_booleans_come_in_words_and_digits(text: str | None, value: bool | None) -> None:
    for default in (True, False):
        assert read_bool(text, "x", default=default) is (default if value is None else value)
