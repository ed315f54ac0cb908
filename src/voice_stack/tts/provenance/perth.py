"""Perth's network: an inaudible mark in the sound, and the ear for it (resemble-perth, MIT).

The package's own networks and weights are used, and nothing else of it. Importing it would need a part of setuptools
that later ones lack, load librosa, and print to standard output. Its networks see spectra in decibels, 0 for -180 and
1 for 15, of 2048 points every 10 ms at 32 kHz, and change nothing above 2 kHz.
"""

import importlib
import importlib.util
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from voice_stack.audio.clip import Samples
from voice_stack.core.errors import EngineUnavailableError

SAMPLE_RATE: Final = 32_000
"""Hz of the sound that the network is given."""
HOP: Final = 320
"""Samples from one spectrum to the next."""
HOW_TO_INSTALL: Final = "pip install 'voice-stack[watermark]'"

_PACKAGES: Final = {"perth": "resemble-perth", "torch": "torch"}
_WEIGHTS: Final = "perth_net/pretrained/implicit/perth_net_250000.pth.tar"
_NETWORKS: Final = "perth_net/perth_net_implicit"
_PRIVATE_NAME: Final = "_voice_stack_perth"
_POINTS: Final = 2048
_HIDDEN: Final = 256
_BANDS: Final = 128  # of 15.625 Hz: up to 2 kHz
_LOWEST_DB, _RANGE_DB = -180.0, 195.0
_loading = threading.Lock()


def missing_package() -> str | None:
    """The first package that is not installed, or None. Nothing is imported."""
    return next((package for name, package in _PACKAGES.items() if importlib.util.find_spec(name) is None), None)


class PerthNetwork:
    """The two networks. Any thread may use them."""

    def __init__(self) -> None:
        root = _package_folder()
        try:
            import torch
        except (ImportError, OSError) as error:
            raise EngineUnavailableError(f"torch cannot be imported: {error} ({HOW_TO_INSTALL})") from error
        try:
            encoder, decoder = (_part(root, name) for name in ("encoder", "decoder"))
            kept = torch.load(root / _WEIGHTS, map_location="cpu", weights_only=True)["model"]
            self._encoder = _filled(encoder.Encoder(_HIDDEN, _BANDS), "encoder.", kept)
            self._decoder = _filled(decoder.Decoder(_HIDDEN, _BANDS), "decoder.", kept)
        except Exception as error:
            raise EngineUnavailableError(
                f"The watermark's network cannot be loaded: {error} ({HOW_TO_INSTALL})"
            ) from error
        self._torch = torch
        self._window = torch.hann_window(_POINTS)

    def mark(self, samples: Samples) -> Samples:
        """The mark for a sound, to be added to it.

        It says something of a place 0.22 s and more from the edges only: the network looks that far around.

        Args:
            samples: (time,) float32 at SAMPLE_RATE, longer than 1024.

        Returns:
            (time,) float32, as many.
        """
        torch = self._torch
        with torch.inference_mode():
            spectrum = self._spectrum(samples)
            level = spectrum.abs()
            seen = _decibels(torch, level)
            marked, _mask = self._encoder(seen[None])
            wanted = 10.0 ** (((marked[0] * _RANGE_DB + _LOWEST_DB) / 20).clip(max=10))
            factor = torch.zeros_like(level)
            factor[:_BANDS] = (wanted / level.clip(min=1e-9) - 1)[:_BANDS]
            found = torch.istft(
                spectrum * factor, _POINTS, hop_length=HOP, window=self._window, length=len(samples), center=True
            )
            mark: Samples = found.numpy()
        return mark

    def heard(self, samples: Samples) -> float:
        """Confidence of the network that a sound is marked: 0 to 1; 0 for silence.

        Args:
            samples: (time,) float32 at SAMPLE_RATE, longer than 1024.
        """
        torch = self._torch
        with torch.inference_mode():
            seen = _decibels(torch, self._spectrum(samples).abs())
            found = float(self._decoder(seen[None])[0])
        return 0.0 if np.isnan(found) else min(max(found, 0.0), 1.0)

    def _spectrum(self, samples: Samples) -> Any:
        sound = self._torch.from_numpy(np.ascontiguousarray(samples, np.float32))
        return self._torch.stft(sound, _POINTS, hop_length=HOP, window=self._window, center=True, return_complex=True)


@cache
def _load() -> PerthNetwork:
    return PerthNetwork()


def perth_network() -> PerthNetwork:
    """The network of this process, loaded when it is first asked for: some seconds, and some 250 MB with torch.

    Raises:
        EngineUnavailableError: a package is missing or does not load.
    """
    with _loading:
        return _load()


def _package_folder() -> Path:
    spec = importlib.util.find_spec("perth")
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailableError(f"resemble-perth is not installed ({HOW_TO_INSTALL}).")
    return Path(next(iter(spec.submodule_search_locations)))


def _part(root: Path, name: str) -> Any:
    """A module of the package's networks, imported under a name of ours, without the package around it."""
    if _PRIVATE_NAME not in sys.modules:
        folder = root / _NETWORKS
        spec = importlib.util.spec_from_file_location(
            _PRIVATE_NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        sys.modules[_PRIVATE_NAME] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{_PRIVATE_NAME}.model.{name}")


def _filled(network: Any, prefix: str, kept: dict[str, Any]) -> Any:
    network.load_state_dict({key.removeprefix(prefix): kept[key] for key in kept if key.startswith(prefix)})
    return network.eval()


def _decibels(torch: Any, level: Any) -> Any:
    return (20 * torch.log10(level.clip(min=1e-9)) - _LOWEST_DB) / _RANGE_DB
