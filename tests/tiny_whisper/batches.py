"""Batches: scenes as log-mel spectrograms, and what the decoder should say about them, when and while looking where."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from whisper.audio import mel_filters

from .build import MEL_BINS
from .compact import CompactVocabulary
from .compose import Composer, Scene
from .vocabulary import FIRST_TIMESTAMP, TIMESTAMPS

CONTEXT = 1500  # encoder frames of a whole window, 30 s
IGNORED = -100  # cross_entropy's mark for no target
MAX_FIRST_TIMESTAMP = 50  # 1.0 s: both engines forbid later ones at the start
END_GUIDE = 12  # frames after the last word that the end-of-text token should look at


@dataclass(frozen=True, slots=True)
class Batch:
    """One training step's data; all token ids are compact."""

    mel: Tensor  # (batch, 80, 2 * frames)
    offsets: list[int]  # where in the 30 s context each window begins, encoder frames
    tokens: Tensor  # (batch, tokens)
    targets: Tensor  # (batch, tokens)
    attention: Tensor  # (batch, tokens, frames), 1 where the token's sound is
    guided: Tensor  # (batch, tokens), whether the token has a place in the sound
    labels: Tensor  # (batch, frames), 0 for silence, 1 .. 10 English digits, 11 .. 20 German ones


@dataclass(frozen=True, slots=True)
class Text:
    """The tokens of one scene (full ids)."""

    tokens: list[int]
    targets: list[int]
    guides: list[tuple[int, int, int]]  # position, first and last + 1 frame to look at


