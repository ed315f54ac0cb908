"""`voice-stack transcribe`: files to transcripts, in this process, without a server."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.asr.render import TranscriptFormat, render
from voice_stack.asr.subtitles.profiles import Profile, Shape
from voice_stack.cli.arguments import choice, language_code, listed
from voice_stack.cli.console import complain, remark, show_warnings, stderr_console
from voice_stack.core.errors import SettingsError, VoiceStackError

if TYPE_CHECKING:
    from rich.console import Console

    from voice_stack.asr.recognition.run import TranscriptionOptions
    from voice_stack.asr.service import TranscriptionService
    from voice_stack.asr.subtitles.options import SubtitleOptions
    from voice_stack.asr.types import Transcript


def transcribe(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Audio or video files.", show_default=False)],
    format_name: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help=f"{listed(TranscriptFormat)}.")
    ] = "text",
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", "-o", help="Write NAME.srt and the like into this folder, not to stdout."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the audio (en, german ...). Absent: ASR_LANGUAGE, or detected.")
    ] = None,
    audio_track: Annotated[
        str | None,
        typer.Option(
            help="Audio track of a film: its number, from 0, or its language. Absent: by --language, or main."
        ),
    ] = None,
    task_name: Annotated[
        str, typer.Option("--task", metavar="TASK", help="transcribe, or translate (into English).")
    ] = "transcribe",
    model: Annotated[str | None, typer.Option(help="Name, hub id or folder. Absent: ASR_MODEL.")] = None,
    engine: Annotated[str | None, typer.Option(help="Recognition engine. Absent: ASR_ENGINE.")] = None,
    word_timestamps: Annotated[
        bool, typer.Option("--word-timestamps", help="Compute word times; verbose_json and jsonl show them.")
    ] = False,
    profile_name: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="PROFILE",
            help=f"Profile of subtitles: {listed(Profile)}. Absent: ASR_SUBTITLE_PROFILE.",
            show_default=False,
        ),
    ] = None,
    numbers: Annotated[
        list[str] | None,
        typer.Option(
            "--subtitle",
            metavar="NAME=VALUE",
            help="A number of the profile, set otherwise: max_line_width=37; docs/subtitles.md lists them.",
            show_default=False,
        ),
    ] = None,
    start_offset: Annotated[
        float | None, typer.Option(help="Seconds that subtitles come later; below 0: earlier.", show_default=False)
    ] = None,
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Say who speaks: in srt, vtt, verbose_json, jsonl, diarized_json.")
    ] = False,
) -> None:
    """Transcribe files. A file that fails does not stop the others; the exit status is then 1."""
    from voice_stack.asr.recognition.defaults import request_options, wants_word_times
    from voice_stack.asr.service import TranscriptionService
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.asr.types import RecognitionRequest, Task
    from voice_stack.core.settings import load_settings
    from voice_stack.speaker.diarization.request import DiarizationRequest

    fmt = choice(TranscriptFormat, format_name, "--format")
    task = choice(Task, task_name, "--task")
    targets = _targets(files, output_dir, fmt)
    given = {"asr_model": model, "asr_engine": engine}
    settings = load_settings(AsrSettings, **{name: value for name, value in given.items() if value is not None})
    speakers = DiarizationRequest() if diarize or fmt is TranscriptFormat.DIARIZED_JSON else None
    words = word_timestamps or speakers is not None
    asked = RecognitionRequest(task=task, language=language_code(language), word_timestamps=words)
    shape = asked_shape(settings.subtitles, profile_name, numbers or [], start_offset)
    options = replace(
        request_options(settings, asked),
        track=(audio_track or "").strip() or None,
        diarization=speakers,
        word_times=wants_word_times(fmt, shape),
    )
    console = stderr_console()
    show_warnings(console)
    failed = 0
    with TranscriptionService(settings) as service:
        for file, target in zip(files, targets, strict=True):
            failed += not _transcribe_file(service, options, file, target, (fmt, shape), console)
    if failed:
        complain(console, f"{failed} of {len(files)} files failed.")
        raise typer.Exit(1)


def asked_shape(
    options: "SubtitleOptions", profile: str | None, numbers: Sequence[str], start_offset: float | None
) -> Shape:
    """The subtitles that are asked for, and for the rest what is configured.

    Raises:
        typer.BadParameter: a profile or a number that is none; the message says what is allowed.
    """
    from voice_stack.asr.subtitles.options import FIELDS, NUMBERS, OFFSET

    pairs = [(*pair.partition("=")[::2], "--subtitle") for pair in numbers]
    for name, _, option in pairs:
        if name not in NUMBERS:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(NUMBERS)}.", param_hint=option)
    if start_offset is not None:
        pairs.append((OFFSET, str(start_offset), "--start-offset"))
    changes: dict[str, object] = {}
    for name, value, option in pairs:
        try:
            changes[name] = FIELDS[name].read(value)
        except ValueError as error:
            raise typer.BadParameter(f"{name}={value} {error}.", param_hint=option) from None
    if profile is not None:
        changes["profile"] = choice(Profile, profile, "--profile")
    return options.model_copy(update=changes).shape()


def _transcribe_file(
    service: "TranscriptionService",
    options: "TranscriptionOptions",
    file: Path,
    target: Path | None,
    written_as: tuple[TranscriptFormat, Shape],
    console: "Console",
) -> bool:
    """Transcribe one file to `target`, or to stdout when that is None; whether it worked."""
    try:
        transcript = _recognise(service, options, file, console)
        text = render(transcript, *written_as)
        if target is None:
            typer.echo(text, nl=not text.endswith("\n"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except SettingsError:
        raise
    except (VoiceStackError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        complain(console, f"{file}: {reason or error}")
        return False
    written = f" to {target}" if target else ""
    language = f", language {transcript.language.code}" if transcript.language else ""
    line = f"{file}: {transcript.duration:.1f} s{written}, engine {transcript.engine} ({transcript.model}){language}"
    remark(console, line)
    return True


def _recognise(
    service: "TranscriptionService", options: "TranscriptionOptions", file: Path, console: "Console"
) -> "Transcript":
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task(file.name)
        with file.open("rb") as audio, service.start(audio, options) as run:
            for segment in run:
                progress.update(shown, description=f"{file.name}: {segment.end:.0f} s done")
            return run.transcript


def _targets(files: Sequence[Path], output_dir: Path | None, fmt: TranscriptFormat) -> list[Path | None]:
    """The file of each transcript; None for stdout.

    Raises:
        typer.BadParameter: two files would be written over each other, or a transcript over its audio.
    """
    if output_dir is None:
        return [None for _ in files]
    targets = [output_dir / (file.stem + fmt.suffix) for file in files]
    for target, count in Counter(targets).items():
        if count > 1:
            raise typer.BadParameter(f"{count} of the files would be written to {target}; do them one by one.")
    for file in files:
        if file.resolve() in {target.resolve() for target in targets}:
            raise typer.BadParameter(f"The transcript would be written over {file}.")
    return list(targets)
