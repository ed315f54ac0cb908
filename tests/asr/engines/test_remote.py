"""Recognition by an upstream that is a fake: what is sent to it, and what is made of its answers."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from tests.asr.engines.conftest import RATE, build_engine, segments_of
from tests.live_server import free_port
from tests.serving.fake_upstream import Answer, FakeUpstream, fake_upstream, reply
from voice_stack.asr.engines.base import ASREngine, ContextOptions, UnitMemory
from voice_stack.asr.engines.remote import RemoteRecognitionOptions
from voice_stack.asr.engines.remote.answers import read_answer
from voice_stack.asr.types import LanguageGuess, RecognitionRequest, Segment, Task, Word
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import (
    CancelledWorkError,
    EngineError,
    EngineUnavailableError,
    InvalidRequestError,
    OverloadedError,
    UnsupportedError,
)
from voice_stack.serving.attempt import Record
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.spec import Kind

TRANSCRIBE, TRANSLATE, FULL = "/audio/transcriptions", "/audio/translations", "/audio/transcriptions/verbose"
OURS = {"object": "list", "data": [{"id": "small", "engine": "whisper", "installed": True}]}
WORDS = RecognitionRequest(word_timestamps=True, language="en")
ENGLISH = RecognitionRequest(language="en")


def whisper_json(text: str = " Hello there.", **more: Any) -> dict[str, Any]:
    """A segment as OpenAI's whisper-1 writes it."""
    segment = {"id": 0, "seek": 0, "start": 0.0, "end": 1.5, "text": text, "tokens": [50364, 1], "temperature": 0.2}
    numbers = {"avg_logprob": -0.25, "compression_ratio": 1.2, "no_speech_prob": 0.01}
    return {
        "task": "transcribe",
        "language": "english",
        "duration": 2.0,
        "text": text.strip(),
        "segments": [segment | numbers],
        **more,
    }


@pytest.fixture
def connect() -> Iterator[Callable[..., ASREngine]]:
    opened: list[ASREngine] = []

    def made(fake: FakeUpstream, **fields: Any) -> ASREngine:
        opened.append(build_engine("remote", url=fake.url, **{"timeout_s": 5.0, **fields}))
        return opened[-1]

    yield made
    for engine in opened:
        engine.close()


def noise(seconds: float) -> AudioClip:
    samples = np.random.default_rng(1).uniform(-0.3, 0.3, round(seconds * RATE)).astype(np.float32)
    return AudioClip(samples, RATE)


