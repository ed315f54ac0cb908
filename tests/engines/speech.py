"""What must hold for every voice."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from tests.engines.cases import recording
from tests.engines.subject import Checks, Speaker, about, of_much_sound, promised
from voice_stack.audio.clip import Samples
from voice_stack.core.errors import CancelledWorkError, InvalidRequestError
from voice_stack.text.pronunciation.pronounced import Pronounced
from voice_stack.tts.types import TimedClip, VoiceReference, WordStart

AUDIBLE = 0.001
NOBODY = ("nobody", "", "../nobody", "default\0", "NOBODY", "#")
# How well its own control of the tempo does within the range that it promises.
TEMPO_TOLERANCE = 0.1
# espeak-ng's sound is not the same to the sample.
SAME_LENGTH = 0.02
WAIT_S = 120.0

CHECKS: Checks[Speaker] = Checks()


@CHECKS
def it_speaks(subject: Speaker) -> None:
    clips = list(subject.clips(subject.utterance()))
    assert clips
    for clip in clips:
        assert clip.sample_rate == subject.engine.capabilities.sample_rate
        assert clip.samples.dtype == np.float32
        assert clip.samples.ndim == 1
        assert len(clip.samples), "a clip of nothing"
        assert np.isfinite(clip.samples).all()
        assert np.abs(clip.samples).max() <= 1
    sound = np.concatenate([clip.samples for clip in clips])
    assert np.abs(sound).max() > AUDIBLE
    assert 0.1 < len(sound) / clips[0].sample_rate < 30


@CHECKS
def its_words_begin_where_it_says(subject: Speaker) -> None:
    promised(subject.engine.word_times, "it does not tell its words")
    utterance = subject.utterance()
    samples = 0
    words: list[WordStart] = []
    for clip in subject.clips(utterance):
        assert isinstance(clip, TimedClip)
        samples += len(clip.samples)
        words += clip.words
        assert all(word.sample < samples for word in words), "a word is told before the clip that it begins in"
    assert len(words) > 1
    assert all(utterance.text[word.character].isalnum() for word in words)
    for name in ("character", "sample"):
        places = [getattr(word, name) for word in words]
        assert places == sorted(set(places))


@CHECKS
def nothing_to_say_is_no_sound(subject: Speaker) -> None:
    promised(bool(subject.case.mute), "it is not given texts of nothing, or says something to all of them")
    for text in subject.case.mute:
        sound = subject.say(subject.utterance(text))
        assert len(sound) < 0.1 * subject.engine.capabilities.sample_rate, text
        assert not np.any(np.abs(sound) > AUDIBLE), text


@CHECKS
def its_voices_are_known_and_described(subject: Speaker) -> None:
    voices = subject.engine.voices(subject.config)
    assert voices
    assert len({voice.id for voice in voices}) == len(voices)
    for voice in voices:
        assert subject.engine.knows_voice(subject.config, voice.id)
        assert voice.name
        assert voice.gender in ("female", "male", "")
        assert set(voice.languages) <= subject.engine.capabilities.languages
        assert all(re.fullmatch(r"[a-z]{2,3}", language) for language in voice.languages)
    assert voices[0].downloaded


@CHECKS
def every_voice_speaks(subject: Speaker) -> None:
    voices = [voice for voice in subject.engine.voices(subject.config) if voice.downloaded]
    for voice in voices[:4]:
        assert np.abs(subject.first_of(subject.utterance(voice=voice.id)).samples).max() > AUDIBLE, voice.id


@CHECKS
def a_voice_that_it_does_not_know_is_refused(subject: Speaker) -> None:
    for name in NOBODY:
        assert not subject.engine.knows_voice(subject.config, name), name
        with pytest.raises(InvalidRequestError) as raised:
            subject.say(subject.utterance(voice=name))
        assert raised.value.param == "voice"


@CHECKS
def tempo_follows_the_speed(subject: Speaker) -> None:
    slowest, fastest = subject.engine.capabilities.speed
    assert slowest <= 1 <= fastest
    promised(slowest < fastest, "it has one tempo")
    natural, _ = subject.lengths
    for speed in (slowest, (1 + slowest) / 2, (1 + fastest) / 2, fastest):
        measured = natural / len(subject.say(subject.utterance(speed=speed)))
        assert measured == about(speed, TEMPO_TOLERANCE), speed


@CHECKS
@of_much_sound
def the_longest_utterance_is_spoken(subject: Speaker) -> None:
    most = subject.engine.capabilities.limit(subject.case.language)
    assert most >= 50
    text = ("Hello there, you are here. " * (most // 20))[:most]
    assert subject.first_of(subject.utterance(text)).duration > 0
    assert len(subject.say(subject.utterance(text))) > len(subject.say(subject.utterance("Hello."))) * 0.99


@CHECKS
def pronunciation_in_ipa_is_taken(subject: Speaker) -> None:
    promised(subject.engine.capabilities.phonemes, "it takes no IPA, and is given none")
    short = subject.say(subject.utterance([Pronounced("tomato", "tə")]))
    long = subject.say(subject.utterance([Pronounced("tomato", "təˈmɑːtəʊ")]))
    assert np.abs(short).max() > AUDIBLE
    assert len(long) > len(short), "the word was spoken as it is written"


@CHECKS
def clips_come_before_the_end(subject: Speaker) -> None:
    promised(subject.engine.capabilities.streaming, "its utterances come as a whole")
    clips = list(subject.clips(subject.utterance(subject.case.long)))
    assert len(clips) >= 2
    assert clips[0].duration < sum(clip.duration for clip in clips) / 2


@CHECKS
def a_sentence_comes_whole(subject: Speaker) -> None:
    promised(subject.engine.whole_sentences, "it may come in parts")
    assert len(list(subject.clips(subject.utterance("Hello there, you are here, and so am I.")))) == 1


@CHECKS
def stop_ends_it_before_the_first_clip(subject: Speaker) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledWorkError):
        list(subject.clips(subject.utterance(subject.case.long), stop))


@CHECKS
@of_much_sound
def stop_ends_it_midway(subject: Speaker) -> None:
    stop = threading.Event()
    with closing(subject.clips(subject.utterance(subject.case.long), stop)) as clips:  # type: ignore[type-var]
        next(clips)
        stop.set()
        with pytest.raises(CancelledWorkError):
            list(clips)
    assert len(subject.say(subject.utterance())), "the engine is free again"


@CHECKS
@of_much_sound
def leaving_midway_leaves_no_trace(subject: Speaker) -> None:
    before, _ = subject.lengths
    for _ in range(subject.engine.capabilities.concurrency + 1):
        subject.first_of(subject.utterance(subject.case.long))
    assert len(subject.say(subject.utterance())) == about(before, SAME_LENGTH)


@CHECKS
def clips_may_be_taken_in_another_thread(subject: Speaker) -> None:
    _, whole = subject.lengths
    clips = subject.clips(subject.utterance(subject.case.long))
    first = next(clips)
    with ThreadPoolExecutor(1) as thread:
        rest = thread.submit(lambda: [clip.samples for clip in clips]).result(WAIT_S)
    assert len(first.samples) + sum(map(len, rest)) == about(whole, SAME_LENGTH)


@CHECKS
def recordings_are_a_voice(subject: Speaker) -> None:
    assert subject.engine.clones == subject.engine.capabilities.cloning
    reference = VoiceReference("me", "ab" * 32, (recording(subject.workshop.folder / "me.wav"),))
    if not subject.engine.capabilities.cloning:
        with pytest.raises(InvalidRequestError) as raised:
            subject.say(subject.utterance(voice=reference))
        assert raised.value.param == "voice"
        promised(False, "it does not clone, and says so")
    assert np.abs(subject.say(subject.utterance(voice=reference))).max() > AUDIBLE


@CHECKS
@of_much_sound
def utterances_at_once_are_what_each_is_alone(subject: Speaker) -> None:
    utterances = [subject.utterance(), subject.utterance(subject.case.long)]
    alone = subject.lengths
    count = max(2, min(4, subject.engine.capabilities.concurrency))

    def work(number: int) -> Samples:
        return subject.say(utterances[number % 2])

    with ThreadPoolExecutor(count) as threads:
        for number, sound in enumerate(threads.map(work, range(2 * count), timeout=WAIT_S)):
            assert len(sound) == about(alone[number % 2], SAME_LENGTH)


@CHECKS
@of_much_sound
def others_may_speak_between_two_clips(subject: Speaker) -> None:
    promised(subject.engine.capabilities.interruptible, "an utterance keeps its place until its end")
    long = subject.utterance(subject.case.long)
    _, alone = subject.lengths
    waiting = [subject.clips(long) for _ in range(subject.engine.capabilities.concurrency + 1)]
    lengths = [len(next(clips).samples) for clips in waiting]
    assert len(subject.say(subject.utterance()))
    for number, clips in enumerate(waiting):
        lengths[number] += sum(len(clip.samples) for clip in clips)
    assert lengths == [about(alone, SAME_LENGTH)] * len(waiting)
