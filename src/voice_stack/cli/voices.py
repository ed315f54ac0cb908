"""`voice-stack voices`: what can be spoken with, and created voices as archives."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.cli import voice_check
from voice_stack.cli.arguments import language_code, speech_settings

if TYPE_CHECKING:
    from voice_stack.tts.voices.catalogue import VoiceListing
    from voice_stack.tts.voices.custom.library import CustomVoices

app = typer.Typer(help="Show voices, check recordings; export and import created voices.", no_args_is_help=True)


app.command("check")(voice_check.check)


@app.command("list")
def list_voices(
    model: Annotated[
        str | None, typer.Option(help="xtts-v2, kokoro, piper, espeak-ng ... Absent: the one of TTS_ENGINE.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Only voices that speak it (en, german ...).")] = None,
) -> None:
    """Show the voices that requests may name: OpenAI's names, your recordings, the engine's own."""
    from rich.console import Console
    from rich.table import Table

    from voice_stack.tts.service import DEFAULT_MODEL, speech_models
    from voice_stack.tts.voices.catalogue import VoiceCatalogue

    wanted = language_code(language)
    settings = speech_settings(model)
    models = speech_models(settings)
    engine = models.chain(model or DEFAULT_MODEL)[0].engine
    voices = VoiceCatalogue(settings, models)
    voices.check()
    table = Table("VOICE", "KIND", "LANGUAGES", "GENDER", "LICENCE", "STATE", box=None, pad_edge=False)
    for voice in voices.listing(engine):
        if wanted is None or not voice.languages or wanted in voice.languages:
            languages = ", ".join(voice.languages) or "all"
            table.add_row(voice.id, voice.kind, languages, voice.gender, _licence(voice), _state(voice))
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"Voices of the engine {engine}.")


@app.command("export")
def export_voice(
    id: Annotated[str, typer.Argument(metavar="ID", help="Of a created voice: voice_...")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The archive to write.")],
) -> None:
    """Write a created voice into one archive (zip): its description, the original and the reference."""
    from voice_stack.tts.voices.custom.archive import export_file

    record = export_file(_library(), id, output)
    typer.echo(f"{record.id} {record.name} -> {output}")


@app.command("import")
def import_voice(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `voices export` has written.")],
) -> None:
    """Keep the voice of an archive, under a new id. It is yours to say that its owner agrees."""
    from voice_stack.tts.voices.custom.archive import import_file

    record = import_file(_library(), file)
    typer.echo(f"{record.id} {record.name}")


def _library() -> "CustomVoices":
    """The created voices of DATA_DIR. A running service sees what is changed in them."""
    from voice_stack.core.settings import load_settings
    from voice_stack.tts.settings import TtsSettings
    from voice_stack.tts.voices.custom.checks import Checkers
    from voice_stack.tts.voices.custom.library import open_library

    return open_library(load_settings(TtsSettings), Checkers())


def _licence(voice: "VoiceListing") -> str:
    if not voice.licence:
        return "" if voice.kind == "library" else "unknown"
    return f"{voice.licence}, non-commercial" if voice.non_commercial else voice.licence


def _state(voice: "VoiceListing") -> str:
    if voice.problem is not None:
        return f"unusable: {voice.problem}"
    return "usable" if voice.downloaded else "usable, downloaded on first use"
