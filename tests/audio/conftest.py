import gc
from collections.abc import Iterator

import pytest

from tests.audio.media import FFMPEGS, OLDER, children, descriptors


@pytest.fixture(params=FFMPEGS, ids=lambda path: "shipped" if "imageio" in path else "system")
def binary(request: pytest.FixtureRequest) -> str:
    """Each FFmpeg that the service may run."""
    return str(request.param)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails a test after which a child process or a file descriptor is left."""
    gc.collect()
    OLDER.update(children())
    before = descriptors()
    yield
    gc.collect()
    left = children()
    OLDER.clear()
    assert (left, descriptors()) == ([], before)
