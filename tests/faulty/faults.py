"""Faults as speech networks make them, done to the sound of an engine that makes none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.audio.stretch import Stretcher

from . import Wrong

BABBLE: Final = (
    "and then they were all over there by the",
    "the the wonderful of it, as we have seen",
    "so I went on with this one, and it was",
    "um, and another thing is that you",
    "oh yes, oh yes, it will be",
    "which is what most people would have",
    "mister president, the honourable",
)
FOREIGN: Final = {
    "es": "El niño juega en el jardín con su perro y su hermana.",
    "fr": "Le chat dort sur la chaise près de la fenêtre de la cuisine.",
    "it": "Domani andiamo al mare con i nostri amici di Napoli.",
    "pt": "A menina comprou pão e queijo na loja da esquina.",
    "de": "Die Katze schläft auf dem warmen Stein im Garten.",
}
_QUIET_DB: Final = 40.0


@dataclass(frozen=True, slots=True)
class Mouth:
    """What a fault may make use of.

    Attributes:
        say: the sound of a text in the same voice.
        foreign: the sound of a text in another language, by its code; empty where the engine speaks one only.
        rate: Hz of both.
    """

    say: Callable[[str], Samples]
    rate: int
    foreign: Callable[[str, str], Samples] | None = None


def spoiled(wrong: Wrong, text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    """The sound of a text with a fault in it: (time,) float32."""
    return _DONE[wrong](text, mouth, random)


def _nothing(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    return mouth.say(text)


def _babble(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    words = str(random.choice(BABBLE))
    babble = _trimmed(mouth.say(words), mouth.rate)[: round(random.uniform(0.6, 2.5) * mouth.rate)]
    pause = np.zeros(round(float(random.choice([0.0, 0.1, 0.3, 0.6])) * mouth.rate), np.float32)
    return np.concatenate([_trimmed(mouth.say(text), mouth.rate), pause, _faded(babble, mouth.rate)])


def _noise(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    speech = _trimmed(mouth.say(text), mouth.rate)
    length = round(random.uniform(0.5, 2.0) * mouth.rate)
    level = _level(speech) * 10 ** (-random.uniform(3, 20) / 20)
    kind = random.choice(["hiss", "breath", "hum"])
    if kind == "hum":
        sound = np.sin(2 * np.pi * random.uniform(90, 250) * np.arange(length) / mouth.rate)
    else:
        sound = random.standard_normal(length)
    if kind == "breath":
        sound = np.convolve(sound, np.ones(12) / 3, "same") * np.sin(np.pi * np.arange(length) / length)
    pause = np.zeros(round(float(random.choice([0.0, 0.1, 0.4])) * mouth.rate), np.float32)
    tail = _faded((sound * level).astype(np.float32), mouth.rate)
    return np.concatenate([speech, pause, tail, np.zeros(mouth.rate // 10, np.float32)])


def _loop(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    words = text.rstrip(" .,!?;:").split()
    times = int(random.integers(2, 6))
    if random.random() < 0.5:
        last = words[-min(int(random.integers(1, 4)), len(words)) :]
        return mouth.say(" ".join(words + last * times) + ".")
    speech = _trimmed(mouth.say(text), mouth.rate)
    part = speech[-min(round(random.uniform(0.3, 0.9) * mouth.rate), len(speech)) :]
    return np.concatenate([speech, *[part * np.float32(random.uniform(0.8, 1.1)) for _ in range(times)]])


def _truncated(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    speech = _trimmed(mouth.say(text), mouth.rate)
    kept = speech[: round(random.uniform(0.3, 0.75) * len(speech))]
    return _faded(kept, mouth.rate) if random.random() < 0.3 else kept


def _dropped(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    return _without(text, mouth, random, random.uniform(0.25, 0.6))


def _word(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    return _without(text, mouth, random, 0.0)


def _without(text: str, mouth: Mouth, random: np.random.Generator, share: float) -> Samples:
    """Said without a share of the words that have more than three letters; without one at least."""
    words = text.split()
    heavy = [at for at, word in enumerate(words) if len(word.strip(".,!?;:")) > 3] or list(range(len(words)))
    count = min(max(1, round(share * len(words))), len(heavy))
    gone = set(random.choice(heavy, count, replace=False).tolist())
    left = [word for at, word in enumerate(words) if at not in gone]
    return mouth.say(" ".join(left) or "Oh.")


def _gap(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    speech = _trimmed(mouth.say(text), mouth.rate)
    place = round(random.uniform(0.25, 0.75) * len(speech))
    silence = np.zeros(round(random.uniform(1.5, 4.0) * mouth.rate), np.float32)
    return np.concatenate([_faded(speech[:place], mouth.rate), silence, speech[place:], silence[:2000]])


def _silence(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    level = float(random.choice([0.0, 1e-4, 1e-3]))
    return (level * random.standard_normal(len(mouth.say(text)))).astype(np.float32)


def _language(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    assert mouth.foreign is not None
    language = str(random.choice(sorted(FOREIGN)))
    return mouth.foreign(FOREIGN[language], language)


def _clipped(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    speech = mouth.say(text)
    gain = random.uniform(3, 20) / max(float(np.abs(speech).max()), 1e-6)
    clipped: Samples = np.clip(speech * np.float32(gain), -1.0, 1.0)
    return clipped


def _collapse(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    speech = _trimmed(mouth.say(text), mouth.rate)
    place = round(random.uniform(0.25, 0.6) * len(speech))
    curve = np.ones(len(speech), np.float32)
    curve[place:] = 10 ** (-random.uniform(28, 50) / 20)
    softer: Samples = speech * curve
    return softer


def _fast(text: str, mouth: Mouth, random: np.random.Generator) -> Samples:
    with Stretcher(random.uniform(1.6, 2.5), mouth.rate) as stretcher:
        return np.concatenate([stretcher.write(mouth.say(text)), stretcher.finish()])


def _trimmed(samples: Samples, rate: int) -> Samples:
    """Without the silence of the network at the edges, but for 20 ms."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max(initial=1e-6) * 10 ** (-_QUIET_DB / 20))
    if not len(loud):
        return samples
    return samples[max(0, int(loud[0]) - rate // 50) : int(loud[-1]) + rate // 50]


def _faded(samples: Samples, rate: int) -> Samples:
    """With 10 ms of a way up and down."""
    width = min(rate // 100, len(samples) // 2)
    curve = np.ones(len(samples), np.float32)
    if width:
        curve[:width] = np.linspace(0, 1, width)
        curve[-width:] = np.linspace(1, 0, width)
    faded: Samples = samples * curve
    return faded


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.square(samples, dtype=np.float64).mean())) if len(samples) else 0.0


_DONE: Final[dict[Wrong, Callable[[str, Mouth, np.random.Generator], Samples]]] = {
    Wrong.NOTHING: _nothing,
    Wrong.BABBLE: _babble,
    Wrong.NOISE: _noise,
    Wrong.LOOP: _loop,
    Wrong.TRUNCATED: _truncated,
    Wrong.DROPPED: _dropped,
    Wrong.WORD: _word,
    Wrong.GAP: _gap,
    Wrong.SILENCE: _silence,
    Wrong.LANGUAGE: _language,
    Wrong.CLIPPED: _clipped,
    Wrong.COLLAPSE: _collapse,
    Wrong.FAST: _fast,
}
