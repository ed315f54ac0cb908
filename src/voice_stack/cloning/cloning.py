"""The door to cloning for programs: text and a recording in, a file with that voice out."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

from voice_stack.audio.formats import AudioFormat
from voice_stack.audio.stretch import MAX_SPEED, MIN_SPEED
from voice_stack.audio.wav import complete_header
from voice_stack.cloning.references import check_reference
from voice_stack.core.errors import EngineUnavailableError, InvalidRequestError, UnsupportedError
from voice_stack.core.settings import load_settings
from voice_stack.language.codes import find_language, names_no_language
from voice_stack.serving.options import AUTO
from voice_stack.serving.registry import REGISTRY
from voice_stack.serving.service import configure
from voice_stack.serving.spec import EngineSpec, Kind
from voice_stack.tts.engines.base import TTSEngine
from voice_stack.tts.service import DEFAULT_MODEL, SpeechService
from voice_stack.tts.settings import TtsSettings
from voice_stack.tts.speaking.run import SpeechOptions
from voice_stack.tts.voices.doctor import reference_doctor
from voice_stack.tts.voices.folder import SUFFIXES

_UNRANKED: Final = 1_000_000
Reference = str | Path | Sequence[str | Path]
"""A recording, or several of one voice."""


@dataclass(frozen=True, slots=True)
class Cloned:
    """Speech with a cloned voice.

    Attributes:
        path: the file.
        seconds: of sound in it.
        engine, model: what has spoken.
        language: ISO 639-1 code that was spoken.
        warnings: advice about the recordings, each in one sentence.
    """

    path: Path
    seconds: float
    engine: str
    model: str
    language: str
    warnings: tuple[str, ...] = ()


class VoiceCloning:
    """Speaks with the voices of recordings, in this process. The engine is loaded by the first call and kept.

    Thread-safe. Use it as a context manager, or `close` it, to free the engine.

    Args:
        engine: one that clones (`coqui`); None: that of TTS_ENGINE, or the first that clones and can be had.
        settings: in the place of the environment's, `.env`'s and config.yaml's, by name in lower case:
            `coqui_tos_agreed=True`, `tts_device="cuda"`.

    Raises:
        SettingsError: a setting is wrong.
    """

    def __init__(self, engine: str | None = None, **settings: Any) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="voice-stack-")
        given = {"tts_fallback_engines": "", "tts_preload": False, **settings}
        if engine is not None:
            given["tts_engine"] = engine
        self._given = {**given, "tts_voices_dir": self._folder.name}
        self._settings = load_settings(TtsSettings, **self._given)
        self._doctor = reference_doctor(self._settings)
        self._service: SpeechService | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the engine. The next call loads it again."""
        service, self._service = self._service, None
        if service is not None:
            service.close()

    def clone_voice(
        self,
        text: str,
        reference_audio: Reference,
        language: str | None = None,
        output_path: str | Path = "cloned.wav",
        *,
        speed: float = 1.0,
    ) -> Cloned:
        """Speak a text with the voice of a recording, and write it to a file, whole or not at all.

        Args:
            text: plain, or SSML.
            reference_audio: 3 seconds of one person's clear speech at least, 6 to 10 are better; several files of one
                person are one voice.
            language: code or English name; None to have it told from the text.
            output_path: its suffix is the format: .wav, .mp3, .flac, .opus, .aac.
            speed: 0.25 to 4; 1 is natural.

        Raises:
            InvalidRequestError: the text is empty, the language or the suffix unknown, the speed out of bounds.
            InvalidAudioError, UnusableVoiceError: the recording cannot be used; the message says why.
            UnsupportedError: the engine does not clone, or not in that language.
            EngineUnavailableError: no engine that clones can be had; the message says what is missing.
            EngineError: the engine failed.
            OSError: the file cannot be written.
        """
        target = Path(output_path)
        audio_format = _format(target)
        if not text.strip():
            raise InvalidRequestError("There is nothing to say: the text is empty.", param="text")
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise InvalidRequestError(f"speed={speed:g} is not within {MIN_SPEED:g} and {MAX_SPEED:g}.", param="speed")
        paths = _paths(reference_audio)
        code = _language(language)
        warnings = check_reference(paths, self._doctor)
        service = self._loaded()
        options = SpeechOptions(text, self._enter(paths), DEFAULT_MODEL, code, speed, audio_format)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with service.start(options) as run, part.open("wb") as file:
                file.writelines(run)
                report = run.report
            if audio_format is AudioFormat.WAV:
                complete_header(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return Cloned(target, report.audio_s, report.engine, report.model, report.language, warnings)

    def _loaded(self) -> SpeechService:
        if self._service is None:
            name = _cloning_engine(self._settings).name
            self._service = SpeechService(load_settings(TtsSettings, **{**self._given, "tts_engine": name}))
        return self._service

    def _enter(self, paths: Sequence[Path]) -> str:
        """Name under which recordings are in the library of this object: links, in a folder of their own."""
        identity = hashlib.sha256("\0".join(str(path.resolve()) for path in paths).encode()).hexdigest()[:16]
        folder = Path(self._folder.name) / f"reference-{identity}"
        folder.mkdir(exist_ok=True)
        for number, path in enumerate(paths):
            suffix = path.suffix.lower() if path.suffix.lower() in SUFFIXES else SUFFIXES[0]
            link = folder / f"{number:03d}{suffix}"
            if not link.is_symlink():
                link.symlink_to(path.resolve())
        return folder.name


def _cloning_engine(settings: TtsSettings) -> EngineSpec:
    """The engine that speaks: the configured one, or the first that clones and has no obstacle.

    Raises:
        SettingsError: there is no engine of that name.
        UnsupportedError: it does not clone.
        EngineUnavailableError: none can be had.
    """
    cloning = sorted(
        (spec for spec in REGISTRY.of(Kind.SPEECH) if _clones(spec)),
        key=lambda spec: _UNRANKED if spec.rank is None else spec.rank,
    )
    names = ", ".join(spec.name for spec in cloning)
    if settings.host.engine != AUTO:
        spec = REGISTRY.get(Kind.SPEECH, settings.host.engine, "TTS_ENGINE")
        if not _clones(spec):
            raise UnsupportedError(f"The engine {spec.name} clones no voices; these do: {names}.", param="engine")
        cloning = [spec]
    obstacles = []
    made = configure(settings, settings.host)
    for spec in cloning:
        obstacle = spec.obstacle(made(spec, ""))
        if obstacle is None:
            return spec
        obstacles.append(f"{spec.name}: {obstacle}")
    raise EngineUnavailableError(f"No engine that clones can be had. {' '.join(obstacles)}")


def _clones(spec: EngineSpec) -> bool:
    try:
        return cast(type[TTSEngine], spec.load()).clones
    except EngineUnavailableError:  # of another package, and broken
        return False


def _paths(reference: Reference) -> list[Path]:
    given = [reference] if isinstance(reference, str | Path) else list(reference)
    if not given:
        raise InvalidRequestError("There is no recording to clone from.", param="reference_audio")
    return [Path(one).expanduser() for one in given]


def _language(name: str | None) -> str | None:
    if not name or names_no_language(name):
        return None
    code = find_language(name)
    if code is None:
        raise InvalidRequestError(
            f"{name[:30]!r} is no language that is known here; use a code such as en or de.", param="language"
        )
    return code


def _format(target: Path) -> AudioFormat:
    for audio_format in AudioFormat:
        if audio_format.suffix == target.suffix.lower():
            return audio_format
    suffixes = ", ".join(audio_format.suffix for audio_format in AudioFormat)
    raise InvalidRequestError(f"{target.name!r} ends with none of {suffixes}.", param="output_path")
