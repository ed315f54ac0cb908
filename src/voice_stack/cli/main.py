"""The console script `voice-stack`. Each command group has its own file and imports what it needs when it runs."""

import sys
from typing import Annotated

import typer

from voice_stack import __version__
from voice_stack.cli import (
    config,
    diarize,
    evaluate,
    listen,
    models,
    provenance,
    serve,
    speak,
    speaker,
    transcribe,
    up,
    voices,
)
from voice_stack.cli.console import complain, stderr_console
from voice_stack.core.errors import SettingsError, VoiceStackError

app = typer.Typer(
    name="voice-stack",
    help="Speech servers for your own hardware, compatible with OpenAI's audio API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("transcribe")(transcribe.transcribe)
app.command("listen")(listen.listen)
app.command("diarize")(diarize.diarize)
app.command("speak")(speak.speak)
app.command("provenance")(provenance.provenance)
app.add_typer(serve.app, name="serve")
app.command("up")(up.up)
app.add_typer(models.app, name="models")
app.add_typer(voices.app, name="voices")
app.add_typer(speaker.app, name="speaker")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(config.app, name="config")


@app.command("version")
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line: 0 done, 1 failed, 2 wrong settings or arguments, 130 interrupted."""
    try:
        app()
    except SettingsError as error:
        complain(stderr_console(), error.message)
        sys.exit(2)
    except VoiceStackError as error:
        complain(stderr_console(), error.message)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
