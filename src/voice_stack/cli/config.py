"""`voice-stack config`: the settings, and the place that each came from."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.cli.console import complain, stderr_console
from voice_stack.core.errors import SettingsError

if TYPE_CHECKING:
    from voice_stack.core.settings_report import Shown

app = typer.Typer(help="Show the settings.", no_args_is_help=True)


class Service(StrEnum):
    """The service whose settings are shown."""

    ASR = "asr"
    TTS = "tts"
    ALL = "all"


@app.callback()
def _group() -> None:
    """Keep `show` a command of its own while it is the only one."""


@app.command("show")
def show(
    service: Annotated[Service, typer.Option(help="Whose settings.")] = Service.ALL,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """Print every setting with its value and where it is from: flag, NAME_FILE, environment, .env, config.yaml or
    default. Secrets are shown as ***."""
    import json
    from dataclasses import asdict

    shown, warnings = _read(service)
    console = stderr_console()
    for line in warnings:
        complain(console, line)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in shown], indent=2, ensure_ascii=False))
    else:
        _print(shown)


def _read(wanted: Service) -> tuple[list["Shown"], list[str]]:
    """The settings, each once, and what is said of names that are none.

    Raises:
        SettingsError: every line that every wanted service would stop with.
    """
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.cli.env_example import setting_classes
    from voice_stack.core.settings import Settings, SettingsGroup, load_settings
    from voice_stack.core.settings_report import misspelt_settings, shown_settings
    from voice_stack.serving.registry import REGISTRY
    from voice_stack.serving.spec import Kind as EngineKind
    from voice_stack.speaker.settings import IdentityOptions, SpeakerOptions
    from voice_stack.tts.settings import TtsSettings
    from voice_stack.tts.voices.reference_options import ReferenceOptions

    services: dict[Service, tuple[type[Settings], EngineKind]] = {
        Service.ASR: (AsrSettings, EngineKind.RECOGNITION),
        Service.TTS: (TtsSettings, EngineKind.SPEECH),
    }
    heard = [spec.options for kind in (EngineKind.EMBEDDING, EngineKind.DIARIZATION) for spec in REGISTRY.of(kind)]
    beside: dict[Service, tuple[type[SettingsGroup], ...]] = {
        Service.ASR: (SpeakerOptions, IdentityOptions, *heard),
        Service.TTS: (SpeakerOptions, ReferenceOptions),
    }
    shown: dict[str, Shown] = {}
    warnings: list[str] = []
    problems: list[str] = []
    for service, (cls, kind) in services.items():
        if wanted in (service, Service.ALL):
            try:
                # The engines' too, and those of installed packages.
                settings = load_settings(cls, *(spec.options for spec in REGISTRY.of(kind)), *beside[service])
                shown |= {one.variable: one for one in shown_settings(settings)}
            except SettingsError as error:
                problems += str(error).splitlines()
            else:
                prefix = f"{service.upper()}_"
                warnings += misspelt_settings(settings, *setting_classes(REGISTRY), prefix=prefix, everything=True)
    if problems:
        raise SettingsError("\n".join(dict.fromkeys(problems)))
    return list(shown.values()), list(dict.fromkeys(warnings))


def _print(shown: list["Shown"]) -> None:
    """Settings below a heading for each owner, in three columns."""
    widths = [max(len(text) for text in column) for column in zip(*((s.variable, s.value) for s in shown), strict=True)]
    owners = dict.fromkeys(one.owner for one in shown)
    for number, owner in enumerate(owners):
        typer.echo(("\n" if number else "") + f"# {owner}")
        for one in shown:
            if one.owner == owner:
                typer.echo(f"{one.variable:{widths[0]}}  {one.value:{widths[1]}}  {one.origin}")
