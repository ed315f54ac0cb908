"""Models on their way: downloads in the background, while stand-ins answer."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from voice_stack.core.errors import CancelledWorkError, DownloadInterruptedError, EngineUnavailableError
from voice_stack.hub.progress import Progress, logged_progress

Key = tuple[str, str]
"""Engine and source of a model."""

# Before a download that was cut goes on.
_AGAIN_S: Final = 1.0
_MB: Final = 1e6


@dataclass(slots=True)
class _Arrival:
    model: str
    done: int = 0
    total: int | None = None
    error: EngineUnavailableError | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def __str__(self) -> str:
        if not self.done:
            return f"The model {self.model} is being fetched."
        if not self.total:
            return f"The model {self.model} is being downloaded: {self.done / _MB:.0f} MB so far."
        part = f"{self.done / _MB:.0f} of {self.total / _MB:.0f} MB ({100 * self.done / self.total:.0f} %)"
        return f"The model {self.model} is being downloaded: {part}."


class Arrivals:
    """Downloads under way, one a model. Thread-safe.

    Args:
        missing: a download of what is not on the disk, by the model's key; None for what is there, or cannot be had in
            this way. Raises EngineUnavailableError where that is known.
        wait_s: seconds that a request waits for a download before it is told that it goes on.
        ended: called with the key when a download is over, and with its error, on its thread.
        log: where they are told.
    """

    def __init__(
        self,
        missing: Callable[[Key], Callable[[Progress], object] | None],
        *,
        wait_s: float,
        ended: Callable[[Key, EngineUnavailableError | None], None],
        log: logging.Logger,
    ) -> None:
        self._missing = missing
        self._wait_s = wait_s
        self._ended = ended
        self._log = log
        self._lock = threading.Lock()
        self._under_way: dict[Key, _Arrival] = {}
        self._stop = threading.Event()

    def reason_to_wait(self, key: Key, model: str, *, patient: bool = False) -> str | None:
        """Words on a model that is still on its way; its download begins when it is not on the disk.

        Args:
            model: what messages call it.
            patient: wait until the download is over, however long that takes.

        Returns:
            None when all of it is here.

        Raises:
            EngineUnavailableError: it cannot be had.
        """
        arrival = self._joined(key, model)
        if arrival is None:
            return None
        arrival.ended.wait(None if patient else self._wait_s)
        if arrival.error is not None:
            raise arrival.error
        return None if arrival.ended.is_set() else str(arrival)

    def is_under_way(self, key: Key) -> bool:
        """True while a model is being downloaded."""
        return key in self._under_way

    def is_here(self, key: Key) -> bool:
        """True for a model that needs no download."""
        try:
            return key not in self._under_way and self._missing(key) is None
        except EngineUnavailableError:
            return False

    def keys(self) -> list[Key]:
        """Models that are being downloaded."""
        with self._lock:
            return list(self._under_way)

    def status(self, key: Key) -> Mapping[str, object] | None:
        """A download for `/health`: the model, bytes done, bytes in all (None: not known yet); None where there is
        none."""
        arrival = self._under_way.get(key)
        if arrival is None:
            return None
        return {"model": arrival.model, "done_bytes": arrival.done, "total_bytes": arrival.total}

    def words(self, key: Key) -> str | None:
        """Words on a download under way; None where there is none."""
        arrival = self._under_way.get(key)
        return None if arrival is None else str(arrival)

    def close(self) -> None:
        """Give all downloads up at their next block; what has arrived is kept."""
        self._stop.set()

    def _joined(self, key: Key, model: str) -> _Arrival | None:
        """The download of a model: the one under way, or a new one; None when all of it is here."""
        with self._lock:
            arrival = self._under_way.get(key)
            if arrival is not None:
                return arrival
        fetch = self._missing(key)
        if fetch is None:
            return None
        with self._lock:
            arrival = self._under_way.get(key)
            if arrival is None:
                arrival = self._under_way[key] = _Arrival(model)
                work = threading.Thread(
                    target=self._run, args=(key, arrival, fetch), name=f"download-{model}", daemon=True
                )
                work.start()
        return arrival

    def _run(self, key: Key, arrival: _Arrival, fetch: Callable[[Progress], object]) -> None:
        began = time.monotonic()
        try:
            self._fetch(arrival, fetch)
        except EngineUnavailableError as error:
            arrival.error = error
        except CancelledWorkError:
            arrival.error = EngineUnavailableError(f"The download of {arrival.model} was given up.")
        except Exception as error:  # noqa: BLE001 - a disk that is full, a hub that speaks in tongues: the stand-in goes on
            self._log.warning("the model %s could not be downloaded", arrival.model, exc_info=error)
            arrival.error = EngineUnavailableError(f"The model {arrival.model} could not be downloaded.")
        finally:
            self._ended(key, arrival.error)
            with self._lock:
                del self._under_way[key]
            arrival.ended.set()
        if arrival.error is None:
            took = time.monotonic() - began
            self._log.info("%s has arrived after %.0f s and answers from now on", arrival.model, took)

    def _fetch(self, arrival: _Arrival, fetch: Callable[[Progress], object]) -> None:
        """Download; a connection that breaks is taken up again, for as long as something arrives between."""
        lines = logged_progress()

        def told(name: str, done: int, total: int | None) -> None:
            if self._stop.is_set():
                raise CancelledWorkError("The download was given up.")
            arrival.done, arrival.total = max(arrival.done, done), total
            lines(name, done, total)

        before = 0
        while True:
            try:
                fetch(told)
                return
            except DownloadInterruptedError:
                if arrival.done <= before or self._stop.wait(_AGAIN_S):
                    raise
                before = arrival.done
