"""Noise taken off sound by DeepFilterNet's library, in a process apart: native code that fails ends this one only.

python -m voice_stack.tts.voices.denoise_main LIBRARY MODEL < samples > samples, float32 at 48,000 Hz; as many.
"""

import ctypes
import sys

# Samples that the network looks ahead, and the overlap of its frames.
_DELAY = 1440


def denoised(samples: bytes, library: str, model: str) -> bytes:
    """Sound without its noise.

    Args:
        samples: float32 at 48,000 Hz.
        library: path of libdeepfilter.
        model: path of its archive.

    Raises:
        OSError: the library cannot be loaded.
        RuntimeError: it takes no such model.
    """
    code = ctypes.CDLL(library)
    code.df_create.restype = ctypes.c_void_p
    code.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    code.df_get_frame_length.restype = ctypes.c_size_t
    code.df_get_frame_length.argtypes = [ctypes.c_void_p]
    code.df_process_frame.restype = ctypes.c_float
    code.df_process_frame.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_float), ctypes.POINTER(ctypes.c_float)]
    state = code.df_create(model.encode(), 100.0, None)
    if not state:
        raise RuntimeError("the model cannot be loaded")
    frame = code.df_get_frame_length(state)
    count = len(samples) // 4
    padded = samples + bytes(4 * (_DELAY + frame + (-count - _DELAY) % frame))
    taken, given = (ctypes.c_float * frame)(), (ctypes.c_float * frame)()
    out = bytearray()
    for start in range(0, len(padded) - 4 * frame + 1, 4 * frame):
        ctypes.memmove(taken, padded[start : start + 4 * frame], 4 * frame)
        code.df_process_frame(state, taken, given)
        out += bytes(given)
    return bytes(out[4 * _DELAY : 4 * (_DELAY + count)])


if __name__ == "__main__":
    sys.stdout.buffer.write(denoised(sys.stdin.buffer.read(), *sys.argv[1:3]))
