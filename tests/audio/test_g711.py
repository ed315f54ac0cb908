import importlib.util
import sys

import numpy as np
import pytest

from voice_stack.audio.clip import from_s16le, to_s16le
from voice_stack.audio.g711 import Law

BYTES = bytes(range(256))


@pytest.mark.parametrize("law", Law)
def test_every_byte_comes_back(law: Law) -> None:
    again = law.decode(law.encode(law.decode(BYTES)))
    np.testing.assert_array_equal(again, law.decode(BYTES))


@pytest.mark.parametrize("law", Law)
def test_what_is_too_loud_is_clipped_and_the_error_is_small_where_it_is_soft(law: Law) -> None:
    samples = np.linspace(-2, 2, 4001, dtype=np.float32)
    heard = law.decode(law.encode(samples))
    assert abs(heard).max() < 1
    soft = abs(samples) < 0.01
    assert abs(heard[soft] - samples[soft]).max() < 0.0005


@pytest.mark.skipif(sys.version_info >= (3, 13) or not importlib.util.find_spec("audioop"), reason="needs audioop")
@pytest.mark.parametrize(("law", "name"), [(Law.MU, "ulaw2lin"), (Law.A, "alaw2lin")])
def test_the_levels_are_those_of_the_standard_library(law: Law, name: str) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
    expected = getattr(audioop, name)(BYTES, 2)
    np.testing.assert_array_equal(law.decode(BYTES), from_s16le(expected))
    assert to_s16le(law.decode(BYTES)) == expected
