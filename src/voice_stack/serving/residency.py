"""Residency of heavy things: loaded on first use, shared while they are used, unloaded when they have been idle."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Phase(StrEnum):
    """Phase of a resident's life."""

    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class ResidencyState:
    """One resident, at one moment.

    Attributes:
        users: leases held or waited for.
        loaded_at: clock time of the end of its build, or None while it loads.
        last_used: clock time at which the last lease began or ended.
    """

    phase: Phase
    users: int
    loaded_at: float | None
    last_used: float


@dataclass(slots=True, eq=False)
class _Slot(Generic[T]):
    last_used: float
    # Filled by the lease that came first; all others wait for it, and share its failure.
    value: Future[T] = field(default_factory=Future)
    users: int = 0
    loaded_at: float | None = None
    closing: bool = False


class Residency(Generic[K, T]):
    """Builds values on demand, one a key, and keeps them until they have been idle. Thread-safe.

    Args:
        build: makes the value of a key; may take minutes. What it raises goes to every caller that waited for it, and
            the next lease builds anew.
        close: frees a value; never called while somebody leases it.
        idle_s: seconds without a lease after which `unload_idle` closes a value; 0: never.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        build: Callable[[K], T],
        close: Callable[[T], None],
        *,
        idle_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._build = build
        self._close = close
        self._idle_s = idle_s
        self._clock = clock
        self._slots: dict[K, _Slot[T]] = {}
        self._changed = threading.Condition()

    @contextmanager
    def lease(self, key: K) -> Iterator[T]:
        """Hold the value of a key; built when there is none. Leases of other keys are never blocked.

        Raises:
            Whatever `build` raises.
        """
        slot, first = self._enter(key)
        try:
            if first:
                self._fill(key, slot)
            yield slot.value.result()
        finally:
            self._leave(slot)

    def visit(self, look: Callable[[T], None]) -> None:
        """Show every value that is in memory to somebody. None is built for that, and none is closed meanwhile."""
        with self._changed:
            slots = [slot for slot in self._slots.values() if slot.loaded_at is not None and not slot.closing]
            for slot in slots:
                slot.users += 1
        try:
            for slot in slots:
                look(slot.value.result())
        finally:
            for slot in slots:
                self._leave(slot)

    def unload_idle(self) -> list[K]:
        """Close what nobody leases and nobody has leased for `idle_s`; returns its keys."""
        if not self._idle_s:
            return []
        return self._unload(older_than=self._clock() - self._idle_s)

    def unload(self, key: K) -> bool:
        """Close the value of a key, unless somebody leases it or waits for it.

        Returns:
            False when somebody does; else nothing of the key is left in memory.
        """
        with self._changed:
            while (slot := self._slots.get(key)) is not None and slot.closing:
                self._changed.wait()
            if slot is None:
                return True
            if slot.users or slot.loaded_at is None:
                return False
            slot.closing = True
        self._close_all({key: slot})
        return True

    def reset(self) -> None:
        """Close all that nobody leases at the moment."""
        self._unload(older_than=None)

    def states(self) -> Mapping[K, ResidencyState]:
        """Residents in memory or on their way into it."""
        with self._changed:
            return {key: self._state(slot) for key, slot in self._slots.items()}

    @staticmethod
    def _state(slot: _Slot[T]) -> ResidencyState:
        if slot.closing:
            phase = Phase.CLOSING
        elif slot.loaded_at is None:
            phase = Phase.LOADING
        else:
            phase = Phase.BUSY if slot.users else Phase.READY
        return ResidencyState(phase, slot.users, slot.loaded_at, slot.last_used)

    def _enter(self, key: K) -> tuple[_Slot[T], bool]:
        with self._changed:
            # A new value beside one that is being freed could need twice the memory.
            while (slot := self._slots.get(key)) is not None and slot.closing:
                self._changed.wait()
            first = slot is None
            if slot is None:
                slot = self._slots[key] = _Slot(self._clock())
            slot.users += 1
            slot.last_used = self._clock()
            return slot, first

    def _fill(self, key: K, slot: _Slot[T]) -> None:
        try:
            value = self._build(key)
        except BaseException as error:
            with self._changed:
                del self._slots[key]
            slot.value.set_exception(error)
            raise
        with self._changed:
            slot.loaded_at = self._clock()
        slot.value.set_result(value)

    def _leave(self, slot: _Slot[T]) -> None:
        with self._changed:
            slot.users -= 1
            slot.last_used = self._clock()

    def _unload(self, *, older_than: float | None) -> list[K]:
        with self._changed:
            idle = {
                key: slot
                for key, slot in self._slots.items()
                if slot.loaded_at is not None
                and not slot.users
                and not slot.closing
                and (older_than is None or slot.last_used <= older_than)
            }
            for slot in idle.values():
                slot.closing = True
        self._close_all(idle)
        return list(idle)

    def _close_all(self, slots: Mapping[K, _Slot[T]]) -> None:
        """Close what is marked as closing."""
        failures: list[Exception] = []
        for key, slot in slots.items():
            try:
                self._close(slot.value.result())
            except Exception as error:  # noqa: BLE001 (raised below, when the others are closed too)
                failures.append(error)
            finally:
                with self._changed:
                    del self._slots[key]
                    self._changed.notify_all()
        if failures:
            raise ExceptionGroup("values could not be closed", failures)
