"""Piper's voices: the ones on the disk, and the catalogue that others are downloaded from."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from voice_stack.core.errors import EngineUnavailableError, VoiceNotFoundError
from voice_stack.hub.cache import cached_snapshots, storage_folder
from voice_stack.hub.local import is_local, model_id
from voice_stack.hub.progress import Progress
from voice_stack.hub.snapshots import fetch_snapshot
from voice_stack.serving.spec import ModelEntry
from voice_stack.tts.engines.entries import model_entry
from voice_stack.tts.engines.piper.options import Config, source_of
from voice_stack.tts.types import EngineVoice

logger = logging.getLogger("voice_stack.tts")

ENGINE_NAME: Final = "piper"
# One good voice a language, as far as the catalogue has one; the first is the default.
DEFAULT_VOICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "en_US-lessac-medium",
        "ar": "ar_JO-kareem-medium",
        "bg": "bg_BG-dimitar-medium",
        "ca": "ca_ES-upc_ona-medium",
        "cs": "cs_CZ-jirka-medium",
        "cy": "cy_GB-gwryw_gogleddol-medium",
        "da": "da_DK-talesyntese-medium",
        "de": "de_DE-thorsten-medium",
        "el": "el_GR-rapunzelina-medium",
        "es": "es_ES-davefx-medium",
        "eu": "eu_ES-maider-medium",
        "fa": "fa_IR-gyro-medium",
        "fi": "fi_FI-harri-medium",
        "fr": "fr_FR-siwis-medium",
        "hi": "hi_IN-priyamvada-medium",
        "hu": "hu_HU-anna-medium",
        "id": "id_ID-news_tts-medium",
        "is": "is_IS-bui-medium",
        "it": "it_IT-paola-medium",
        "ka": "ka_GE-natia-medium",
        "kk": "kk_KZ-issai-high",
        "lb": "lb_LU-marylux-medium",
        "lv": "lv_LV-aivars-medium",
        "ml": "ml_IN-meera-medium",
        "ne": "ne_NP-google-medium",
        "nl": "nl_NL-ronnie-medium",
        "no": "no_NO-talesyntese-medium",
        "pl": "pl_PL-gosia-medium",
        "pt": "pt_BR-faber-medium",
        "ro": "ro_RO-mihai-medium",
        "ru": "ru_RU-irina-medium",
        "sk": "sk_SK-lili-medium",
        "sl": "sl_SI-artur-medium",
        "sq": "sq_AL-edon-medium",
        "sr": "sr_RS-serbski_institut-medium",
        "sv": "sv_SE-nst-medium",
        "sw": "sw_CD-lanfrica-medium",
        "te": "te_IN-maya-medium",
        "tr": "tr_TR-dfki-medium",
        "uk": "uk_UA-ukrainian_tts-medium",
        "ur": "ur_PK-fasih-medium",
        "vi": "vi_VN-vais1000-medium",
        "zh": "zh_CN-huayan-medium",
    }
)
_RELEASED: Final = 1_673_308_800
_CATALOGUE: Final = "voices.json"
_MODEL_SUFFIX: Final = ".onnx"
_CONFIG_SUFFIX: Final = ".onnx.json"
_CATALOGUE_ID = re.compile(r"[a-z]{2,3}_[A-Z]{2}-\w{1,64}-(?:x_low|low|medium|high)")
_HINT: Final = (
    "Put NAME.onnx and NAME.onnx.json into the folder piper in MODEL_DIR, or set TTS_PIPER_MODEL to a folder with them."
)


@dataclass(frozen=True, slots=True)
class PiperVoiceFacts:
    """A voice, on the disk or in the catalogue.

    Attributes:
        language: ISO 639-1 code, empty when its configuration does not say.
        speakers: number of each named speaker.
        count: speakers in all.
        model: the network on the disk, with its configuration beside it; None when it has to be downloaded.
        files: network and configuration in the hub's repository; empty for voices of the user.
    """

    id: str
    language: str
    speakers: Mapping[str, int]
    count: int
    model: Path | None = None
    files: tuple[str, ...] = ()

    def speaker(self, name: str) -> int | None:
        """The number of a speaker, by name or by number; None when there is no such one."""
        if self.count < 2:
            return None
        if name in self.speakers:
            return self.speakers[name]
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else -1
        return number if 0 <= number < self.count else None


def split_speaker(voice: str) -> tuple[str, str | None]:
    """`en_US-libritts-high#p3922` as id of the voice and name of the speaker, which may be missing."""
    base, separator, speaker = voice.partition("#")
    return base, speaker if separator else None


class VoiceShelf:
    """The voices that a configuration can speak with. What requests say is only ever compared with their names."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._source = source_of(config)
        self._local = is_local(self._source)

    def on_disk(self) -> dict[str, PiperVoiceFacts]:
        """The voices that need no download."""
        found: dict[str, PiperVoiceFacts] = {}
        if self._local:
            found |= _in_folder(Path(self._source).expanduser().resolve())
            return found
        found |= _in_folder(self._config.model_dir / "piper")
        for snapshot in cached_snapshots(self._source, self._config.model_dir):
            for config in sorted(snapshot.glob(f"*/*/*/*/*{_CONFIG_SUFFIX}")):
                facts = _described(config)
                if facts is not None:
                    found.setdefault(facts.id, facts)
        return found

    def catalogue(self) -> Mapping[str, PiperVoiceFacts]:
        """The hub's list of voices as it was last downloaded; empty before that, and for a local folder."""
        if self._local:
            return {}
        for snapshot in cached_snapshots(self._source, self._config.model_dir):
            path = snapshot / _CATALOGUE
            if path.is_file():
                return _read_catalogue(path, path.stat().st_mtime_ns)
        return {}

    def listed(self) -> list[PiperVoiceFacts]:
        """All voices, the default one first, then those on the disk, one a language, and the rest of the catalogue."""
        known = self._listed_by_id()
        first = self.default()
        return sorted(known.values(), key=lambda facts: facts.id != first)

    def default(self) -> str:
        """The voice that is loaded first: the usual one, or else what there is on the disk."""
        usual = next(iter(DEFAULT_VOICES.values()))
        disk = self.on_disk()
        if usual in disk or (not disk and not self._local):
            return usual
        english = [id for id, facts in disk.items() if facts.language == "en"]
        return next(iter([*english, *disk]), "")

    def is_ready(self) -> bool:
        """True when the voice that is loaded first is on the disk."""
        return self.default() in self.on_disk()

    def files(self) -> list[Path]:
        """The folder of the configured collection; the voices that the user put beside it are no part of it."""
        if self._local:
            folder = Path(self._source).expanduser()
        else:
            folder = storage_folder(self._source, self._config.model_dir)
        return [folder] if folder.exists() else []

    def find(self, id: str) -> PiperVoiceFacts | None:
        """Facts of a voice, without asking the network."""
        return self._listed_by_id().get(id)

    def may_exist(self, id: str) -> bool:
        """True when the hub may have a voice of this name: its list has not been downloaded, and the form is right."""
        return not self._local and not self.catalogue() and _CATALOGUE_ID.fullmatch(id) is not None

    def ensure(self, id: str, progress: Progress | None = None) -> PiperVoiceFacts:
        """A voice on the disk, downloaded first when it is not there.

        Args:
            progress: of the download; the default writes lines to the log.

        Raises:
            VoiceNotFoundError: there is no such voice.
            EngineUnavailableError: it cannot be downloaded.
        """
        found = self.on_disk().get(id)
        if found is not None:
            return found
        if self._local or not (id in self.catalogue() or self.may_exist(id)):
            raise _unknown(id)
        # The list first: the paths come from it, never from what was asked for.
        self._fetch("the list of Piper's voices", (_CATALOGUE,), None)
        listed = self.catalogue().get(id)
        if listed is None:
            raise _unknown(id)
        snapshot = self._fetch(id, listed.files, progress)
        facts = _described(snapshot / next(path for path in listed.files if path.endswith(_CONFIG_SUFFIX)))
        if facts is None:
            raise EngineUnavailableError(f"The configuration of Piper's voice {id} is damaged. {_HINT}")
        return facts

    def problem(self) -> str:
        """Advice when there is no voice at all."""
        if self._local:
            return f"The folder {model_id(self._source)!r} holds no Piper voice: it takes NAME.onnx and NAME.onnx.json."
        return f"There is no Piper voice. {_HINT}"

    def _listed_by_id(self) -> dict[str, PiperVoiceFacts]:
        if self._local:
            return self.on_disk()
        usual = {id: PiperVoiceFacts(id, language, {}, 1) for language, id in DEFAULT_VOICES.items()}
        catalogue = self.catalogue()
        if catalogue:  # another hub repository may lack them
            usual = {id: catalogue[id] for id in usual if id in catalogue}
        known = {**self.on_disk()}
        for id, facts in (*usual.items(), *catalogue.items()):
            known.setdefault(id, facts)
        return known

    def _fetch(self, name: str, files: tuple[str, ...], progress: Progress | None) -> Path:
        return fetch_snapshot(
            self._source,
            self._config.model_dir,
            files,
            name=name,
            is_complete=lambda snapshot: all((snapshot / path).is_file() for path in files),
            timeout_s=self._config.hub_timeout_s,
            hint=_HINT,
            progress=progress,
        )


