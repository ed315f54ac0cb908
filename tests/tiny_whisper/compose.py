"""Training sound: phrases of digits with pauses, noise and silence, and where in it each word is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._types import Samples
from .audio import SAMPLE_RATE
from .clips import Clip

FRAME = 320  # samples of one encoder frame, 20 ms
FRAMES_PER_SECOND = SAMPLE_RATE // FRAME
LEVEL = 0.06  # root mean square of the clips, see audio.level
# How often a voice comes from which source; a source that is missing leaves its share to espeak-ng.
ENGLISH_SOURCES = (("fsdd", 0.55), ("flite", 0.08), ("espeak", 0.37))
GERMAN_SHARE = 0.3

Voice = dict[int, list[Samples]]  # digit -> takes of it


@dataclass(frozen=True, slots=True)
class Word:
    """A digit and its place in encoder frames."""

    digit: int
    start: float
    end: float


@dataclass(slots=True)
class Scene:
    """One window of sound."""

    language: str
    samples: Samples  # (frames * FRAME,)
    phrases: list[list[Word]]
    end_frame: int  # after it nothing but padding


class Composer:
    """Makes random scenes from the clips that are not held out."""

    def __init__(self, bank: Sequence[Clip], chance: random.Random) -> None:
        self.chance = chance
        self.noise = np.random.default_rng(chance.getrandbits(32))
        grouped: dict[tuple[str, str], dict[str, Voice]] = {}
        for clip in bank:
            if not clip.held_out:
                voices = grouped.setdefault((clip.language, clip.kind), {})
                voices.setdefault(clip.speaker, {}).setdefault(clip.digit, []).append(clip.samples)
        self.voices = {source: list(voices.values()) for source, voices in grouped.items()}

    def scene(self, frames: int, many_phrases: bool, single_words: bool) -> Scene:
        """A window of `frames` encoder frames with speech, or now and then without any."""
        chance = self.chance
        samples = np.zeros(frames * FRAME, np.float32)
        language = "de" if chance.random() < GERMAN_SHARE else "en"
        if chance.random() < 0.06:
            scene = Scene(language, samples, [], chance.randint(10, frames))
        else:
            scene = self._speech(language, samples, many_phrases, single_words)
        self._add_noise(scene)
        return scene

    def _speech(self, language: str, samples: Samples, many_phrases: bool, single_words: bool) -> Scene:
        chance = self.chance
        voices = self._source(language)
        voice = chance.choice(voices)
        several_voices = chance.random() < 0.3
        time = chance.choice([0.0, chance.uniform(0, 0.5), chance.uniform(0, 1.0), chance.uniform(0, 2.0)])
        end = 0  # samples
        phrases: list[list[Word]] = []
        for _ in range(chance.randint(2, 9) if many_phrases else chance.choice([1, 1, 1, 2])):
            phrase: list[Word] = []
            for _ in range(1 if single_words else chance.randint(1, 5)):
                digit = chance.randrange(10)
                speaker = chance.choice(voices) if several_voices else voice
                if digit not in speaker:
                    continue
                clip = self._take(speaker, digit)
                start = int(time * SAMPLE_RATE)
                if start + len(clip) > len(samples) - SAMPLE_RATE // 10:
                    break
                end = start + len(clip)
                samples[start:end] += clip
                phrase.append(Word(digit, start / FRAME, end / FRAME))
                pause = chance.choice([chance.uniform(0.0, 0.12), chance.uniform(0.05, 0.4)])
                time = end / SAMPLE_RATE + pause
            if phrase:
                phrases.append(phrase)
            time += chance.uniform(0.7, 2.2)
        tail = chance.choice([0.0, chance.uniform(0, 0.4), chance.uniform(0, 2)])
        last = int((end / SAMPLE_RATE + tail) * FRAMES_PER_SECOND) + 1
        loudness = np.float32(10 ** chance.uniform(-0.6, 0.5))
        return Scene(language, samples * loudness, phrases, min(len(samples) // FRAME, last))

    def _source(self, language: str) -> list[Voice]:
        if language == "en":
            draw = self.chance.random()
            for kind, share in ENGLISH_SOURCES:
                if draw < share and ("en", kind) in self.voices:
                    return self.voices["en", kind]
                draw -= share
        return self.voices[language, "espeak"]

    def _take(self, voice: Voice, digit: int) -> Samples:
        """A take of a digit, mostly made faster and higher or slower and lower by up to a fifth."""
        clip = self.chance.choice(voice[digit])
        speed = self.chance.uniform(0.84, 1.2)
        if self.chance.random() < 0.7:
            moments = np.arange(0, len(clip) - 1, speed)
            clip = np.interp(moments, np.arange(len(clip)), clip).astype(np.float32)
        return clip * np.float32(10 ** self.chance.uniform(-0.15, 0.15))

    def _add_noise(self, scene: Scene) -> None:
        """Add white or low noise, 8 to 45 dB below speech, up to the end of the scene; or none."""
        if self.chance.random() >= 0.6:
            return
        strength = LEVEL * 10 ** (-self.chance.uniform(8, 45) / 20)
        length = min(len(scene.samples), scene.end_frame * FRAME)
        noise = (self.noise.standard_normal(length) * strength).astype(np.float32)
        if self.chance.random() < 0.5:
            noise = np.cumsum(noise - noise.mean()).astype(np.float32) * np.float32(0.1)
            noise -= np.convolve(noise, np.ones(200, np.float32) / 200, "same")  # keep what is above about 80 Hz
        scene.samples[:length] += noise
