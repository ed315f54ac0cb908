"""`voice-stack up`: the services, each in a process of its own, until Ctrl-C."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_stack.cli.supervisor import ServiceProcess
    from voice_stack.web.settings import WebOptions

_SAMPLE = Path("tests/fixtures/hello.wav")
_HELLO = "Hello from Voice Stack."
_ROUND_TRIP = "The man was walking along the road."


class Service(StrEnum):
    """The service that is started."""

    ASR = "asr"
    TTS = "tts"


def up(
    names: Annotated[list[Service] | None, typer.Argument(metavar="SERVICE", help="asr or tts. Absent: both.")] = None,
) -> None:
    """Start the services, print lines to try, and stop everything on Ctrl-C."""
    from voice_stack.cli.supervisor import ServiceProcess, supervise

    loaded = {service: _load(service) for service in Service if not names or service in names}
    auth = ' -H "Authorization: Bearer $API_KEY"' if any(web.api_key for web, _, _ in loaded.values()) else ""
    processes = [ServiceProcess(service, host, port) for service, (_, host, port) in loaded.items()]
    routes = {Service(process.name): process.url + loaded[Service(process.name)][0].api_v1_str for process in processes}

    def announce(process: "ServiceProcess", last: bool) -> None:
        service = Service(process.name)
        _show(f"{service.upper()} answers at {process.url}. Try:", *_lines(service, routes[service], auth))
        if last:
            if len(routes) == len(Service):
                _show("There and back:", *_round_trip(routes[Service.TTS], routes[Service.ASR], auth))
            missing = [line for service in loaded for line in _downloads(service)]
            if missing:
                _show("Not on this machine yet:", *missing)
            typer.echo("\nCtrl-C stops.", err=True)

    sys.exit(supervise(processes, announce))


def _load(service: Service) -> tuple["WebOptions", str, int]:
    """A service's API prefix, host and port."""
    from voice_stack.core.settings import load_settings

    if service is Service.TTS:
        from voice_stack.tts.settings import TtsSettings

        tts = load_settings(TtsSettings)
        return tts.web, tts.tts_host, tts.tts_port
    from voice_stack.asr.settings import AsrSettings

    asr = load_settings(AsrSettings)
    return asr.web, asr.asr_host, asr.asr_port


def _downloads(service: Service) -> list[str]:
    """Words on the model that the first request downloads: from where, how large, under which licence, how to say no.

    Nothing is asked for it: size and licence are known to the engine.
    """
    from voice_stack.core.settings import load_settings
    from voice_stack.serving.spec import LOCAL

    if service is Service.TTS:
        from voice_stack.tts.service import speech_models
        from voice_stack.tts.settings import TtsSettings

        catalogue = speech_models(load_settings(TtsSettings))
    else:
        from voice_stack.asr.service import recognition_models
        from voice_stack.asr.settings import AsrSettings

        catalogue = recognition_models(load_settings(AsrSettings))
    entry = catalogue.configured
    spec = catalogue.spec(entry.engine)
    config = catalogue.config(entry.engine, entry.source)
    is_ours = entry.owned_by == LOCAL or not entry.source
    if entry.installed or is_ours or spec.obstacle(config) is not None or spec.load().is_downloaded(config):
        return []
    stand_in = next((other.id for other in catalogue.chain(catalogue.names.aliases[0])[1:] if other.installed), None)
    meanwhile = f"Meanwhile {stand_in} answers." if stand_in else "It waits for that."
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return [f"{service.upper()}: {entry.id}, which HF_HUB_OFFLINE forbids to download. {meanwhile}"]
    size = f"about {entry.megabytes} MB, " if entry.megabytes else ""
    licence = entry.licence or spec.licence
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    return [
        f"{service.upper()}: the first request downloads {entry.id} ({size}licence {licence.weights}) from {hub} to "
        f"{config.model_dir}/. {meanwhile}",
        f"     To say no: HF_HUB_OFFLINE=1. To have it now: {service.upper()}_PRELOAD=true.",
    ]


def _show(title: str, *lines: str) -> None:
    typer.echo("\n".join(["", title, *(f"  {line}" for line in lines)]), err=True)


def _lines(service: Service, v1: str, auth: str) -> list[str]:
    """Commands that show what a service can do."""
    if service is Service.TTS:
        return [_speech(v1, auth, _HELLO, "hello.mp3"), f"curl {v1}/audio/voices{auth}"]
    sample = _SAMPLE if _SAMPLE.exists() else Path("recording.mp3")
    return [
        _transcription(v1, auth, sample),
        f"{_transcription(v1, auth, sample)} -F response_format=srt",
        _transcription(v1, auth, sample).replace("curl ", "curl -N ") + " -F stream=true",
    ]


def _round_trip(tts: str, asr: str, auth: str) -> list[str]:
    file = Path("speech.wav")
    return [_speech(tts, auth, _ROUND_TRIP, file.name, response_format="wav"), _transcription(asr, auth, file)]


def _speech(v1: str, auth: str, text: str, file: str, **fields: str) -> str:
    body = json.dumps({"model": "tts-1", "voice": "alloy", "input": text, **fields}, separators=(",", ":"))
    return f"curl {v1}/audio/speech{auth} -H \"Content-Type: application/json\" -d '{body}' -o {file}"


def _transcription(v1: str, auth: str, file: Path) -> str:
    return f"curl {v1}/audio/transcriptions{auth} -F file=@{file} -F model=whisper-1"
