"""`voice-stack transcribe`: files to transcripts, in this process, without a server."""

import logging
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console

from voice_stack.core.errors import SettingsError, VoiceStackError

if TYPE_CHECKING:
    from voice_stack.asr.render import TranscriptFormat
    from voice_stack.asr.run import TranscriptionOptions
    from voice_stack.asr.service import TranscriptionService
    from voice_stack.asr.types import Transcript

Choice = TypeVar("Choice", bound=StrEnum)


def transcribe(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Audio or video files.", show_default=False)],
    format_name: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="text, srt, vtt, json, verbose_json, tsv or jsonl.")
    ] = "text",
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", "-o", help="Write NAME.srt and the like into this folder, not to stdout."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the audio (en, german ...). Absent: ASR_LANGUAGE, or detected.")
    ] = None,
    task_name: Annotated[
        str, typer.Option("--task", metavar="TASK", help="transcribe, or translate (into English).")
    ] = "transcribe",
    model: Annotated[str | None, typer.Option(help="Name, hub id or folder. Absent: ASR_MODEL.")] = None,
    engine: Annotated[str | None, typer.Option(help="Recognition engine. Absent: ASR_ENGINE.")] = None,
    word_timestamps: Annotated[
        bool, typer.Option("--word-timestamps", help="Compute word times; verbose_json and jsonl show them.")
    ] = False,
) -> None:
    """Transcribe files. A file that fails does not stop the others; the exit status is then 1."""
    from voice_stack.asr.render import TranscriptFormat
    from voice_stack.asr.run import TranscriptionOptions
    from voice_stack.asr.service import TranscriptionService
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.asr.types import RecognitionRequest, Task
    from voice_stack.core.settings import load_settings

    fmt = _choice(TranscriptFormat, format_name, "--format")
    task = _choice(Task, task_name, "--task")
    targets = _targets(files, output_dir, fmt)
    given = {"asr_model": model, "asr_engine": engine}
    settings = load_settings(AsrSettings, **{name: value for name, value in given.items() if value is not None})
    recognition = RecognitionRequest(
        task=task,
        language=_language(language) or _language(settings.asr_language),
        prompt=settings.asr_initial_prompt or None,
        word_timestamps=word_timestamps or settings.asr_word_timestamps,
    )
    console = Console(stderr=True)
    _show_warnings(console)
    failed = 0
    with TranscriptionService(settings) as service:
        vad = service.default_vad() if settings.asr_vad_enabled else None
        options = TranscriptionOptions(recognition=recognition, vad=vad)
        for file, target in zip(files, targets, strict=True):
            failed += not _transcribe_file(service, options, file, target, fmt, console)
    if failed:
        _complain(console, f"{failed} of {len(files)} files failed.")
        raise typer.Exit(1)


def _transcribe_file(
    service: "TranscriptionService",
    options: "TranscriptionOptions",
    file: Path,
    target: Path | None,
    fmt: "TranscriptFormat",
    console: Console,
) -> bool:
    """Transcribe one file to `target`, or to stdout when that is None; whether it worked."""
    from voice_stack.asr.render import render

    try:
        transcript = _recognise(service, options, file, console)
        text = render(transcript, fmt)
        if target is None:
            typer.echo(text, nl=not text.endswith("\n"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except SettingsError:
        raise
    except (VoiceStackError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _complain(console, f"{file}: {reason or error}")
        return False
    written = f" to {target}" if target else ""
    language = f", language {transcript.language.code}" if transcript.language else ""
    line = f"{file}: {transcript.duration:.1f} s{written}, engine {transcript.engine} ({transcript.model}){language}"
    console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
    return True


def _recognise(
    service: "TranscriptionService", options: "TranscriptionOptions", file: Path, console: Console
) -> "Transcript":
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task(file.name)
        with file.open("rb") as audio, service.start(audio, options) as run:
            for segment in run:
                progress.update(shown, description=f"{file.name}: {segment.end:.0f} s done")
            return run.transcript


def _targets(files: Sequence[Path], output_dir: Path | None, fmt: "TranscriptFormat") -> list[Path | None]:
    """Where each transcript goes.

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


def _choice(kind: type[Choice], name: str, option: str) -> Choice:
    try:
        return kind(name)
    except ValueError:
        allowed = ", ".join(kind)
        raise typer.BadParameter(f"{name!r} is not one of {allowed}.", param_hint=option) from None


def _language(name: str | None) -> str | None:
    from voice_stack.language.codes import find_language

    if not name or name == "auto":
        return None
    code = find_language(name)
    if code is None:
        raise typer.BadParameter(f"{name!r} is no language known here; use a code such as en or de.")
    return code


def _show_warnings(console: Console) -> None:
    """Warnings (a fallback engine, a missing GPU) through the console that draws the progress."""
    from rich.logging import RichHandler

    handler = RichHandler(logging.WARNING, console, show_time=False, show_path=False)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], format="%(message)s")


def _complain(console: Console, message: str) -> None:
    console.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
