"""`voice-stack serve`: one service in the foreground."""

from typing import Annotated

import typer

from voice_stack.core.memory import no_garbage_collection

app = typer.Typer(help="Start a service in the foreground.", no_args_is_help=True)


@app.command("asr")
def asr(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="ASR_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="ASR_PORT")] = None,
) -> None:
    """Start the transcription service."""
    with no_garbage_collection():
        from voice_stack.apps.asr import ASR, create_asr_app
        from voice_stack.apps.assembly import read_settings
        from voice_stack.web.server import serve

        given = {"asr_host": host, "asr_port": port}
        settings = read_settings(ASR, **{name: value for name, value in given.items() if value is not None})
        service = create_asr_app(settings)
    serve(service, settings.asr_host, settings.asr_port, settings)


@app.command("tts")
def tts(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="TTS_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="TTS_PORT")] = None,
) -> None:
    """Start the speech service."""
    with no_garbage_collection():
        from voice_stack.apps.assembly import read_settings
        from voice_stack.apps.tts import TTS, create_tts_app
        from voice_stack.web.server import serve

        given = {"tts_host": host, "tts_port": port}
        settings = read_settings(TTS, **{name: value for name, value in given.items() if value is not None})
        service = create_tts_app(settings)
    serve(service, settings.tts_host, settings.tts_port, settings)
