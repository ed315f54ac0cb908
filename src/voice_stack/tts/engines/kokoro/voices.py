"""Kokoro's voices: what their names say, and mixes of them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from voice_stack.tts.types import EngineVoice

DEFAULT_VOICE: Final = "af_heart"

# First letter of a name: language and espeak-ng's voice. Kokoro was trained on espeak-ng's phonemes for all of these
# but English, where they are close. Its Japanese (j) and Chinese (z) voices are left out: espeak-ng reads neither kanji
# nor hanzi well enough, and what does (misaki's dictionaries) is no part of the light install.
_ACCENTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "a": ("en", "en-us"),
        "b": ("en", "en-gb"),
        "e": ("es", "es"),
        "f": ("fr", "fr-fr"),
        "h": ("hi", "hi"),
        "i": ("it", "it"),
        "p": ("pt", "pt-br"),
    }
)
_UNSPOKEN: Final = frozenset("jz")
_GENDERS: Final = MappingProxyType({"f": "female", "m": "male"})

LANGUAGES: Final = frozenset(language for language, _ in _ACCENTS.values())
"""ISO 639-1 codes that Kokoro speaks here."""

RELEASED: Final = (
    *("af_heart", "af_alloy", "af_aoede", "af_bella", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river"),
    *("af_sarah", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx"),
    *("am_puck", "am_santa", "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george"),
    *("bm_lewis", "ef_dora", "em_alex", "em_santa", "ff_siwis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi"),
    *("if_sara", "im_nicola", "jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo", "pf_dora"),
    *("pm_alex", "pm_santa", "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi"),
    *("zm_yunxia", "zm_yunyang"),
)
"""The voices of version 1.0."""

_MOST_PARTS: Final = 10
_PART = re.compile(r"(?P<name>[\w-]{1,64})(?:\((?P<weight>\d{1,3}(?:\.\d{1,4})?)\))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mix:
    """A voice, or several that are mixed.

    Attributes:
        weights: share of each voice; positive, together 1.
    """

    weights: Mapping[str, float]

    @property
    def loudest(self) -> str:
        """The voice with the largest share, the first of equal ones."""
        return max(self.weights, key=self.weights.__getitem__)


def parse_mix(voice: str, known: Collection[str]) -> Mix | None:
    """Voices and their shares that `af_bella` or `af_bella(2)+af_sky` stands for.

    Args:
        known: names that may take part.

    Returns:
        None when it is written wrongly or names a voice that is not known.
    """
    weights: dict[str, float] = {}
    parts = voice.split("+")
    if len(parts) > _MOST_PARTS:
        return None
    for part in parts:
        match = _PART.fullmatch(part.strip())
        if match is None or match["name"] not in known:
            return None
        weight = float(match["weight"] or 1)
        if weight <= 0:
            return None
        weights[match["name"]] = weights.get(match["name"], 0.0) + weight
    total = sum(weights.values())
    return Mix({name: weight / total for name, weight in weights.items()})


def accent(voice: str, language: str) -> str:
    """espeak-ng's voice for a language: English with the accent of the voice, American where it has none.

    Args:
        language: one of LANGUAGES.
    """
    own = _ACCENTS.get(voice[:1])
    if own is not None and own[0] == language:
        return own[1]
    return next(espeak for code, espeak in _ACCENTS.values() if code == language)


def describe(names: Collection[str], *, downloaded: bool) -> list[EngineVoice]:
    """The voices behind names, the default one first, without those whose language is not spoken."""
    spoken = [name for name in names if not (name[:1] in _UNSPOKEN and name[2:3] == "_") and _PART.fullmatch(name)]
    return [_describe(name, downloaded) for name in sorted(spoken, key=lambda name: name != DEFAULT_VOICE)]


def _describe(name: str, downloaded: bool) -> EngineVoice:
    prefix, separator, rest = name.partition("_")
    if not separator or len(prefix) != 2 or prefix[0] not in _ACCENTS:
        return EngineVoice(name, name, downloaded=downloaded)
    language, espeak = _ACCENTS[prefix[0]]
    british = "British English" if espeak == "en-gb" else ""
    return EngineVoice(
        name,
        rest.replace("_", " ").title(),
        languages=(language,),
        gender=_GENDERS.get(prefix[1], ""),
        description=british,
        downloaded=downloaded,
    )