class Numbered:
    """Answers each window with its number."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, answer: Answer) -> None:
        self.number += 1
        answer.reply(whisper_json(f" Window {self.number}."))


def test_it_is_never_chosen_by_itself_and_needs_an_address() -> None:
    spec = REGISTRY.get(Kind.RECOGNITION, "remote", "ASR_ENGINE")
    assert spec.rank is None
    with pytest.raises(EngineUnavailableError, match="ASR_REMOTE_URL"):
        build_engine("remote")


def test_an_upstream_that_is_not_there_keeps_it_from_being_built() -> None:
    with pytest.raises(EngineUnavailableError, match="connection refused"):
        build_engine("remote", url=f"http://127.0.0.1:{free_port()}/v1")


def test_a_segment_is_what_the_upstream_says_of_it(connect: Callable[..., ASREngine]) -> None:
    with fake_upstream({TRANSCRIBE: reply(whisper_json())}) as fake:
        recognition = connect(fake, model="whisper-9").transcribe(noise(2), RecognitionRequest(), threading.Event())
        segments = list(recognition.segments)
    assert recognition.language == LanguageGuess("en", 1.0)
    assert segments == [
        Segment(0.0, 1.5, " Hello there.", (), (50364, 1), 0, 0.2, -0.25, 1.2, 0.01),
    ]
    (asked,) = fake.asked(TRANSCRIBE)
    assert (asked.field("model"), asked.field("response_format")) == (["whisper-9"], ["verbose_json"])
    assert not [
        name for name in ("language", "prompt", "temperature", "timestamp_granularities[]") if asked.field(name)
    ]


def test_a_long_clip_goes_in_windows_that_leave_one_by_one(connect: Callable[..., ASREngine]) -> None:
    clip = noise(70)
    costs: list[float] = []
    with fake_upstream({TRANSCRIBE: Numbered()}) as fake:
        recognition = connect(fake).transcribe(clip, RecognitionRequest(), threading.Event(), costs.append)
        segments = [next(recognition.segments)]
        assert len(fake.asked(TRANSCRIBE)) == 1, "the first segment waits for later windows"
        segments += recognition.segments
        asked = fake.asked(TRANSCRIBE)
    assert [segment.text for segment in segments] == [" Window 1.", " Window 2.", " Window 3."]
    assert len(costs) == 3
    assert max(costs) <= 30
    assert sum(costs) == pytest.approx(clip.duration, abs=0.01)
    assert [segment.start for segment in segments] == pytest.approx([0, costs[0], costs[0] + costs[1]])
    # What was heard and said before goes along.
    assert [request.field("language") for request in asked] == [[], ["en"], ["en"]]
    assert [request.field("prompt") for request in asked] == [[], ["Window 1."], ["Window 1. Window 2."]]


def test_context_can_be_turned_off(connect: Callable[..., ASREngine]) -> None:
    with fake_upstream({TRANSCRIBE: Numbered()}) as fake:
        engine = connect(fake, context=ContextOptions(condition_on_previous_text=False))
        assert len(segments_of(engine, noise(70), RecognitionRequest(prompt="Names: Ada"))) == 3
    assert [request.field("prompt") for request in fake.asked(TRANSCRIBE)] == [["Names: Ada"]] * 3


def test_what_a_request_asks_for_is_sent(connect: Callable[..., ASREngine]) -> None:
    request = RecognitionRequest(
        language="de", prompt="Hallo", hotwords=("Ada", "Bob"), temperature=0.3, word_timestamps=True
    )
    words = [{"word": "Hello", "start": 0, "end": 1}, {"word": "there", "start": 1, "end": 1.5}]
    with fake_upstream({TRANSCRIBE: reply(whisper_json(words=words))}) as fake:
        (segment,) = segments_of(connect(fake), noise(2), request)
    (asked,) = fake.asked(TRANSCRIBE)
    assert asked.field("language") == ["de"]
    assert asked.field("prompt") == ["Ada, Bob. Hallo"]
    assert asked.field("temperature") == ["0.3"]
    assert asked.field("timestamp_granularities[]") == ["word", "segment"]
    assert [word.text for word in segment.words] == [" Hello", " there."]


def test_another_voice_stack_is_asked_on_its_own_route(connect: Callable[..., ASREngine]) -> None:
    words = [{"word": " Hello", "start": 0, "end": 1, "probability": 0.5}, {"word": " there.", "start": 1, "end": 1.5}]
    body = whisper_json() | {"language_code": "de", "language_probability": 0.75}
    body["segments"][0]["words"] = words
    request = RecognitionRequest(hotwords=("Ada",), word_timestamps=True)
    with fake_upstream({"/models": reply(OURS), FULL: reply(body)}) as fake:
        recognition = connect(fake).transcribe(noise(2), request, threading.Event())
        (segment,) = recognition.segments
    assert recognition.language == LanguageGuess("de", 0.75)
    assert segment.words == (Word(" Hello", 0, 1, 0.5), Word(" there.", 1, 1.5))
    (asked,) = fake.asked(FULL)
    assert (asked.field("keywords[]"), asked.field("prompt")) == (["Ada"], [])


def test_translations_have_a_route_of_their_own(connect: Callable[..., ASREngine]) -> None:
    with fake_upstream({TRANSLATE: reply(whisper_json())}) as fake:
        recognition = connect(fake).transcribe(noise(2), RecognitionRequest(task=Task.TRANSLATE), threading.Event())
        assert [segment.text for segment in recognition.segments] == [" Hello there."]
    assert recognition.language.probability == 0.0, "the answer's language is not the audio's"


VLLM = {"object": "error", "message": "Currently do not support verbose_json for this model", "code": 400}


def test_an_upstream_without_verbose_json_is_asked_for_json_from_then_on(connect: Callable[..., ASREngine]) -> None:
    def answer(answer: Answer) -> None:
        if b"verbose_json" in answer.body:
            answer.reply(VLLM, 400)
        else:
            answer.reply({"text": "Guten Tag, das ist ein Haus."})

    with fake_upstream({TRANSCRIBE: answer}) as fake:
        engine = connect(fake)
        recognition = engine.transcribe(noise(40), RecognitionRequest(), threading.Event())
        first, second = recognition.segments
        assert recognition.language.code == "de"
        assert (first.text, first.start, first.end) == (" Guten Tag, das ist ein Haus.", 0.0, second.start)
        assert second.end == pytest.approx(40)
        assert [request.field("response_format") for request in fake.asked(TRANSCRIBE)] == [
            ["verbose_json"],
            ["json"],
            ["json"],
        ]
        with pytest.raises(UnsupportedError, match="cannot time words"):
            segments_of(engine, noise(2), WORDS)


def test_other_refusals_are_not_taken_for_that(connect: Callable[..., ASREngine]) -> None:
    refused = {"error": {"message": "temperature is wrong", "param": "temperature"}}
    with fake_upstream({TRANSCRIBE: reply(refused, 400)}) as fake:
        with pytest.raises(InvalidRequestError, match="temperature is wrong") as caught:
            segments_of(connect(fake), noise(2), ENGLISH)
        assert len(fake.asked(TRANSCRIBE)) == 1
    assert caught.value.param == "temperature"


def test_words_that_were_asked_for_and_do_not_come_are_told(connect: Callable[..., ASREngine]) -> None:
    with fake_upstream({TRANSCRIBE: reply(whisper_json())}) as fake:
        with pytest.raises(UnsupportedError, match="does not time words"):
            segments_of(connect(fake), noise(2), WORDS)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, EngineError), (502, EngineUnavailableError), (429, OverloadedError)]
)
def test_a_failure_in_a_later_window_ends_the_transcription(
    connect: Callable[..., ASREngine], status: int, kind: type[Exception]
) -> None:
    with fake_upstream({TRANSCRIBE: Numbered()}) as fake:
        segments = connect(fake).transcribe(noise(70), RecognitionRequest(), threading.Event()).segments
        assert next(segments).text == " Window 1."
        fake.routes[f"/v1{TRANSCRIBE}"] = reply(b"", status)
        with pytest.raises(kind):
            list(segments)


def test_giving_up_closes_the_upstream_s_connection(connect: Callable[..., ASREngine]) -> None:
    stop = threading.Event()
    with fake_upstream({TRANSCRIBE: Answer.hang}) as fake:
        engine = connect(fake, timeout_s=60)
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(CancelledWorkError):
            list(engine.transcribe(noise(2), ENGLISH, stop).segments)
        assert fake.left.wait(20), "the upstream works on for nobody"


class Kept(UnitMemory):
    """Remembers in JSON, as a job's log does."""

    def __init__(self, units: list[str]) -> None:
        self.units = units
        self._left = list(units)

    def recall(self) -> Record | None:
        return json.loads(self._left.pop(0)) if self._left else None

    def note(self, unit: Record) -> None:
        self.units.append(json.dumps(unit, allow_nan=False))


