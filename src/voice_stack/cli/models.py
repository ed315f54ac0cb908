"""`voice-stack models`: what is on this machine, and fetching more."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from voice_stack.cli.console import complain, stderr_console
from voice_stack.core.errors import VoiceStackError

if TYPE_CHECKING:
    from rich.progress import Progress as ProgressBars
    from rich.progress import TaskID

    from voice_stack.asr.models import ModelCatalogue as RecognitionModels
    from voice_stack.asr.models import ModelEntry as RecognitionModel
    from voice_stack.hub.progress import Progress
    from voice_stack.tts.models import ModelCatalogue as SpeechModels
    from voice_stack.tts.models import ModelEntry as SpeechModel

app = typer.Typer(help="Show and download models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """Show the models that requests may name."""
    from rich.table import Table

    from voice_stack.asr import models as recognition
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.core.settings import load_settings
    from voice_stack.tts import models as speech
    from voice_stack.tts.settings import TtsSettings

    asr, tts = load_settings(AsrSettings), load_settings(TtsSettings)
    recognisers, speakers = recognition.ModelCatalogue(asr), speech.ModelCatalogue(tts)
    table = Table("MODEL", "SERVICE", "ENGINE", "INSTALLED", "SIZE", box=None, pad_edge=False)
    table.columns[-1].justify = "right"
    for row in (*_recognition_rows(recognisers, asr.storage.model_dir), *_speech_rows(speakers, tts.storage.model_dir)):
        table.add_row(*row)
    console = Console(highlight=False)
    console.print(table)
    for aliases, configured in (
        (recognition.ALIASES, recognisers.configured.id),
        (speech.ALIASES, speakers.configured.id),
    ):
        console.print(f"{', '.join(aliases)}: the configured model, {configured}.", markup=False, soft_wrap=True)


@app.command("pull")
def pull(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="small, Systran/faster-whisper-small, kokoro, xtts-v2 ...")
    ],
    engine: Annotated[
        str | None, typer.Option(help="Recognition engine that the models are for. Absent: ASR_ENGINE.")
    ] = None,
) -> None:
    """Download models to MODEL_DIR; Piper's voices too, by their names. What is there already is left as it is."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from voice_stack.asr.settings import AsrSettings
    from voice_stack.cli.downloads import recognition_fetch, speech_fetch
    from voice_stack.core.settings import load_settings
    from voice_stack.tts.settings import TtsSettings

    asr = load_settings(AsrSettings, **({} if engine is None else {"asr_engine": engine}))
    tts = load_settings(TtsSettings)
    console = stderr_console()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    failed = 0
    with Progress(*columns, console=console, transient=True) as progress:
        for name in names:
            fetch = (speech_fetch(name, tts) if engine is None else None) or recognition_fetch(name, asr)
            try:
                path = fetch(_bar(progress, progress.add_task(name)))
            except VoiceStackError as error:
                failed += 1
                complain(console, f"{name}: {error.message}")
            else:
                found = "comes with its engine, nothing to download" if path is None else _found(path)
                console.print(f"{name}: {found}", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _bar(progress: "ProgressBars", task: "TaskID") -> "Progress":
    def report(_name: str, done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    return report


Row = tuple[str, str, str, str, str]
"""Model, service, engine, whether it is installed, size."""


def _recognition_rows(catalogue: "RecognitionModels", model_dir: Path) -> Iterator[Row]:
    from voice_stack.asr.models import ALIASES

    for entry in catalogue.entries():
        if entry.id not in ALIASES or entry.id == catalogue.configured.id:
            installed = "yes" if entry.installed else "no"
            yield entry.id, "asr", entry.engine, installed, _recognition_size(entry, model_dir)


def _speech_rows(catalogue: "SpeechModels", model_dir: Path) -> Iterator[Row]:
    from voice_stack.tts.models import ALIASES

    for entry in catalogue.entries():
        if entry.id not in ALIASES:
            installed = "yes" if entry.installed else "no"
            yield entry.id, "tts", entry.engine, installed, _speech_size(entry, model_dir)


def _recognition_size(entry: "RecognitionModel", model_dir: Path) -> str:
    from voice_stack.asr.engines.whisper_names import is_local
    from voice_stack.asr.models import download_path
    from voice_stack.asr.settings import EngineName

    if entry.engine is EngineName.POCKETSPHINX:
        return "built in"
    if not entry.installed:
        return ""
    source = entry.source
    path = Path(source).expanduser() if is_local(source) else download_path(model_dir, entry.engine, source)
    return _megabytes([path])


def _speech_size(entry: "SpeechModel", model_dir: Path) -> str:
    from voice_stack.hub.cache import cached_snapshots
    from voice_stack.hub.local import is_local
    from voice_stack.tts.settings import EngineName

    if not entry.source:
        return "built in"
    if not entry.installed:
        return ""
    if is_local(entry.source):
        return _megabytes([Path(entry.source).expanduser()])
    own = [model_dir / "piper"] if entry.engine is EngineName.PIPER else []
    return _megabytes([*cached_snapshots(entry.source, model_dir), *own])


def _found(path: Path) -> str:
    return f"{path} ({_megabytes([path])})"


def _megabytes(paths: Iterable[Path]) -> str:
    """What files and folders take; links are followed, and counted once (the hub's snapshots are links)."""
    files = {
        file.resolve() for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()
    }
    return f"{sum(file.stat().st_size for file in files) / 1e6:.0f} MB"
