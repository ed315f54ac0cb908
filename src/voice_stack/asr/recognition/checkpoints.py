"""Checkpoints of a transcription: a job whose process ends in the middle goes on from them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from voice_stack.asr.engines.base import UnitMemory
from voice_stack.asr.types import LanguageGuess, Segment, Word
from voice_stack.serving.attempt import CheckpointLog, Record, records_of


class TranscriptMemory(UnitMemory):
    """The finished pieces of a transcription, and the engine's units of the piece under way. Blocking.

    Args:
        log: where it is kept, as records `unit`, `language` and `piece`.
        identity: of everything that the transcript depends on.

    Raises:
        OSError: the log cannot be written.

    Attributes:
        samples: where the next piece begins.
        segments: of the finished pieces.
        language: once it is known.
        speech_s, inference_s, waited_s: what the finished pieces cost; see `RunReport`.
        facts: what the run has noted with the last of them.
    """

    def __init__(self, log: CheckpointLog, identity: str) -> None:
        self.samples = 0
        self.segments: list[Segment] = []
        self.language: LanguageGuess | None = None
        self.speech_s = self.inference_s = self.waited_s = 0.0
        self.facts: Record = {}
        self._log = log
        self._units: deque[Record] = deque()
        for _, record in records_of(log, identity):
            self._take(record)

    def recall(self) -> Record | None:
        return self._units.popleft() if self._units else None

    def note(self, unit: Record) -> None:
        self._log.append({"unit": unit})

    def tell_language(self, language: LanguageGuess) -> None:
        """Note the language, which decides how the rest is heard."""
        self._log.append({"language": [language.code, language.probability]})

    def finish_piece(
        self,
        samples: int,
        segments: Sequence[Segment],
        *,
        speech_s: float,
        inference_s: float,
        waited_s: float,
        facts: Record | None = None,
    ) -> None:
        """Note a piece; its units are not needed any more.

        Args:
            samples: from the start of the audio to the end of the piece.
            segments: of the piece.
            speech_s, inference_s, waited_s: of the whole transcription so far.
            facts: that the run needs to go on behind it.
        """
        self._units.clear()
        cost = {"speech_s": speech_s, "inference_s": inference_s, "waited_s": waited_s}
        more = {"facts": facts} if facts else {}
        self._log.append({"piece": {"samples": samples, "segments": [asdict(s) for s in segments], **cost, **more}})

    def _take(self, record: Record) -> None:
        if "unit" in record:
            self._units.append(record["unit"])
        elif "language" in record:
            self.language = LanguageGuess(*record["language"])
        elif "piece" in record:
            piece: dict[str, Any] = record["piece"]
            self.samples = piece["samples"]
            self.segments += [_segment(fields) for fields in piece["segments"]]
            self.speech_s, self.inference_s, self.waited_s = (
                piece["speech_s"],
                piece["inference_s"],
                piece["waited_s"],
            )
            self.facts = piece.get("facts", {})
            self._units.clear()


def _segment(fields: dict[str, Any]) -> Segment:
    words = tuple(Word(**word) for word in fields["words"])
    return Segment(**{**fields, "words": words, "tokens": tuple(fields["tokens"])})