def test_a_job_goes_on_with_the_windows_that_are_left(connect: Callable[..., ASREngine]) -> None:
    with fake_upstream({TRANSCRIBE: Numbered()}) as fake:
        engine = connect(fake)
        whole = list(engine.transcribe(noise(70), RecognitionRequest(), threading.Event()).segments)
        units: list[str] = []
        fake.routes[f"/v1{TRANSCRIBE}"] = Numbered()
        begun = engine.transcribe(noise(70), RecognitionRequest(), threading.Event(), memory=Kept(units)).segments
        assert [next(begun), next(begun)] == whole[:2]
        fake.received.clear()
        rest = engine.transcribe(noise(70), RecognitionRequest(), threading.Event(), memory=Kept(units))
        assert rest.language.code == "en"
        assert list(rest.segments) == whole
        (asked,) = fake.asked(TRANSCRIBE)
    assert asked.field("prompt") == ["Window 1. Window 2."]


def test_the_language_is_told_by_the_first_thirty_seconds(connect: Callable[..., ASREngine]) -> None:
    with fake_upstream({TRANSCRIBE: reply(whisper_json("Hola", language="Spanish"))}) as fake:
        engine = connect(fake)
        assert engine.detect_language(noise(40)) == [LanguageGuess("es", 1.0)]
        assert len(fake.asked(TRANSCRIBE)[0].field("file")[0]) < 30 * RATE * 2 + 100
        fake.routes[f"/v1{TRANSCRIBE}"] = reply({"text": ""})
        assert engine.detect_language(noise(2)) == [LanguageGuess("en", 0.0)]


