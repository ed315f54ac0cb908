"""Embedding networks on the disk: a file or folder of the user's, or a snapshot of the hub's."""

from dataclasses import dataclass
from pathlib import Path

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.engine import EngineConfig, EngineOptions
from voice_stack.serving.spec import LOCAL, ModelEntry

Config = EngineConfig[EngineOptions]


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """Places where the networks of one engine are looked for.

    Attributes:
        engine: its name, which means its usual network.
        label: the network's name, for people.
        patterns: what a folder may hold, the best first.
        hub_pattern: what is fetched of a repository that the user names.
        released: publication of the usual network, Unix seconds.
        hint: what to do where there is none.
        calibrated: names of the files that the threshold was measured with.
        repo: hub id of the usual network; empty: there is none.
        file: its file there.
        owner: of it.
        megabytes: of its download.
        suffix: of every network.
    """

    engine: str
    label: str
    patterns: tuple[str, ...]
    hub_pattern: str
    released: int
    hint: str
    calibrated: tuple[str, ...] = ()
    repo: str = ""
    file: str = ""
    owner: str = LOCAL
    megabytes: int = 0
    suffix: str = ".onnx"

    def models(self, config: Config) -> list[ModelEntry]:
        """The configured model, or the released one."""
        source = config.model or self.engine
        found = self.find(source, config)
        if found is not None:
            return [found]
        return [ModelEntry(model_id(source), self.engine, source, LOCAL, self.released, installed=False)]

    def find(self, name: str, config: Config) -> ModelEntry | None:
        """A model by the engine's name, a hub id, or the path of a file or folder."""
        if is_local(name) and name:
            path = Path(name).expanduser()
            if not path.exists():
                return None
            created = int(path.stat().st_mtime)
            return ModelEntry(model_id(name), self.engine, name, LOCAL, created, self._local(name) is not None)
        repo, file = self._parts(name)
        if repo is None:
            return None
        installed = self._cached(repo, file, config) is not None
        if name == self.engine:
            return ModelEntry(name, name, name, self.owner, self.released, installed, megabytes=self.megabytes)
        return ModelEntry(name, self.engine, name, repo.partition("/")[0], self.released, installed)

    def files(self, config: Config) -> list[Path]:
        """Files of the configured model that are on the disk."""
        source = config.model or self.engine
        repo = None if is_local(source) else self._parts(source)[0]
        path = Path(source).expanduser() if repo is None else storage_folder(repo, config.model_dir)
        return [path] if path.exists() else []

    def on_disk(self, config: Config) -> Path | None:
        """The network of the configured model, when it is there. Asks no network."""
        source = config.model or self.engine
        if is_local(source):
            return self._local(source)
        repo, file = self._parts(source)
        return None if repo is None else self._cached(repo, file, config)

    def ensure(self, config: Config, progress: Progress | None = None) -> Path:
        """The network of the configured model, downloaded first when it is not on the disk.

        Args:
            progress: of the download; the default writes lines to the log.

        Raises:
            EngineUnavailableError: no such model, or the hub cannot be reached.
        """
        found = self.on_disk(config)
        if found is not None:
            return found
        source = config.model or self.engine
        if is_local(source):
            raise EngineUnavailableError(f"{model_id(source)!r} holds no {self.label} network. {self.hint}")
        repo, file = self._parts(source)
        if repo is None:
            raise EngineUnavailableError(f"{source!r} is neither a file or folder nor a hub id. {self.hint}")
        fetch_snapshot(
            repo,
            config.model_dir,
            (file,),
            name=source,
            is_complete=lambda folder: any(folder.glob(file)),
            timeout_s=config.hub_timeout_s,
            hint=self.hint,
            progress=progress,
        )
        found = self.on_disk(config)
        if found is None:  # removed in between
            raise EngineUnavailableError(f"The files of {source} vanished during its download. {self.hint}")
        return found

    def is_calibrated(self, network: Path) -> bool:
        """True for the network that the threshold was measured with, told by its usual names."""
        return network.name in self.calibrated

    def _parts(self, name: str) -> tuple[str | None, str]:
        """Repository and file pattern that a name means; no repository for a name that is no hub id.

        `ORGANISATION/NAME/FILE.onnx` names one of several networks of a repository.
        """
        if name == self.engine:
            return (self.repo, self.file) if self.repo else (None, "")
        parts = name.split("/")
        if not all(part and part not in (".", "..") and part.isprintable() and " " not in part for part in parts):
            return None, ""
        if len(parts) == 3 and parts[2].endswith(self.suffix):
            return "/".join(parts[:2]), parts[2]
        return (name, self.file if name == self.repo else self.hub_pattern) if len(parts) == 2 else (None, "")

    def _local(self, source: str) -> Path | None:
        path = Path(source).expanduser().resolve()
        if path.is_file():
            return path if path.suffix == self.suffix else None
        return next((found for name in self.patterns for found in sorted(path.glob(name)) if found.is_file()), None)

    def _cached(self, repo: str, file: str, config: Config) -> Path | None:
        for folder in cached_snapshots(repo, config.model_dir):
            for found in sorted(folder.glob(file)):
                if found.is_file():
                    return found
        return None