def models(config: Config) -> list[ModelEntry]:
    """The configured collection of voices."""
    shelf = VoiceShelf(config)
    return [model_entry("piper", ENGINE_NAME, source_of(config), "rhasspy", _RELEASED, installed=shelf.is_ready())]


def describe(facts: PiperVoiceFacts) -> EngineVoice:
    """A voice for people."""
    name, quality = facts.id, ""
    if _CATALOGUE_ID.fullmatch(facts.id):
        locale, name, quality = facts.id.split("-")
        quality = f"{locale.replace('_', '-')}, {quality.replace('_', ' ')} quality"
    speakers = f"{facts.count} speakers: {facts.id}#0 ..." if facts.count > 1 else ""
    return EngineVoice(
        facts.id,
        name.replace("_", " ").title(),
        languages=(facts.language,) if facts.language else (),
        description="; ".join(part for part in (quality, speakers) if part),
        downloaded=facts.model is not None,
    )


def _unknown(id: str) -> VoiceNotFoundError:
    return VoiceNotFoundError(f"Piper has no voice {id[:100]!r}.")


def _in_folder(folder: Path) -> dict[str, PiperVoiceFacts]:
    found = (_described(config) for config in sorted(folder.glob(f"*{_CONFIG_SUFFIX}")))
    return {facts.id: facts for facts in found if facts is not None}


