"""The studio speakers of XTTS-v2: voices that the model brings along, listed without loading it."""

import io
import logging
import pickle
import unicodedata
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from voice_stack.core.errors import EngineUnavailableError
from voice_stack.tts.engines.coqui.files import SPEAKERS
from voice_stack.tts.engines.coqui.latents import VoiceLatents

logger = logging.getLogger("voice_stack.tts")

_FEMALE: Final = "female"
_MALE: Final = "male"
# Names in the order of the official speakers_xtts.pth, genders from Coqui's own voice list. Where that contradicts what
# others say of the voice, the gender is left open.
OFFICIAL_SPEAKERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Claribel Dervla": _FEMALE,
        "Daisy Studious": _FEMALE,
        "Gracie Wise": _FEMALE,
        "Tammie Ema": _FEMALE,
        "Alison Dietlinde": _FEMALE,
        "Ana Florence": _FEMALE,
        "Annmarie Nele": _FEMALE,
        "Asya Anara": _FEMALE,
        "Brenda Stern": _FEMALE,
        "Gitta Nikolina": _FEMALE,
        "Henriette Usha": _FEMALE,
        "Sofia Hellen": _FEMALE,
        "Tammy Grit": _FEMALE,
        "Tanja Adelina": _FEMALE,
        "Vjollca Johnnie": _FEMALE,
        "Andrew Chipper": "",
        "Badr Odhiambo": "",
        "Dionisio Schuyler": _MALE,
        "Royston Min": _MALE,
        "Viktor Eka": _MALE,
        "Abrahan Mack": _MALE,
        "Adde Michal": _MALE,
        "Baldur Sanjin": _MALE,
        "Craig Gutsy": _MALE,
        "Damien Black": _MALE,
        "Gilberto Mathias": _MALE,
        "Ilkin Urbano": _MALE,
        "Kazuhiko Atallah": _MALE,
        "Ludvig Milivoj": _MALE,
        "Suad Qasim": "",
        "Torcull Diarmuid": _MALE,
        "Viktor Menelaos": _MALE,
        "Zacharie Aimilios": _MALE,
        "Nova Hogarth": _FEMALE,
        "Maja Ruoho": _FEMALE,
        "Uta Obando": _FEMALE,
        "Lidiya Szekeres": _FEMALE,
        "Chandra MacFarland": _FEMALE,
        "Szofi Granger": _FEMALE,
        "Camilla Holmström": _FEMALE,
        "Lilya Stainthorpe": _FEMALE,
        "Zofija Kendrick": _FEMALE,
        "Narelle Moon": _FEMALE,
        "Barbora MacLean": _FEMALE,
        "Alexandra Hisakawa": _FEMALE,
        "Alma María": _FEMALE,
        "Rosemary Okafor": _FEMALE,
        "Ige Behringer": _MALE,
        "Filip Traverse": _MALE,
        "Damjan Chapman": _MALE,
        "Wulf Carlevaro": _MALE,
        "Aaron Dreschner": _MALE,
        "Kumar Dahl": _MALE,
        "Eugenio Mataracı": _MALE,
        "Ferran Simen": _MALE,
        "Xavier Hayasaka": _MALE,
        "Luis Moray": _MALE,
        "Marcos Rudaski": _MALE,
    }
)


def speaker_id(name: str) -> str:
    """A speaker's name as an id: `Camilla Holmström` is `camilla_holmstrom`. An id stands for itself."""
    decomposed = unicodedata.normalize("NFKD", name.replace("ı", "i").casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return "_".join("".join(c if c.isalnum() else " " for c in plain).split())


def read_speaker_names(path: Path) -> tuple[str, ...]:
    """The names in a speakers_xtts.pth, in its order; none when there is no such file or it cannot be read.

    Neither torch nor the tensors are loaded.
    """
    try:
        status = path.stat()
        return _read_names(path, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        return ()
    except (OSError, EOFError, ValueError, LookupError, TypeError, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        logger.warning("%s cannot be read: its speakers are left out (%s)", path.name, error)
        return ()


def studio_voices(xtts: Any, device: str) -> dict[str, VoiceLatents]:
    """The studio speakers by id, on a device.

    Args:
        xtts: a loaded `Xtts`.

    Raises:
        EngineUnavailableError: they are made for a model of another size, or are damaged.
    """
    if xtts.speaker_manager is None:
        return {}
    speakers: dict[str, VoiceLatents] = {}
    for name, stored in xtts.speaker_manager.speakers.items():
        try:
            speakers[speaker_id(name)] = VoiceLatents.of(stored, xtts.gpt.model_dim).to(device)
        except ValueError as error:
            raise EngineUnavailableError(
                f"{SPEAKERS} does not fit the model: the speaker {name} has {error}."
            ) from error
    return speakers


@lru_cache(maxsize=8)
def _read_names(path: Path, modified: int, size: int) -> tuple[str, ...]:
    """As `read_speaker_names`; `modified` and `size` only tell versions of a file apart."""
    with zipfile.ZipFile(path) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        speakers = _Outline(io.BytesIO(archive.read(inside))).load()
    if not isinstance(speakers, dict):
        raise ValueError("it holds no speakers")
    return tuple(str(name) for name in speakers)


class _Outline(pickle.Unpickler):
    """Reads a pickle of torch without torch: whatever is not a plain Python value becomes None. Runs nothing of it."""

    def find_class(self, module: str, name: str) -> Any:
        return _nothing

    def persistent_load(self, pid: Any) -> None:
        return None


def _nothing(*_: object) -> None:
    """Stands for every class and function that a pickle names."""
