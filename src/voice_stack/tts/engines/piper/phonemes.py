"""From the parts of an utterance to the phonemes of a Piper voice."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from voice_stack.text.pronunciation.pronounced import Pronounced

_SENTENCE_MARKS: Final = frozenset(".!?")
# Punctuation that a part begins with: espeak-ng would drop it or read it aloud.
_LEADING = re.compile(r"[\s.,:;!?…]*")
# Piper and espeak-ng take [[ ]] for phonemes; in a text they are brackets.
_DOUBLED = re.compile(r"\[\[+|\]\]+")
# IPA's marks for the eye. A dot parts syllables there, and would be a full stop to Piper.
_UNSPOKEN = re.compile(r"[./\[\]|‿͜͡]")
_SYMBOLS: Final = str.maketrans({"g": "ɡ", "'": "ˈ", "’": "ˈ", ":": "ː"})


def sentences(voice: Any, parts: Sequence[Pronounced]) -> list[list[str]]:
    """Phonemes of each sentence, none empty.

    Piper's own notation for IPA within a text (`[[ ]]`) loses a comma behind it and reads an exclamation mark aloud; so
    the parts are read one by one and put together here.

    Args:
        voice: a `piper.PiperVoice`. Voices that do not read by espeak-ng have phonemes of their own; they read the
            words and leave the IPA.
    """
    from piper.config import PhonemeType

    takes_ipa = voice.config.phoneme_type == PhonemeType.ESPEAK
    if not takes_ipa or all(part.ipa is None for part in parts):
        return [found for found in _read(voice, "".join(part.text for part in parts)) if found]
    found: list[list[str]] = [[]]
    for part in parts:
        if part.ipa is not None:
            _append(found, _spell(part, voice.config.phoneme_id_map))
            continue
        leading = _LEADING.match(part.text)
        start = leading.end() if leading is not None else 0
        _append(found, [mark for mark in _collapsed(part.text[:start]) if mark in voice.config.phoneme_id_map])
        read = _read(voice, part.text[start:])
        for index, sentence in enumerate(read):
            if index:
                found.append([])
            _append(found, sentence)
        if read and part.text[-1].isspace():
            _append(found, [" "])
    # What has no letter is not spoken.
    return [_trimmed(sentence) for sentence in found if any(symbol.isalpha() for symbol in sentence)]


def _append(found: list[list[str]], phonemes: Sequence[str]) -> None:
    """Go on with the last sentence, or begin one behind a full stop."""
    spoken = _trimmed(found[-1])
    if spoken and spoken[-1] in _SENTENCE_MARKS and any(symbol.isalpha() for symbol in phonemes):
        found.append([])
    found[-1].extend(phonemes)


def _trimmed(phonemes: Sequence[str]) -> list[str]:
    """Without spaces at the ends, and with one where there are several."""
    kept = [symbol for index, symbol in enumerate(phonemes) if symbol != " " or phonemes[index - 1 : index] != [" "]]
    start = 1 if kept[:1] == [" "] else 0
    end = len(kept) - (kept[-1:] == [" "])
    return kept[start:end]


def _read(voice: Any, text: str) -> list[list[str]]:
    text = _DOUBLED.sub(" ", text).strip()
    read: list[list[str]] = voice.phonemize(text) if text else []
    return read


def _spell(part: Pronounced, known: Any) -> list[str]:
    ipa = unicodedata.normalize("NFD", _UNSPOKEN.sub("", part.ipa or "").translate(_SYMBOLS).strip())
    symbols = [symbol for symbol in ipa if symbol in known]
    before = [" "] if part.text[:1].isspace() else []
    after = [" "] if part.text[-1:].isspace() else []
    return [*before, *symbols, *after]


def _collapsed(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("…", "."))
