"""`voice-stack diarize`: who speaks when in a file, in this process, without a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.cli.console import remark, show_warnings, stderr_console

if TYPE_CHECKING:
    from voice_stack.speaker.diarization.run import DiarizationRun
    from voice_stack.speaker.diarization.turns import SpeakerBounds


def diarize(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Audio or video file.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write this RTTM, not to stdout.", show_default=False)
    ] = None,
    speakers: Annotated[int | None, typer.Option(help="How many there are, where that is known.")] = None,
    min_speakers: Annotated[int | None, typer.Option(help="At least so many.")] = None,
    max_speakers: Annotated[int | None, typer.Option(help="At most so many.")] = None,
    audio_track: Annotated[
        str | None, typer.Option(help="Audio track of a film: its number, from 0, or its language.")
    ] = None,
) -> None:
    """Tell who speaks when, as RTTM."""
    from voice_stack.asr.recognition.run import TranscriptionOptions
    from voice_stack.asr.service import TranscriptionService
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.core.settings import load_settings
    from voice_stack.speaker.diarization.request import DiarizationRequest
    from voice_stack.speaker.diarization.rttm import to_rttm

    request = DiarizationRequest(_bounds(speakers, min_speakers, max_speakers))
    options = TranscriptionOptions(track=(audio_track or "").strip() or None, diarization=request)
    settings = load_settings(AsrSettings)
    console = stderr_console()
    show_warnings(console)
    if not file.is_file():
        raise typer.BadParameter(f"{file} is no file.", param_hint="FILE")
    with TranscriptionService(settings) as service, file.open("rb") as audio:
        with service.diarizing.start(audio, options) as run:
            for _ in run:
                pass
            text = to_rttm(run.diarization.turns, file.stem)
            told = _told(run)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    remark(console, f"{file}: {told}")


def _bounds(number: int | None, least: int | None, most: int | None) -> "SpeakerBounds":
    from voice_stack.speaker.diarization.turns import MOST_SPEAKERS, SpeakerBounds

    if number is not None and (least, most) != (None, None):
        raise typer.BadParameter("--speakers excludes --min-speakers and --max-speakers.")
    try:
        if number is not None:
            return SpeakerBounds(number, number)
        return SpeakerBounds(1 if least is None else least, MOST_SPEAKERS if most is None else most)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _told(run: "DiarizationRun") -> str:
    report = run.report
    names = ", ".join(run.diarization.speakers) or "nobody"
    return f"{report.audio_s:.1f} s, {names}; engine {report.engine} ({report.model}), {report.engine_s:.1f} s"