def test_languages_can_be_named() -> None:
    assert RemoteRecognitionOptions(languages=["german", "EN"]).languages == ["de", "en"]
    with pytest.raises(ValueError, match="no language"):
        RemoteRecognitionOptions(languages=["klingon"])


@pytest.mark.parametrize(
    ("texts", "whole", "joined_text"),
    [
        ([" One.", " Two."], "One. Two.", " One. Two."),
        (["One.", "Two."], "One. Two.", " One. Two."),
        (["One. ", "Two. "], "One. Two.", " One. Two."),
        (["你好。", "世界。"], "你好。世界。", "你好。世界。"),
    ],
)
def test_segments_concatenate_to_the_text(texts: list[str], whole: str, joined_text: str) -> None:
    language = "chinese" if whole[0] == "你" else "english"
    segments = [{"text": text, "start": i, "end": i + 1} for i, text in enumerate(texts)]
    heard = read_answer({"text": whole, "language": language, "segments": segments}, 5.0)
    assert "".join(segment.text for segment in heard.segments) == joined_text


def test_words_without_punctuation_are_fitted_into_their_segments() -> None:
    body = {
        "text": 'He said, "well-known words" - twice. Bye!',
        "segments": [
            {"text": ' He said, "well-known words" - twice.', "start": 0, "end": 3},
            {"text": " Bye!", "start": 3, "end": 4},
        ],
        "words": [
            {"word": word, "start": i / 2, "end": i / 2 + 0.5}
            for i, word in enumerate(["He", "said", "well", "known", "words", "twice", "Bye"])
        ],
    }
    first, second = read_answer(body, 4.0, asked="en").segments
    assert [word.text for word in first.words] == [" He", " said,", ' "well-', "known", ' words" -', " twice."]
    assert [word.text for word in second.words] == [" Bye!"]


def test_words_that_are_not_in_the_text_keep_their_own() -> None:
    body = {"text": "3 apples", "words": [{"word": "three", "start": 0, "end": 1}, {"word": "apples"}]}
    (segment,) = read_answer(body, 4.0, asked="en").segments
    assert [word.text for word in segment.words] == [" three", " apples"]


HOSTILE: list[Mapping[str, Any]] = [
    {"text": "a", "segments": [{"text": "a", "start": float("nan"), "end": float("inf"), "seek": 1e300}]},
    {"text": "a", "segments": [{"text": "a", "start": -5, "end": 1e9, "tokens": ["x", True, None, 3]}]},
    {"text": "a", "segments": [{"text": "a", "start": "x", "end": None, "avg_logprob": "bad", "temperature": []}]},
    {"text": "a", "segments": [None, 3, "x", {"text": 5}, {"text": "a"}], "words": {"a": 1}},
    {
        "text": "a",
        "language": {"a": 1},
        "language_probability": "high",
        "words": [{"word": 3}, {"word": "a", "start": "x"}],
    },
    {"text": "a", "segments": [{"text": "a", "start": 3, "end": 1}], "words": [{"word": "a", "start": 9, "end": -9}]},
    {"text": None, "segments": [{"text": "a"}]},
]


@pytest.mark.parametrize("body", HOSTILE)
def test_numbers_are_made_sane(body: Mapping[str, Any]) -> None:
    heard = read_answer(body, 2.0)
    assert heard.segments
    for segment in heard.segments:
        assert 0 <= segment.start <= segment.end <= 2.0
        assert segment.avg_logprob <= 0
        assert all(type(token) is int for token in segment.tokens)
        assert all(0 <= word.start <= word.end <= 2.0 for word in segment.words)
        json.dumps(segment.seek, allow_nan=False)


@pytest.mark.parametrize("body", [{}, {"text": 3}, {"segments": "x"}, {"error": "x"}])
def test_an_answer_without_a_text_is_none(body: Mapping[str, Any]) -> None:
    with pytest.raises(EngineError, match="no text"):
        read_answer(body, 2.0)


@pytest.mark.parametrize("body", [{"text": ""}, {"text": " \n"}, {"segments": []}, {"text": "", "segments": []}])
def test_silence_is_no_segment(body: Mapping[str, Any]) -> None:
    assert read_answer(body, 2.0).segments == ()