class Batcher:
    """Draws random batches."""

    def __init__(self, composer: Composer, vocabulary: CompactVocabulary, chance: random.Random) -> None:
        self.composer = composer
        self.vocabulary = vocabulary
        self.chance = chance
        self.filters = mel_filters(torch.device("cpu"), MEL_BINS)
        self.window = torch.hann_window(400)

    def draw(self, size: int, frames: int, many_phrases: bool = False, single_words: bool = False) -> Batch:
        """`size` windows of `frames` encoder frames. Short windows stand at random places of the context."""
        chance = self.chance
        scenes: list[Scene] = []
        offsets: list[int] = []
        for _ in range(size):
            at_start = frames == CONTEXT or chance.random() < 0.4
            offsets.append(0 if at_start else chance.randint(0, CONTEXT - frames))
            scenes.append(self.composer.scene(frames, many_phrases and chance.random() < 0.6, single_words))
        texts = [self._text(scene, offset) for scene, offset in zip(scenes, offsets, strict=True)]
        mel = self._mel(scenes)
        return self._assemble(scenes, texts, offsets, mel, frames)

    def _text(self, scene: Scene, offset: int) -> Text:
        """Tokens as openai-whisper lays them out; now and then with a prompt, translated, or without times."""
        chance, vocabulary = self.chance, self.vocabulary
        translates = scene.language == "de" and chance.random() < 0.2
        words = vocabulary.words["en" if translates else scene.language]
        tokens: list[int] = []
        if chance.random() < 0.25:
            tokens = [vocabulary.previous, *self._prompt(scene.language)]
        targets = [IGNORED] * len(tokens)
        language = vocabulary.languages[scene.language]
        tokens.append(vocabulary.start)
        targets.append(language if scene.phrases else vocabulary.no_speech)
        # Any other language (token 0 is one of the unused) must do as well: tests ask for some.
        tokens.append(language if chance.random() > 0.04 else 0)
        targets.append(IGNORED)
        tokens.append(vocabulary.translate if translates else vocabulary.transcribe)
        timed = chance.random() < 0.6
        if not timed:
            targets.append(IGNORED)
            tokens.append(vocabulary.no_timestamps)
        guides: list[tuple[int, int, int]] = []
        for token, place in self._spoken(scene, words, offset, timed):
            if place is not None:
                guides.append((len(targets), max(0, place[0]), place[1]))
            targets.append(token)
            tokens.append(token)
        return Text(tokens[:-1], targets, guides)

    def _prompt(self, language: str) -> list[int]:
        """An earlier text that has nothing to do with the scene, so that the model does not copy it."""
        prompt: list[int] = []
        for _ in range(self.chance.randint(1, 24)):
            draw = self.chance.random()
            if draw < 0.7:
                prompt += self.chance.choice(self.vocabulary.words[language])
            else:
                prompt.append(FIRST_TIMESTAMP + self.chance.randrange(TIMESTAMPS) if draw < 0.8 else 0)
        return prompt

    def _spoken(
        self, scene: Scene, words: Sequence[Sequence[int]], offset: int, timed: bool
    ) -> list[tuple[int, tuple[int, int] | None]]:
        """The transcript's tokens with the frames of each, ended by end-of-text."""
        spoken: list[tuple[int, tuple[int, int] | None]] = []
        if timed and not scene.phrases:
            spoken.append((FIRST_TIMESTAMP, None))
        for index, phrase in enumerate(scene.phrases):
            start, end = round(phrase[0].start), round(phrase[-1].end)
            if timed:
                first = start + offset if index else min(start + offset, MAX_FIRST_TIMESTAMP)
                spoken.append((FIRST_TIMESTAMP + first, (start - 3, start + 4)))
            for word in phrase:
                spoken += [(token, (int(word.start), int(word.end) + 1)) for token in words[word.digit]]
            if timed:
                spoken.append((FIRST_TIMESTAMP + min(end + offset, CONTEXT), (end - 4, end + 3)))
        last = int(scene.phrases[-1][-1].end) if scene.phrases else 0
        # The decoder ends well only when it looks at the silence after the last word.
        spoken.append((self.vocabulary.end, (last, last + END_GUIDE) if scene.phrases else None))
        return spoken

    def _mel(self, scenes: Sequence[Scene]) -> Tensor:
        """Whisper's log-mel spectrograms (batch, 80, 2 * frames), with variations of tone and holes in them."""
        chance = self.chance
        samples = torch.stack([torch.from_numpy(scene.samples) for scene in scenes])
        spectrum = torch.stft(samples, 400, 160, window=self.window, return_complex=True)
        mel = (self.filters @ spectrum[..., :-1].abs().square()).clamp(min=1e-10).log10()
        tilt = torch.randn(len(scenes), 1, 8) * 0.15
        mel = mel + F.interpolate(tilt, MEL_BINS, mode="linear").transpose(1, 2)
        for row in mel:
            if chance.random() < 0.3:
                row[chance.randint(52, 66) :] = -10  # as after a telephone or a strong compression
        loudest = mel.amax((1, 2), keepdim=True)
        mel = (torch.maximum(mel, loudest - 8) + 4) / 4
        for row, scene in zip(mel, scenes, strict=True):
            # faster-whisper pads the spectrogram with zeros, openai-whisper the sound: the model meets both.
            if chance.random() < 0.5:
                row[:, 2 * scene.end_frame :] = 0.0
            for _ in range(2):
                if chance.random() < 0.4:
                    low = chance.randint(0, 72)
                    row[low : low + chance.randint(1, 8)] = row.mean()
        return mel

    def _assemble(
        self,
        scenes: Sequence[Scene],
        texts: Sequence[Text],
        offsets: list[int],
        mel: Tensor,
        frames: int,
    ) -> Batch:
        size, length = len(texts), max(len(text.tokens) for text in texts)
        compact = self.vocabulary.compact
        tokens = torch.full((size, length), compact(self.vocabulary.end))
        targets = torch.full((size, length), IGNORED)
        attention = torch.zeros(size, length, frames)
        guided = torch.zeros(size, length, dtype=torch.bool)
        labels = torch.zeros(size, frames, dtype=torch.long)
        for row, (scene, text) in enumerate(zip(scenes, texts, strict=True)):
            count = len(text.tokens)
            tokens[row, :count] = torch.tensor([compact(token) for token in text.tokens])
            targets[row, :count] = torch.tensor(
                [token if token == IGNORED else compact(token) for token in text.targets]
            )
            for position, start, end in text.guides:
                attention[row, position, start : max(end, start + 1)] = 1
                guided[row, position] = True
            for word in (word for phrase in scene.phrases for word in phrase):
                first_label = 11 if scene.language == "de" else 1
                labels[row, int(word.start) : int(word.end)] = first_label + word.digit
        return Batch(mel, offsets, tokens, targets, attention, guided, labels)
