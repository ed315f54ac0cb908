"""Captions of speech: times are those of the sound that is sent, to the sample where the signal is known."""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.serving.fake_upstream import Answer, FakeUpstream, fake_upstream
from voice_stack.apps.recogniser import build_recogniser
from voice_stack.asr.recognition.known_text import known_text
from voice_stack.audio.clip import AudioClip, Samples, from_s16le
from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.recogniser import Heard, HeardWord
from voice_stack.core.errors import ServiceUnavailableError, UnsupportedError
from voice_stack.core.settings import load_settings
from voice_stack.text.words import written_words
from voice_stack.tts.service import SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.captions import CaptionFormat, Captions, Timestamps, render_captions
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.speaking.script import Turn, dialogue_lines

RATE = 24_000
ALIGNMENTS = "/audio/alignments"
TEXT = "One sentence is here. It cost $5! [pause:1s] And the last one."


class Ruler:
    """A recogniser of the test signal: every word has the same share of the clip, and it may be unwell."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        raise AssertionError("nobody asks for a transcript")

    def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
        if self.error is not None:
            raise self.error
        step = clip.duration / len(words)
        return tuple(HeardWord(word, step * at, step * (at + 1)) for at, word in enumerate(words))


@pytest.fixture
def aligning() -> Iterator[FakeUpstream]:
    """A server that parts texts as our alignments do, and finds every word everywhere."""

    def align(request: Answer) -> None:
        (text,) = request.upstream.asked(ALIGNMENTS)[-1].field("text")
        words = known_text(text, "zh").words
        request.reply({"words": [{"word": word, "start": 0.0, "end": 0.1} for word in words]})

    with fake_upstream({ALIGNMENTS: align}) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def service() -> Iterator[SpeechService]:
    with SpeechService(load_settings(TtsSettings, tts_engine="tone")) as service:
        yield service


def spoken(service: SpeechService, text: str, **fields: object) -> tuple[Samples, Captions]:
    options = SpeechOptions(
        text,
        **{"voice": "tone", "model": "tts-1", "audio_format": AudioFormat.PCM, "language": "en", **fields},  # type: ignore[arg-type]
    )
    with service.start(replace(options, timestamps=options.timestamps or Timestamps.SENTENCE)) as run:
        samples = from_s16le(b"".join(run))
        assert run.captions is not None
        return samples, run.captions


def sounding(samples: Samples) -> list[tuple[float, float]]:
    places = np.flatnonzero(np.abs(samples) > 1e-3)
    gaps = np.flatnonzero(np.diff(places) > RATE // 20)
    return [
        (float(start) / RATE, float(end) / RATE)
        for start, end in zip([places[0], *places[gaps + 1]], [*(places[gaps] + 1), places[-1] + 1], strict=True)
    ]


@pytest.mark.parametrize("speed", [1.0, 0.5, 2.5])
def test_sentences_have_the_times_of_their_sound(service: SpeechService, speed: float) -> None:
    samples, captions = spoken(service, TEXT, speed=speed)
    texts = [caption.text for caption in captions.sentences]
    assert texts == ["One sentence is here.", "It cost $5!", "And the last one."]
    assert captions.duration == pytest.approx(len(samples) / RATE)
    for caption, (start, end) in zip(captions.sentences, sounding(samples), strict=True):
        assert caption.start_s == pytest.approx(start, abs=0.03)
        assert caption.end_s == pytest.approx(end, abs=0.03)


def test_a_sentence_longer_than_a_unit_is_one_caption(service: SpeechService) -> None:
    long = " ".join(["This is a clause of a very long sentence,"] * 30) + " and its end."
    _, captions = spoken(service, f"Short. {long}")
    assert [caption.text for caption in captions.sentences] == ["Short.", long]


def test_the_sound_is_the_same_with_captions(service: SpeechService) -> None:
    text = "One sentence that is long enough to stand alone. Another one that is as long as the first one."
    options = SpeechOptions(text, "tone", "tts-1", language="en", audio_format=AudioFormat.PCM)
    with service.start(options) as run:
        plain = from_s16le(b"".join(run))
        assert run.captions is None
    assert np.array_equal(plain, spoken(service, text)[0])


def test_ssml_is_told_as_it_is_spoken(service: SpeechService) -> None:
    _, captions = spoken(service, '<speak>It is 5.<break time="1s"/>Bye.</speak>')
    assert [caption.text for caption in captions.sentences] == ["It is five.", "Bye."]


def test_voices_of_a_dialogue_speak_in_turn_and_are_equally_loud(service: SpeechService) -> None:
    text = "[tone-low]: Good morning to you all.\n[tone-high]: And the same to you, and to yours."
    samples, captions = spoken(service, text, turns=dialogue_lines(text, 0.7))
    first, second = captions.sentences
    assert (first.voice, second.voice) == ("tone-low", "tone-high")
    assert second.start_s - first.end_s == pytest.approx(0.7, abs=0.001)
    for caption, hertz in ((first, 200), (second, 800)):
        part = samples[round(caption.start_s * RATE) : round(caption.end_s * RATE)]
        assert np.abs(np.fft.rfft(part)).argmax() * RATE / len(part) == pytest.approx(hertz, rel=0.02)


def test_no_gap_is_added_to_a_pause_that_a_line_asks_for(service: SpeechService) -> None:
    turns = (Turn("tone", "One. [pause:2s]", "Line 1", 0.5), Turn("tone-low", "Two.", "Line 2"))
    _, captions = spoken(service, "One. Two.", turns=turns)
    assert captions.sentences[1].start_s - captions.sentences[0].end_s == pytest.approx(2.0, abs=0.001)


def test_words_are_asked_of_the_recogniser_and_stay_as_written(service: SpeechService) -> None:
    with SpeechService(load_settings(TtsSettings, tts_engine="tone"), recogniser=Ruler()) as listening:
        _, captions = spoken(listening, TEXT, timestamps=Timestamps.WORD)
    assert captions.words_by == "alignment"
    for caption in captions.sentences:
        assert caption.words is not None
        assert [word.text for word in caption.words] == caption.text.split()
        assert caption.words[0].start == pytest.approx(caption.start_s)
        assert caption.words[-1].end == pytest.approx(caption.end_s, abs=0.001)


def test_a_slow_recogniser_holds_up_no_sentence() -> None:
    class Slow(Ruler):
        spoken = threading.Event()

        def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
            assert self.spoken.wait(20)
            return super().align(clip, words, language)

    slow = Slow()
    options = SpeechOptions(
        TEXT, "tone", "tts-1", audio_format=AudioFormat.PCM, language="en", timestamps=Timestamps.WORD
    )
    with SpeechService(load_settings(TtsSettings, tts_engine="tone"), recogniser=slow) as listening:
        _, captions = spoken(listening, TEXT)
        last_s = captions.sentences[-1].start_s
        with listening.start(options) as run:
            sent = 0
            for data in run:
                sent += len(data)
                if sent > 2 * RATE * last_s:
                    slow.spoken.set()  # all sentences are on their way, and none has been aligned
            assert run.captions is not None
            assert all(caption.words for caption in run.captions.sentences)


def test_a_speech_that_is_given_up_has_nobody_listen() -> None:
    asked: list[Sequence[str]] = []
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Ruler):
        def align(self, clip: AudioClip, words: Sequence[str], language: str) -> tuple[HeardWord, ...]:
            asked.append(words)
            entered.set()
            assert go_on.wait(20)
            return super().align(clip, words, language)

    options = SpeechOptions(
        "One. " * 6, "tone", "tts-1", audio_format=AudioFormat.PCM, language="en", timestamps=Timestamps.WORD
    )
    with SpeechService(load_settings(TtsSettings, tts_engine="tone"), recogniser=Slow()) as listening:
        with listening.start(options) as run:
            for _ in run:
                if entered.wait(0.2):
                    break
        go_on.set()
    assert len(asked) == 1


@pytest.mark.parametrize(("language", "text"), [("zh", "你好,世界! 今天很好。"), ("ja", "「今日は」と言う。")])
def test_where_there_are_no_blanks_words_are_those_of_the_alignments(
    language: str, text: str, aligning: FakeUpstream
) -> None:
    settings = load_settings(TtsSettings, tts_engine="tone", tts_asr="service", tts_asr_url=aligning.url)
    recogniser = build_recogniser(settings)
    assert recogniser is not None
    with contextlib.closing(recogniser), SpeechService(settings, recogniser=recogniser) as listening:
        _, captions = spoken(listening, text, timestamps=Timestamps.WORD, language=language)
    assert captions.words_by == "alignment"
    told = [word.text for caption in captions.sentences for word in caption.words or ()]
    assert told == [word.strip() for word in written_words(text)]


def test_words_that_are_not_found_are_not_made_up(service: SpeechService) -> None:
    unwell = Ruler(ServiceUnavailableError("It does not answer."))
    with SpeechService(load_settings(TtsSettings, tts_engine="tone"), recogniser=unwell) as listening:
        _, captions = spoken(listening, "Hello there.", timestamps=Timestamps.WORD)
    assert captions.sentences[0].words is None
    assert captions.words_by == ""
    assert json.loads(render_captions(captions, CaptionFormat.JSON))["sentences"][0]["words"] is None
    assert "Hello there." in render_captions(captions, CaptionFormat.SRT)


def test_words_without_a_recogniser_are_refused(service: SpeechService) -> None:
    with pytest.raises(UnsupportedError, match="TTS_ASR") as raised:
        spoken(service, "Hello.", timestamps=Timestamps.WORD)
    assert raised.value.param == "timestamps"


@pytest.mark.parametrize(
    ("fmt", "begins"), [(CaptionFormat.SRT, "1\n00:00:00,000 --> "), (CaptionFormat.VTT, "WEBVTT\n\n00:00:00.000 --> ")]
)
def test_subtitles_have_a_cue_a_sentence(service: SpeechService, fmt: CaptionFormat, begins: str) -> None:
    _, captions = spoken(service, TEXT)
    text = render_captions(captions, fmt)
    assert text.startswith(begins)
    assert text.count(" --> ") == 3
