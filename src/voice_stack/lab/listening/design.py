"""A listening test: which samples are heard together, in which order, by whom. Pure functions of seeds.

A listener never learns what is heard: sounds have names that a key makes, and sides and orders are drawn for each.
"""

import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path

from voice_stack.core.errors import InvalidRequestError
from voice_stack.lab.evaluation.items import SUFFIXES


class Method(StrEnum):
    """Question of a test.

    Attributes:
        question: that listeners read.
        choices: what they may answer, and what it means to them.
    """

    question: str
    choices: tuple[tuple[str, str], ...]

    def __new__(cls, value: str, question: str = "", choices: tuple[tuple[str, str], ...] = ()) -> "Method":
        member = str.__new__(cls, value)
        member._value_ = value
        member.question = question
        member.choices = choices
        return member

    MOS = (
        "mos",
        "How natural does it sound?",
        (("1", "bad"), ("2", "poor"), ("3", "fair"), ("4", "good"), ("5", "excellent")),
    )
    AB = ("ab", "Which one sounds better?", (("A", "the first"), ("B", "the second")))
    ABX = ("abx", "Which one is X the same as?", (("A", "the first"), ("B", "the second")))


@dataclass(frozen=True, slots=True)
class Test:
    """Systems that are compared.

    Attributes:
        systems: names, in order; each has a sample of every name in `samples`.
        samples: names of the samples, without suffixes.
        folders: of the systems, in the same order.
    """

    method: Method
    systems: tuple[str, ...]
    samples: tuple[str, ...]
    folders: tuple[Path, ...]

    @property
    def identity(self) -> str:
        """The same for the same test: answers of another one do not belong to it."""
        parts = [self.method, *self.systems, "/", *self.samples]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def file(self, system: str, sample: str) -> Path:
        """The file of a sample."""
        return _samples(self.folders[self.systems.index(system)])[sample]


@dataclass(frozen=True, slots=True)
class Trial:
    """A question to a listener.

    Attributes:
        number: in this listener's order, from 0.
        sample: what is heard.
        systems: whose samples, in the order of the labels: one for a rating, two for a comparison, and as the third X,
            which is one of the two.
    """

    number: int
    sample: str
    systems: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names that the listener reads; none for a single sound."""
        return ("A", "B", "X")[: len(self.systems)] if len(self.systems) > 1 else ("",)


def design(method: Method, folders: Sequence[Path]) -> Test:
    """The test of some systems, a folder each; samples that not all of them have are left out.

    Raises:
        InvalidRequestError: there are too few systems, two have one name, or they have no sample in common.
    """
    names = tuple(folder.resolve().name for folder in folders)
    fewest = 1 if method is Method.MOS else 2
    if len(folders) < fewest:
        raise InvalidRequestError(f"A test by {method} needs {fewest} folders at least, one for each system.")
    if len(set(names)) < len(names):
        raise InvalidRequestError("Two of the folders have the same name; results could not tell them apart.")
    found = [set(_samples(folder)) for folder in folders]
    common = sorted(set.intersection(*found))
    if not common:
        raise InvalidRequestError(
            "There is no sample that every folder has: files of the same name, whatever their suffix, belong together."
        )
    return Test(method, names, tuple(common), tuple(folders))


def trials(test: Test, listener: str, most: int | None = None) -> list[Trial]:
    """The questions to a listener, in an order and with sides of this listener's own; the same whenever asked.

    Args:
        listener: identity of the listener.
        most: how many at most; None for all.
    """
    draw = random.Random(f"{test.identity}/{listener}")
    asked: list[tuple[str, tuple[str, ...]]] = []
    groups = [(one,) for one in test.systems] if test.method is Method.MOS else list(combinations(test.systems, 2))
    for sample in test.samples:
        for group in groups:
            heard = list(group)
            draw.shuffle(heard)
            if test.method is Method.ABX:
                heard.append(draw.choice(heard))
            asked.append((sample, tuple(heard)))
    draw.shuffle(asked)
    return [Trial(number, sample, systems) for number, (sample, systems) in enumerate(asked[:most])]


def sound_name(key: bytes, listener: str, trial: int, place: int) -> str:
    """Name of a sound, of which nothing can be told.

    Args:
        key: of the test, which no browser sees.
        place: in the trial, from 0.
    """
    said = f"{listener}/{trial}/{place}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:32]


def _samples(folder: Path) -> dict[str, Path]:
    """Files of a system by their names.

    Raises:
        InvalidRequestError: it is no folder, or has none.
    """
    if not folder.is_dir():
        raise InvalidRequestError(f"{folder} is no folder.")
    found = {one.stem: one for one in sorted(folder.iterdir()) if one.suffix.lower() in SUFFIXES and one.is_file()}
    if not found:
        raise InvalidRequestError(f"There are no recordings in {folder}.")
    return found
