"""Models of a running service: pulled, removed, loaded and freed on request. Blocking."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from voice_stack.core.errors import (
    CancelledWorkError,
    DownloadInterruptedError,
    InvalidRequestError,
    ModelInUseError,
    ModelNotFoundError,
    VoiceStackError,
)
from voice_stack.serving.host import EngineHost
from voice_stack.serving.model_files import (
    FoundModel,
    check_obstacle,
    download,
    overlap,
    removable_files,
    remove_files,
)
from voice_stack.serving.pool import Key
from voice_stack.serving.service import EngineService
from voice_stack.serving.spec import LOCAL, Licence, ModelEntry

# Before a download that was cut goes on.
_AGAIN_S = 1.0
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class HostedModel(FoundModel):
    """A model of a running service."""

    host: EngineHost[Any]

    @property
    def key(self) -> Key:
        """Its name in memory."""
        return self.entry.engine, self.entry.source


class ModelManager:
    """The models of a service's hosts. Thread-safe; its methods block, some for minutes.

    Names come from clients: they are compared with what there is and what engines know, and none is taken for a path.
    """

    def __init__(self, service: EngineService[Any, Any]) -> None:
        self._hosts = service.hosts
        self._lock = threading.Lock()
        self._pulling: list[HostedModel] = []

    def entries(self) -> list[ModelEntry]:
        """Every model that requests may name, the configured one of the first kind first."""
        found: dict[str, ModelEntry] = {}
        for host in self._hosts.values():
            for entry in host.catalogue.entries():
                found.setdefault(entry.id, entry)
        return list(found.values())

    def licence(self, entry: ModelEntry) -> Licence:
        """Terms of a model."""
        catalogues = [host.catalogue for host in self._hosts.values()]
        owner = next(one for one in catalogues if any(spec.name == entry.engine for spec in one.specs()))
        return owner.licence(entry)

    def find(self, name: str, kind: str | None = None) -> HostedModel:
        """A model by any name but a path, whether it is on the disk or could be downloaded.

        Args:
            kind: of its engine; None: any.

        Raises:
            ModelNotFoundError: the name means nothing to any engine.
        """
        for host in self._hosts.values():
            if kind is not None and host.kind != kind:
                continue
            entry = self._entry(host, name)
            if entry is not None:
                return HostedModel(host.catalogue, entry, host)
        raise ModelNotFoundError(f"No engine here has a model {name[:100]!r}; GET /models lists what there is.")

    def find_to_pull(self, name: str) -> HostedModel:
        """A model that may be downloaded, or is on the disk already.

        Raises:
            ModelNotFoundError: the name means nothing to any engine.
            InvalidRequestError: it is a folder of this machine, and cannot be downloaded.
            UnsupportedError: it is left out for its licence.
            EngineUnavailableError: its engine cannot be used: not installed, licence not accepted.
        """
        found = self.find(name)
        found.catalogue.check_licence(found.entry)
        check_obstacle(found.spec, found.config)
        if found.entry.owned_by == LOCAL and not found.entry.installed:
            raise InvalidRequestError(
                f"The model {found.entry.id!r} is a folder of this machine, and not whole: it cannot be downloaded.",
                param="model",
            )
        return found

    def pull(
        self, found: HostedModel, stop: threading.Event, progress: Callable[[float, float | None], None]
    ) -> ModelEntry:
        """Download a model. A connection that breaks is taken up again, for as long as something arrives between.

        Args:
            stop: ends the download at its next block; what has arrived is kept.
            progress: called with bytes done and bytes in all, or None when that is unknown.

        Returns:
            The model as it is listed then.

        Raises:
            CancelledWorkError: `stop` was set.
            EngineUnavailableError: it cannot be had.
        """
        reached = 0

        def told(_: str, done: int, total: int | None) -> None:
            nonlocal reached
            if stop.is_set():
                raise CancelledWorkError("The download was given up.")
            reached = max(reached, done)
            progress(done, total)

        with self._registered(found):
            before = 0
            while True:
                try:
                    download(found, told)
                    break
                except DownloadInterruptedError:
                    if reached <= before:
                        raise
                    before = reached
                    if stop.wait(_AGAIN_S):
                        raise CancelledWorkError("The download was given up.") from None
        found.host.pool.forget_failure(found.key)
        return self.find(found.entry.id, found.host.kind).entry

    def remove(self, name: str) -> ModelEntry:
        """Free a model and remove it from the disk.

        Raises:
            ModelNotFoundError: there is no such model, or nothing of it on the disk.
            ModelNotRemovableError: it comes with its engine, or does not lie in MODEL_DIR.
            ModelInUseError: it is used, loaded or downloaded at this moment.
            ServiceUnavailableError: the disk refuses.
        """
        found = self.find(name)
        files = removable_files(found)
        with self._lock:
            if any(overlap(files, other.files()) for other in [*self._pulling, *_arriving(found)]):
                raise ModelInUseError(f"The model {found.entry.id!r} is being downloaded.")
            self._free(found)
            remove_files(files)
        return found.entry

    def load(self, name: str) -> tuple[ModelEntry, str]:
        """Bring a model into memory, downloaded first when requests may name it and it is not on the disk.

        Returns:
            The model, and its device.

        Raises:
            ModelNotFoundError, UnsupportedError: requests may not name it.
            EngineUnavailableError: it cannot be loaded.
        """
        problem: VoiceStackError = ModelNotFoundError(f"The model {name[:100]!r} does not exist here.")
        for host in self._hosts.values() if _is_sane(name) else ():
            try:
                entry = host.catalogue.chain(name)[0]
            except ModelNotFoundError as error:
                problem = error
                continue
            host.pool.forget_failure((entry.engine, entry.source))
            with host.pool.lease_chain([entry]) as leased:
                return self.find(entry.id, host.kind).entry, leased.engine.device
        raise problem

    def unload(self, name: str) -> ModelEntry:
        """Free a model's memory; nothing is done when it is not loaded.

        Raises:
            ModelNotFoundError: there is no such model.
            ModelInUseError: it is used or loaded at this moment.
        """
        found = self.find(name)
        self._free(found)
        return found.entry

    @staticmethod
    def _entry(host: EngineHost[Any], name: str) -> ModelEntry | None:
        if not _is_sane(name):
            return None
        entry = host.catalogue.find(name)
        if entry is None or entry.owned_by != LOCAL:
            return entry
        # What an engine finds by a path is nobody's business unless it is configured, or lies in MODEL_DIR.
        listed = {(known.engine, known.source) for known in host.catalogue.entries()}
        is_path = name == entry.source != entry.id
        return entry if (entry.engine, entry.source) in listed and not is_path else None

    @staticmethod
    def _free(found: HostedModel) -> None:
        """Free all that is loaded of its files: a model may be in memory under two names."""
        pool, catalogue = found.host.pool, found.host.catalogue
        files = found.files()
        for engine, source in pool.loaded():
            other = FoundModel(catalogue, ModelEntry(source, engine, source, "", 0, True))
            if (engine, source) == found.key or (files and overlap(files, other.files())):
                pool.unload((engine, source))

    @contextlib.contextmanager
    def _registered(self, found: HostedModel) -> Iterator[None]:
        with self._lock:
            self._pulling.append(found)
        try:
            yield
        finally:
            with self._lock:
                self._pulling.remove(found)


def _arriving(found: HostedModel) -> list[FoundModel]:
    """Models of a host that are downloaded because a request wants them."""
    keys = found.host.pool.arrivals.keys()
    return [FoundModel(found.catalogue, ModelEntry(source, engine, source, "", 0, False)) for engine, source in keys]


def _is_sane(name: str) -> bool:
    """False for what no model is called, and what file systems choke on."""
    return name.isprintable() and len(name) <= _LONGEST_NAME
