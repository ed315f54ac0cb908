"""A package of somebody else with two engines, as pip would install it."""

import shutil
from pathlib import Path
from typing import Final

STRANGERS: Final = Path(__file__).parent
ENGINES: Final = ("count", "noise")


def install(folder: Path, *, cases: bool = True) -> None:
    """Put modules into a folder for PYTHONPATH, and metadata with entry points; one of these leads nowhere.

    Args:
        cases: with those for the conformance suite.
    """
    for name in ENGINES:
        shutil.copytree(STRANGERS / name, folder / f"stranger_{name}")
    rows = "count = stranger_count:ENGINE\nnoise = stranger_noise:ENGINE\nlost = stranger_lost:ENGINE\n"
    points = f"[voice_stack.engines]\n{rows}"
    if cases:
        shutil.copyfile(STRANGERS / "cases.py", folder / "stranger_cases.py")
        points += "[voice_stack.conformance]\ncount = stranger_cases:COUNT\nnoise = stranger_cases:NOISE\n"
    metadata = folder / "stranger_engines-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger-engines\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(points)