def _described(config: Path) -> PiperVoiceFacts | None:
    """A voice by its configuration; None when its network is missing or the configuration cannot be read."""
    model = config.with_name(config.name.removesuffix(_CONFIG_SUFFIX) + _MODEL_SUFFIX)
    if not (model.is_file() and config.is_file()):
        return None
    facts = _read_config(config, config.stat().st_mtime_ns)
    return replace(facts, model=model) if facts is not None else None


@lru_cache(maxsize=1024)
def _read_config(path: Path, _changed: int) -> PiperVoiceFacts | None:
    id = path.name.removesuffix(_CONFIG_SUFFIX)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        # Voices of before the catalogue have no language, only espeak-ng's voice: de, en-us.
        family = config.get("language", {}).get("family") or re.split("[-_]", config["espeak"]["voice"])[0]
        speakers = {str(name): int(number) for name, number in (config.get("speaker_id_map") or {}).items()}
        return PiperVoiceFacts(id, _iso(str(family)), speakers, int(config.get("num_speakers", 1)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("%s is no configuration of a Piper voice: %s", path.name, error)
        return None


@lru_cache(maxsize=4)
def _read_catalogue(path: Path, _changed: int) -> Mapping[str, PiperVoiceFacts]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return dict(_catalogued(entries))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("the catalogue of Piper's voices cannot be read: %s", error)
        return {}


def _catalogued(entries: Mapping[str, Any]) -> Iterator[tuple[str, PiperVoiceFacts]]:
    for id, entry in entries.items():
        files = tuple(str(path) for path in entry["files"] if path.endswith((_MODEL_SUFFIX, _CONFIG_SUFFIX)))
        plain = all(".." not in PurePosixPath(path).parts and not path.startswith("/") for path in files)
        if _CATALOGUE_ID.fullmatch(id) and len(files) == 2 and plain:
            speakers = {str(name): int(number) for name, number in entry["speaker_id_map"].items()}
            language = _iso(entry["language"]["family"])
            yield id, PiperVoiceFacts(id, language, speakers, int(entry["num_speakers"]), files=files)


def _iso(family: str) -> str:
    """ISO 639-1 for what Piper and espeak-ng call a language."""
    return {"cmn": "zh", "nb": "no"}.get(family.lower(), family.lower())
