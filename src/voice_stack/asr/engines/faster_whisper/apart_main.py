"""The process that computes apart: a CTranslate2 Whisper whose calls come through a pipe.

It is run as a file, by `apart.py`, and imports nothing of ours: it starts in a moment and holds little but the model.
Standard input has pickles, first the arguments of the model, then calls `(method, arguments, options)`; each is
answered by `(True, result)` or `(False, words)`. Arrays stand for what is a StorageView to CTranslate2.
"""

import contextlib
import ctypes
import os
import pickle
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, BinaryIO

_PR_SET_PDEATHSIG = 1
# Of CTranslate2's results.
_FIELDS = ("sequences_ids", "scores", "no_speech_prob", "alignments", "text_token_probs")
# Where memory runs out, this process is to go before the service: its work can be done there.
_FIRST_TO_GO = "500"


def main() -> None:
    """Serve until standard input ends."""
    parent = int(sys.argv[1])
    # Also while it is stopped, which it could not notice itself.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
        file.write(_FIRST_TO_GO)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    # It would come along with CTranslate2's converters, with seconds and hundreds of megabytes.
    sys.modules["torch"] = None  # type: ignore[assignment]
    import ctranslate2

    try:
        path, options = pickle.load(sys.stdin.buffer)
        # OpenMP keeps the threads that it has started for one of ours until that ends, and lets none wait actively
        # when there are more of them than cores: so loading must leave none behind.
        with ThreadPoolExecutor(1) as loader:
            model = loader.submit(ctranslate2.models.Whisper, path, **options).result()
    except Exception as error:  # noqa: BLE001 - told to the parent
        _send(answers, False, str(error))
        return
    _send(answers, True, None)
    while True:
        try:
            method, arguments, keywords = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            found = getattr(model, method)(*map(_stored, arguments), **keywords)
        except Exception as error:  # noqa: BLE001 - told to the parent
            _send(answers, False, str(error))
        else:
            _send(answers, True, _plain(found))


def _send(answers: BinaryIO, well: bool, content: Any) -> None:
    pickle.dump((well, content), answers, protocol=5)
    answers.flush()


def _stored(value: Any) -> Any:
    import ctranslate2
    import numpy as np

    return ctranslate2.StorageView.from_array(value) if isinstance(value, np.ndarray) else value


def _plain(value: Any) -> Any:
    """The same without classes of CTranslate2's."""
    import ctranslate2
    import numpy as np

    if isinstance(value, ctranslate2.StorageView):
        return np.array(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value).__module__.startswith("ctranslate2"):
        return SimpleNamespace(**{field: getattr(value, field) for field in _FIELDS if hasattr(value, field)})
    return value


if __name__ == "__main__":
    main()
