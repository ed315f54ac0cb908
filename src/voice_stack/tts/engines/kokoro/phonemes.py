"""From words and IPA to the symbols that Kokoro was trained on."""

import logging
import re
import threading
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from voice_stack.text.pronunciation.pronounced import Pronounced

_TIE = "\u0361"
_Rules = Sequence[tuple[str, str]]

# Kokoro's alphabet is that of its own reader, misaki (github.com/hexgrad/misaki): a capital or a ligature for every
# diphthong and affricate. espeak-ng's own spelling of them is not what the network saw in training.
_TIED: Final[_Rules] = (
    *(("a͡ɪ", "I"), ("a͡ʊ", "W"), ("e͡ɪ", "A"), ("o͡ʊ", "O"), ("ə͡ʊ", "Q"), ("ɔ͡ɪ", "Y")),
    *(("d͡z", "ʣ"), ("d͡ʒ", "ʤ"), ("s͡s", "S"), ("t͡s", "ʦ"), ("t͡ʃ", "ʧ")),
)
_ENGLISH: Final[_Rules] = (
    *(("ʔˌn\u0329", "tᵊn"), ("ʔn\u0329", "tᵊn"), ("ʔ", "t"), ("ə͡l", "ᵊl"), ("e͡ə", "ɛː"), ("ɚ", "əɹ")),
    *(("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("\u0303", "")),
)
_ACCENTED: Final[Mapping[str, _Rules]] = {
    "en-us": (
        *_TIED,
        *_ENGLISH,
        *(("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("i͡ə", "iə"), ("ɪə", "iə"), ("ː", ""), ("e", "A"), ("o", "ɔ"), ("ɾ", "T")),
    ),
    "en-gb": (*_TIED, *_ENGLISH, ("i͡ə", "ɪə"), ("iə", "ɪə"), ("e", "A"), ("o", "ɔ")),
}
# How people write IPA, brought to how espeak-ng does. A dot parts syllables there, and would be a full stop to Kokoro.
_WRITTEN: Final[_Rules] = (
    *(("\u035c", _TIE), (f"t{_TIE}ɕ", "ʨ"), ("g", "ɡ"), ("'", "ˈ"), ("’", "ˈ"), (":", "ː"), ("ɫ", "l")),
    *(("ɝ", "ɜːɹ"), (".", ""), ("/", ""), ("[", ""), ("]", ""), ("|", ""), ("‿", "")),
)
_AFFRICATES: Final[_Rules] = (("tʃ", "t͡ʃ"), ("dʒ", "d͡ʒ"))
# In English "dead" is written /ded/ and "day" /deɪ/; espeak-ng's lone e is the vowel of "day".
_DIPHTHONGS: Final[_Rules] = (
    *(("aɪ", "a͡ɪ"), ("aʊ", "a͡ʊ"), ("eɪ", "e͡ɪ"), ("oʊ", "o͡ʊ"), ("əʊ", "ə͡ʊ"), ("ɔɪ", "ɔ͡ɪ"), ("eə", "e͡ə")),
)
_PLAIN_E = re.compile(f"e(?!{_TIE})")
_SYLLABIC = re.compile("(\\S)\u0329")
# Marks that Kokoro does not know, in the shape in which it does.
_MARKS: Final = str.maketrans({"«": "“", "»": "”", "„": "“", "।": ".", "–": "—", "\0": " "})


class Phonemiser:
    """Reads text with espeak-ng. Thread-safe.

    espeak-ng is one big global state. The phonemizer package gives every instance a copy of the library in a folder
    of its own under the temporary folder, removed when the process ends, so it meets no other user of espeak-ng in
    this process; the lock keeps our threads apart.

    Args:
        vocabulary: the symbols that the network knows.
    """

    def __init__(self, vocabulary: Iterable[str]) -> None:
        from kokoro_onnx.tokenizer import Tokenizer

        Tokenizer()  # tells phonemizer where espeakng-loader keeps library and data
        self._vocabulary = frozenset(vocabulary)
        self._lock = threading.Lock()
        # That a line holds a foreign word is no warning to anybody.
        self._logger = logging.getLogger("voice_stack.tts.phonemizer")
        self._logger.setLevel(logging.ERROR)
        # One at once: a temporary folder that allows no libraries must show when the engine is built.
        self._readers = {"en-us": self._reader("en-us")}

    def phonemes(self, parts: Sequence[Pronounced], accent: str) -> str:
        """Kokoro's symbols for the parts of an utterance, all of its vocabulary; empty when nothing is to be said.

        Args:
            accent: espeak-ng's voice: en-us, en-gb, es, fr-fr ...
        """
        spelt = "".join(self._spell(part, accent) for part in parts)
        known = "".join(symbol for symbol in spelt if symbol in self._vocabulary)
        if not any(symbol.isalpha() for symbol in known):
            return ""
        return " ".join(known.split())

    def _spell(self, part: Pronounced, accent: str) -> str:
        symbols = from_ipa(part.ipa, accent) if part.ipa is not None else self._read(part.text, accent)
        before = " " if part.text[:1].isspace() else ""
        after = " " if part.text[-1:].isspace() else ""
        return f"{before}{symbols.strip()}{after}"

    def _read(self, text: str, accent: str) -> str:
        if not text.strip():
            return ""
        with self._lock:
            if accent not in self._readers:
                self._readers[accent] = self._reader(accent)
            lines: list[str] = self._readers[accent].phonemize([" ".join(text.translate(_MARKS).split())])
        return from_espeak("".join(lines), accent)

    def _reader(self, accent: str) -> Any:
        from phonemizer.backend import EspeakBackend

        return EspeakBackend(
            accent,
            preserve_punctuation=True,
            with_stress=True,
            tie=True,
            # Otherwise a foreign word comes as "(en)wˈiːkɛnd(fr)", and the flags would be spoken.
            language_switch="remove-flags",
            logger=self._logger,
        )


def from_espeak(ipa: str, accent: str) -> str:
    """espeak-ng's IPA, its sounds of two characters tied, in Kokoro's alphabet."""
    # A vowel and its nasal mark are two symbols to Kokoro, the cedilla is none.
    ipa = unicodedata.normalize("NFD", ipa).replace("c\u0327", "ç")
    for old, new in _ACCENTED.get(accent, _TIED):
        ipa = ipa.replace(old, new)
    if accent in _ACCENTED:
        ipa = _SYLLABIC.sub("ᵊ\\1", ipa)
    return ipa.replace(_TIE, "").replace("-", "")


def from_ipa(ipa: str, accent: str) -> str:
    """IPA as people write it, tied or not, in Kokoro's alphabet."""
    english = accent in _ACCENTED
    for old, new in (*_WRITTEN, *_AFFRICATES, *(_DIPHTHONGS if english else ())):
        ipa = ipa.replace(old, new)
    if english:
        ipa = _PLAIN_E.sub("ɛ", ipa)
    return from_espeak(ipa, accent)
