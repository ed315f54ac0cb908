"""`voice-stack voices`: what can be spoken with."""

from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.cli import voice_check
from voice_stack.cli.arguments import language_code, speech_settings

if TYPE_CHECKING:
    from voice_stack.tts.voices.catalogue import VoiceListing

app = typer.Typer(help="Show voices, and check recordings.", no_args_is_help=True)


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
    table = Table("VOICE", "KIND", "LANGUAGES", "GENDER", "STATE", box=None, pad_edge=False)
    for voice in voices.listing(engine):
        if wanted is None or not voice.languages or wanted in voice.languages:
            languages = ", ".join(voice.languages) or "all"
            table.add_row(voice.id, voice.kind, languages, voice.gender, _state(voice))
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"Voices of the engine {engine}.")


def _state(voice: "VoiceListing") -> str:
    if voice.problem is not None:
        return f"unusable: {voice.problem}"
    return "usable" if voice.downloaded else "usable, downloaded on first use"
