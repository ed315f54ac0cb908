"""Recipes of Pocket TTS: the YAML files that describe a model and name its weights and its tokenizer."""

import copy
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from voice_stack.core.errors import EngineUnavailableError

LANGUAGES: Final[Mapping[str, str]] = {
    "english": "en",
    "dutch": "nl",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
"""How recipes are named, by ISO 639-1 code."""

OPEN_WEIGHTS: Final = "weights_path_without_voice_cloning"
_HUB: Final = "hf://"
_MODEL: Final = "weights_path"
_TOKENIZER: Final = "flow_lm.lookup_table.tokenizer_path"
_WEIGHTS: Final = (_MODEL, "flow_lm.weights_path", "mimi.weights_path")
_WEIGHTS_FILE: Final = "model.safetensors"


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file in a repository of the hub.

    Attributes:
        revision: branch or commit.
    """

    repo: str
    path: str
    revision: str = "main"


Named = Path | HubFile


@dataclass(frozen=True, slots=True)
class Recipe:
    """A model's YAML file.

    Attributes:
        name: of the file, without suffix.
        config: its content.
        beside: folder in which the files that it names may lie; None for pocket-tts's own.
    """

    name: str
    config: Mapping[str, Any]
    beside: Path | None

    @property
    def language(self) -> str:
        """ISO 639-1 code of what the model speaks, by its name; English where that tells nothing."""
        return language_named(self.name)

    def files(self, *, open_weights: bool = False) -> dict[str, Named]:
        """The files that it names, by their key. One of the same name beside it is taken first.

        Args:
            open_weights: take the weights that clone no voice.

        Raises:
            EngineUnavailableError: it names no weights, no tokenizer, or an address outside the hub.
        """
        found: dict[str, Named] = {}
        for key in (*_WEIGHTS, _TOKENIZER):
            named = _value(self.config, OPEN_WEIGHTS if open_weights and key == _MODEL else key)
            if named:
                found[key] = self._place(str(named))
        if self.beside and not found.keys() & set(_WEIGHTS) and (self.beside / _WEIGHTS_FILE).is_file():
            found[_MODEL] = self.beside / _WEIGHTS_FILE
        if not found.keys() & set(_WEIGHTS) or _TOKENIZER not in found:
            raise EngineUnavailableError(f"{self.name} is no Pocket TTS model: it names no weights or no tokenizer.")
        return found

    def resolved(self, files: Mapping[str, Path]) -> dict[str, Any]:
        """Its content, with files of this machine in the place of what it names.

        Args:
            files: by key, all that `files` gives.
        """
        config = copy.deepcopy(dict(self.config))
        config.pop(OPEN_WEIGHTS, None)
        for key, path in files.items():
            *groups, last = key.split(".")
            place = config
            for group in groups:
                place = place[group]
            place[last] = str(path)
        return config

    def _place(self, named: str) -> Named:
        if self.beside:
            near = self.beside / PurePosixPath(named.partition("@")[0]).name
            if near.is_file():
                return near
        if named.startswith(_HUB):
            path, _, revision = named.removeprefix(_HUB).partition("@")
            owner, repo, *rest = path.split("/")
            if rest and ".." not in rest:
                return HubFile(f"{owner}/{repo}", "/".join(rest), revision or "main")
        elif "://" not in named and self.beside:
            return self.beside / named
        raise EngineUnavailableError(
            f"The Pocket TTS model {self.name} names a file that is neither here nor on a hub."
        )


def language_named(name: str) -> str:
    """ISO 639-1 code that a recipe's name tells: `german_24l`, `english_2026-10`; English where it tells none."""
    words = name.lower().replace("-", "_").split("_")
    return next((code for language, code in LANGUAGES.items() if language in words), "en")


def read_recipe(path: Path, beside: Path | None) -> Recipe:
    """A YAML file of a model.

    Raises:
        EngineUnavailableError: it is damaged.
    """
    try:
        return _read(path, path.stat().st_mtime_ns, beside)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise EngineUnavailableError(f"The configuration {path.name} of Pocket TTS is damaged.") from error


def packaged_recipe(name: str, beside: Path | None = None) -> Recipe | None:
    """A recipe that comes with pocket-tts, found without importing it; None when there is none of this name."""
    spec = importlib.util.find_spec("pocket_tts")
    if spec is None or not spec.submodule_search_locations or not name.replace("-", "").replace("_", "").isalnum():
        return None
    path = Path(spec.submodule_search_locations[0]) / "config" / f"{name}.yaml"
    return read_recipe(path, beside) if path.is_file() else None


def recipes_in(folder: Path) -> Iterator[Path]:
    """The YAML files in a folder, by name."""
    yield from sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, beside: Path | None) -> Recipe:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(config, dict) or not all(isinstance(config.get(part), dict) for part in ("flow_lm", "mimi")):
        raise ValueError("no model")
    return Recipe(path.stem, config, beside)


def _value(config: Mapping[str, Any], key: str) -> Any:
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
