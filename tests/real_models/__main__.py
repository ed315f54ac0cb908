"""Fetch real, pretrained models: `python -m tests.real_models [NAME...]`."""

import argparse
import importlib
import sys
from pathlib import Path

from tests.real_models import FOLDER
from tests.real_models.fetch import FetchError, fetch
from tests.real_models.models import MODELS, RealModel


def main(words: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Fetch what is named, all of it without names; what is there already is left alone.

    Returns:
        The exit code: 1 when one of them could not be had.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.real_models", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MODELS))
    names = parser.parse_args(words).names or list(MODELS)
    if unknown := [name for name in names if name not in MODELS]:
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(MODELS)}")
    folder.mkdir(parents=True, exist_ok=True)
    failed = False
    for name in names:
        model = MODELS[name]
        if (folder / name).is_dir():
            failed |= not _exported(model, folder)
            print(f"{name}: there already", flush=True)
            continue
        print(f"{name}: {model.megabytes} MB, licence {model.licence} ...", flush=True)
        try:
            size = sum(path.stat().st_size for path in fetch(model, folder).rglob("*") if path.is_file())
            print(f"{name}: {size / 1e6:.0f} MB in {folder / name}", flush=True)
        except FetchError as error:
            print(error, file=sys.stderr, flush=True)
            failed = True
        else:
            failed |= not _exported(model, folder)
    return int(failed)


def _exported(model: RealModel, folder: Path) -> bool:
    """Make what a model's files are turned into, unless it is there; whether it worked."""
    if not model.export:
        return True
    module, _, name = model.export.partition(":")
    try:
        made: Path = getattr(importlib.import_module(module), name)(folder / model.name)
    except (ImportError, OSError, RuntimeError) as error:
        print(f"{model.name}: it cannot be exported: {error}", file=sys.stderr, flush=True)
        return False
    print(f"{model.name}: {made}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
