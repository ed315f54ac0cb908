"""A further copy of a model in a process of its own, which can stand still while urgent work is computed.

Imports ctranslate2.
"""

import contextlib
import logging
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from voice_stack.asr.engines.faster_whisper.pauses import Pauses
from voice_stack.core.devices import bound_spinning

logger = logging.getLogger("voice_stack.asr")

_MAIN = Path(__file__).with_name("apart_main.py")


class LostError(Exception):
    """The process that computes apart is gone, or does not start: the model that is here can do it."""


class WhisperApart:
    """Stands in for a `ctranslate2.models.Whisper` on the CPU. Thread-safe; computes one call at a time.

    The process has threads of ordinary priority, so that it is no slower than others of the machine; for urgent work it
    is stopped by a signal, at once and in the middle of a computation, and continued afterwards. It is started no
    second time when it fails.

    Args:
        purpose: what it computes, for the log.
        path: the model's folder.
        options: of CTranslate2's model.
        check: called before it starts; raises when it must not.
        idle_s: seconds without work after which it ends, until it is needed again.
    """

    def __init__(
        self,
        purpose: str,
        path: Path,
        options: dict[str, Any],
        check: Callable[[], None],
        idle_s: float = threading.TIMEOUT_MAX,
    ) -> None:
        self.purpose = purpose
        self._idle_s = idle_s
        self._order = str(path), options
        self._check = check
        self._calling = threading.Lock()
        self._changed = threading.Condition()
        self._pauses = Pauses()
        # None: not started; else set when it can be called, or cannot be had.
        self._ready: threading.Event | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._useless = False
        self._used_at = 0.0

    @property
    def lost(self) -> bool:
        """True when it is of no use any more."""
        return self._useless

    @property
    def pid(self) -> int | None:
        """The process's id; None while there is none."""
        process = self._process
        return process.pid if process else None

    @property
    def running(self) -> bool:
        """True when it can be called without waiting for it."""
        return self._process is not None

    def start(self) -> threading.Event:
        """Begin to start the process, where it is not there; the event is set when that is over."""
        with self._changed:
            if self._ready is None:
                self._ready = threading.Event()
                # The kernel ends the process with the thread that started it: a thread that lives as long.
                threading.Thread(target=self._keep, args=(self._ready,), name="apart", daemon=True).start()
            return self._ready

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Inside the `with` block urgent work is computed elsewhere."""
        with self._changed:
            self._pauses.begin()
            self._signal()
        try:
            yield
        finally:
            with self._changed:
                self._pauses.end(time.monotonic())
                self._changed.notify_all()

    def encode(self, features: Any, to_cpu: bool = True) -> Any:
        """As CTranslate2's."""
        return ctranslate2.StorageView.from_array(self._call("encode", features, to_cpu=to_cpu))

    def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        return self._call("generate", features, prompts, **options)

    def detect_language(self, features: Any) -> Any:
        """As CTranslate2's."""
        return self._call("detect_language", features)

    def align(self, features: Any, *args: Any, **options: Any) -> Any:
        """As CTranslate2's."""
        return self._call("align", features, *args, **options)

    def unload_model(self) -> None:
        """End the process, whatever it does; a call under way is lost."""
        with self._changed:
            self._useless = True
            if self._process is not None:
                self._process.kill()
            self._changed.notify_all()

    def _call(self, method: str, *arguments: Any, **options: Any) -> Any:
        plain = [np.array(one) if isinstance(one, ctranslate2.StorageView) else one for one in arguments]
        with self._calling:
            self.start().wait()
            with self._changed:
                process = self._process
                self._used_at = time.monotonic()
            if process is None:
                raise LostError("it does not run")
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                pickle.dump((method, plain, options), process.stdin, protocol=5)
                process.stdin.flush()
                well, found = pickle.load(process.stdout)
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                with self._changed:
                    self._useless = True
                    self._changed.notify_all()
                raise LostError("it has ended") from error
            finally:
                self._used_at = time.monotonic()
        if not well:
            raise RuntimeError(found)
        return found

    def _keep(self, ready: threading.Event) -> None:
        """Start the process, have it stand still and go on, and end it."""
        try:
            process = self._started()
        except Exception as error:  # noqa: BLE001 - whatever it is, the model that is here can do it
            logger.warning("%s are computed on workers that share the cores: %s", self.purpose, error)
            with self._changed:
                self._useless = True
            ready.set()
            return
        with self._changed:
            self._process, self._used_at = process, time.monotonic()
            if self._pauses.paused:
                process.send_signal(signal.SIGSTOP)
        ready.set()
        logger.info("%s: process %d computes them with all cores while the machine is quiet", self.purpose, process.pid)
        try:
            while self._tend():
                pass
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]

    def _started(self) -> subprocess.Popen[bytes]:
        self._check()
        environment = dict(os.environ)
        bound_spinning(environment)
        process = subprocess.Popen(
            # Without this file's folder among those of modules.
            [sys.executable, "-P", str(_MAIN), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            process_group=0,  # an interrupt at the keyboard is for the service
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump(self._order, process.stdin, protocol=5)
            process.stdin.flush()
            well, words = pickle.load(process.stdout)
        except (OSError, EOFError) as error:
            process.kill()
            process.wait()
            raise LostError("the process ended while it loaded the model") from error
        if not well:
            process.kill()
            process.wait()
            raise LostError(words)
        return process

    def _tend(self) -> bool:
        """Wait for what comes next; False when the process is to end."""
        with self._changed:
            look = self._signal()
            if not self._useless:
                left = max(1.0, self._used_at + self._idle_s - time.monotonic())
                self._changed.wait(min(left, threading.TIMEOUT_MAX, math.inf if look is None else look))
            idle = self._used_at + self._idle_s <= time.monotonic() and self._calling.acquire(blocking=False)
            if self._useless or idle:
                self._process = None
                self._ready = None if idle and not self._useless else self._ready
                if idle:
                    self._calling.release()
                return False
            return True

    def _signal(self) -> float | None:
        """Stop the process or let it go on, under the lock; seconds until this may change by itself."""
        before = self._pauses.paused
        look = self._pauses.decide(time.monotonic())
        if self._process is not None and before != self._pauses.paused:
            self._process.send_signal(signal.SIGSTOP if self._pauses.paused else signal.SIGCONT)
        return look
