"""Whisper's spectrogram in little memory. Imports faster-whisper: import it where the engine is built."""

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from voice_stack.audio.clip import Samples

# 30 s: about 25 MB of Fourier transforms at a time.
_BLOCK_FRAMES = 3000
_DYNAMIC_RANGE = 8.0  # decades below the loudest point
_FLOOR = 1e-10


class BlockwiseFeatureExtractor(FeatureExtractor):  # type: ignore[misc]  # the package has no types
    """faster-whisper's log-mel spectrogram, computed 30 s at a time.

    faster-whisper transforms the whole recording at once, which takes 230 MB for five minutes; the frames of the
    transform do not depend on each other, so the result is the same. What needs all of it is 110 kB a second.
    """

    def __call__(self, waveform: Samples, padding: int = 160, chunk_length: int | None = None) -> NDArray[np.float32]:
        """The normalised log-mel spectrogram: (mels, frames) float32, a frame every 10 ms.

        Args:
            waveform: (time,) float32 at 16 kHz.
            padding: zeros after it, in samples.
            chunk_length: seconds of a window, as faster-whisper passes it on.
        """
        if chunk_length is not None:
            self.n_samples = chunk_length * self.sampling_rate
            self.nb_max_frames = self.n_samples // self.hop_length
        edge = self.n_fft // 2
        padded = np.pad(np.pad(waveform, (0, padding)), edge, mode="reflect")
        window = np.hanning(self.n_fft + 1)[:-1].astype(np.float32)
        frames = (len(padded) - self.n_fft) // self.hop_length  # Whisper leaves the last one out
        power = np.empty((self.mel_filters.shape[1], frames), dtype=np.float32)
        for first in range(0, frames, _BLOCK_FRAMES):
            last = min(first + _BLOCK_FRAMES, frames)
            part = padded[first * self.hop_length : (last - 1) * self.hop_length + self.n_fft]
            spectrum = self.stft(
                part, self.n_fft, self.hop_length, window=window, center=False, return_complex=True
            ).astype(np.complex64)
            np.square(np.abs(spectrum), out=power[:, first:last])
        # In one go: how BLAS divides a product decides its last digits, and those at times a word.
        spectrogram: NDArray[np.float32] = self.mel_filters @ power
        np.log10(np.clip(spectrogram, _FLOOR, None, out=spectrogram), out=spectrogram)
        np.maximum(spectrogram, spectrogram.max() - _DYNAMIC_RANGE, out=spectrogram)
        spectrogram += 4.0
        spectrogram /= 4.0
        return spectrogram
