"""Utterances of several requests in XTTS's language model together.

What a step costs on a GPU is mostly reading the weights, however many rows it computes. So rows share steps: one joins
at the next step after it was asked for, whatever the others have said by then, and leaves when it ends. A batch that
began and ended together would wait for its members first and run half empty then.

Imports torch and transformers.
"""

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Final

import torch

from voice_stack.core.memory import out_of_memory
from voice_stack.serving.engine import check_stop
from voice_stack.tts.engines.coqui.options import CoquiOptions
from voice_stack.tts.engines.coqui.steps import GptSteps, Row, merged, selected

logger = logging.getLogger("voice_stack.tts")

# Seconds after which a device that ran out of memory is given full batches again.
_CAUTIOUS_S: Final = 300.0


class GptBatch:
    """Audio tokens of several utterances, a step for all of them at a time. Thread-safe.

    It has no threads of its own: who has no token left computes a step for everybody, and the others find theirs ready.
    All are drawn with the same settings, which belong to the service and not to a request, from torch's own generator.

    A step that fails for want of memory is repeated with half of the rows, any other with one at a time, until the one
    that is to blame has failed alone. Rows that had to give way go on later from what they have said already; so do
    those that are far ahead of their readers when others find no place.

    Args:
        gpt: the `gpt` of a loaded `Xtts`.
        size: most rows in a step, >= 1.
        clock: seconds, monotonic.

    Attributes:
        size: as given.
    """

    def __init__(
        self, gpt: Any, options: CoquiOptions, *, size: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.size = size
        self._clock = clock
        self._steps = GptSteps(gpt, options)
        self._lock = threading.Lock()
        self._open: list[Row] = []
        self._running: list[Row] = []  # in the order of the cache's rows
        self._cache: Any = None
        self._suspects: set[Row] = set()
        self._limit = size
        self._limited_until = 0.0

    @property
    def rows(self) -> int:
        """Utterances that are in the cache."""
        return len(self._running)

    def generate(self, prefix: torch.Tensor, limit: int, stop: threading.Event) -> Generator[tuple[int, torch.Tensor]]:
        """Audio tokens with their latents, (1, channels); the last one is the stop token or the one at the limit.

        Its place is taken with the first token, and given back when the generator ends or is closed.

        Args:
            prefix: (positions, channels): voice and text.
            limit: most tokens.

        Raises:
            CancelledWorkError: `stop` was set while it waited for a step.
            Exception: of the step that failed with this row alone.
        """
        with self._opened(Row(prefix, limit)) as (row,):
            while (found := self._next(row, stop)) is not None:
                yield found

    def compute(self, prefixes: Sequence[torch.Tensor], limit: int) -> list[list[tuple[int, torch.Tensor]]]:
        """Tokens with latents, as `generate` gives them, of several utterances that begin together."""
        never = threading.Event()
        with self._opened(*(Row(prefix, limit) for prefix in prefixes)) as rows:
            return [list(iter(functools.partial(self._next, row, never), None)) for row in rows]

    @contextlib.contextmanager
    def _opened(self, *rows: Row) -> Iterator[Sequence[Row]]:
        with self._lock:
            self._open += rows
        try:
            yield rows
        finally:
            with self._lock:
                for row in rows:
                    row.over = True
                    self._open.remove(row)
                self._drop_finished()

    def _next(self, row: Row, stop: threading.Event) -> tuple[int, torch.Tensor] | None:
        while True:
            with self._lock:
                if row.ready:
                    return row.ready.popleft()
                if row.error is not None:
                    raise row.error
                if row.over:
                    return None
                check_stop(stop)
                with torch.inference_mode():
                    self._step(row)

    def _step(self, row: Row) -> None:
        """Compute a token for each of the rows that run, or the first one for rows that join them."""
        self._drop_finished()
        if row not in self._running:
            self._admit(row)
            return
        # Others whose readers wait, too.
        room = self._room - len(self._running)
        waiting = [other for other in self._open if self._waits(other)][: max(room, 0)]
        if waiting:
            self._join(waiting)
        elif len(self._running) > self._room:
            self._keep(self._ahead_first()[-self._room :])
        else:
            self._advance()

    def _waits(self, row: Row) -> bool:
        return not (row.over or row.ready or row in self._running)

    def _admit(self, row: Row) -> None:
        """Let a row in, with others that wait; rows that are ahead of their readers make room, one does in any case."""
        ahead = sum(bool(other.ready) for other in self._running)
        places = max(1, self._room - len(self._running) + ahead)
        rows = [row, *(other for other in self._open if other is not row and self._waits(other))][:places]
        surplus = len(self._running) + len(rows) - self._room
        if surplus > 0:
            self._keep(self._ahead_first()[surplus:])
        self._join(rows)

    def _ahead_first(self) -> list[Row]:
        return sorted(self._running, key=lambda row: len(row.ready), reverse=True)

    @property
    def _room(self) -> int:
        """Rows that a step may have: fewer than `size` while one is sought that fails, or memory was short."""
        if self._suspects:
            return 1
        return self._limit if self._clock() < self._limited_until else self.size

    def _join(self, rows: Sequence[Row]) -> None:
        try:
            self._cache = merged(self._cache, self._steps.begin(rows))
        except Exception as error:  # noqa: BLE001 - each reader is told of its own
            self._failed(rows, len(self._running), error)
            return
        self._running += rows
        self._drop_finished()

    def _advance(self) -> None:
        try:
            self._steps.go_on(self._running, self._cache)
        except Exception as error:  # noqa: BLE001 - each reader is told of its own
            rows, self._running, self._cache = self._running, [], None  # half of the layers may have taken the token in
            self._failed(rows, 0, error)
            return
        self._drop_finished()

    def _drop_finished(self) -> None:
        self._suspects = {row for row in self._suspects if not row.over}
        if any(row.over for row in self._running):
            self._keep([row for row in self._running if not row.over])

    def _keep(self, rows: Sequence[Row]) -> None:
        """Of the rows in the cache keep some. The others go on later, or never."""
        kept = [index for index, row in enumerate(self._running) if row in rows]
        running, cache = [self._running[index] for index in kept], self._cache
        self._running, self._cache = [], None
        if not kept:
            return
        try:
            self._cache = selected(cache, kept, max(row.cached for row in running))
        except Exception as error:  # of memory; then all go on later
            logger.warning("the utterances under way begin anew from their tokens", exc_info=error)
            return
        self._running = running

    def _failed(self, rows: Sequence[Row], running: int, error: Exception) -> None:
        """After a step failed: who takes part in the next one.

        Args:
            rows: that were computed; they are not in the cache.
            running: rows that are.
        """
        together = running + len(rows)
        if out_of_memory(error) and together > 1:
            self._limit, self._limited_until = running + len(rows) // 2, self._clock() + _CAUTIOUS_S
            logger.warning("out of memory with %d utterances at once: trying %d", together, self._limit)
            error.__traceback__ = None  # its frames hold what was computed
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        elif len(rows) > 1:
            self._suspects.update(rows)
        else:
            rows[0].error, rows[0].over = error, True
            self._suspects.clear()
