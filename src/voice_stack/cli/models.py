"""`voice-stack models`: what is on this machine, fetching more, and removing it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.cli.console import complain, stderr_console
from voice_stack.core.errors import VoiceStackError

if TYPE_CHECKING:
    from rich.progress import Progress as ProgressBars
    from rich.progress import TaskID

    from voice_stack.hub.progress import Progress
    from voice_stack.serving.catalogue import Catalogue
    from voice_stack.serving.spec import ModelEntry

app = typer.Typer(help="Show, download and remove models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """Show the models that requests may name."""
    from rich.console import Console
    from rich.table import Table

    catalogues = _catalogues()
    table = Table("MODEL", "SERVICE", "ENGINE", "INSTALLED", "SIZE", "LICENCE", box=None, pad_edge=False)
    table.columns[-2].justify = "right"
    for service, catalogue in catalogues.items():
        for row in _rows(catalogue, service):
            table.add_row(*row)
    console = Console(highlight=False)
    console.print(table)
    for catalogue in catalogues.values():
        aliases = ", ".join(catalogue.names.aliases)
        line = f"{aliases}: the configured model, {catalogue.configured.id}."
        console.print(line, markup=False, soft_wrap=True)
    for service, catalogue in catalogues.items():
        names = ", ".join(f"{entry.id} ({_licence(catalogue, entry)})" for entry in catalogue.left_out())
        if names:
            console.print(f"Left out by {service.upper()}_COMMERCIAL_ONLY: {names}.", markup=False, soft_wrap=True)


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

    from voice_stack.cli.downloads import find_fetch

    named = _catalogues(engine)
    catalogues = [named["tts"], named["asr"]] if engine is None else [named["asr"]]
    console = stderr_console()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    failed = 0
    with Progress(*columns, console=console, transient=True) as progress:
        for name in names:
            try:
                path = find_fetch(name, catalogues)(_bar(progress, progress.add_task(name)))
            except VoiceStackError as error:
                failed += 1
                complain(console, f"{name}: {error.message}")
            else:
                found = "comes with its engine, nothing to download" if path is None else _found(path)
                console.print(f"{name}: {found}", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


@app.command("remove")
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="As `models list` shows them.")],
    engine: Annotated[
        str | None, typer.Option(help="Recognition engine that the models are for. Absent: ASR_ENGINE.")
    ] = None,
) -> None:
    """Remove models from MODEL_DIR. What lies somewhere else, or comes with an engine, stays."""
    from voice_stack.serving.model_files import find_model, removable_files, remove_files

    named = _catalogues(engine)
    catalogues = [named["tts"], named["asr"]] if engine is None else [named["asr"]]
    console = stderr_console()
    failed = 0
    for name in names:
        try:
            files = removable_files(find_model(name, catalogues))
            size = _megabytes(files)
            remove_files(files)
        except VoiceStackError as error:
            failed += 1
            complain(console, f"{name}: {error.message}")
        else:
            console.print(f"{name}: removed ({size})", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _bar(progress: "ProgressBars", task: "TaskID") -> "Progress":
    def report(_name: str, done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    return report


Row = tuple[str, str, str, str, str, str]
"""Model, service, engine, whether it is installed, size, licence of the weights."""


def _catalogues(recogniser: str | None = None) -> dict[str, "Catalogue"]:
    """The models of each service.

    Args:
        recogniser: engine in the place of ASR_ENGINE.
    """
    from voice_stack.asr.service import recognition_models
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.core.settings import load_settings
    from voice_stack.tts.service import speech_models
    from voice_stack.tts.settings import TtsSettings

    asr = load_settings(AsrSettings, **({} if recogniser is None else {"asr_engine": recogniser}))
    return {"asr": recognition_models(asr), "tts": speech_models(load_settings(TtsSettings))}


def _rows(catalogue: "Catalogue", service: str) -> Iterator[Row]:
    """A row a model; OpenAI's names stand for one of them and get none."""
    for entry in catalogue.entries():
        if entry.id not in catalogue.names.aliases or entry.id == catalogue.configured.id:
            installed = "yes" if entry.installed else "no"
            yield entry.id, service, entry.engine, installed, _size(catalogue, entry), _licence(catalogue, entry)


def _licence(catalogue: "Catalogue", entry: "ModelEntry") -> str:
    from voice_stack.serving.spec import LOCAL

    if entry.owned_by == LOCAL:
        return "its own"
    licence = catalogue.licence(entry)
    return f"{licence.weights}, non-commercial" if licence.non_commercial else licence.weights


def _size(catalogue: "Catalogue", entry: "ModelEntry") -> str:
    from voice_stack.serving.model_files import FoundModel

    found = FoundModel(catalogue, entry)
    if found.is_embedded:
        return "built in"
    return _megabytes(found.files()) if entry.installed else ""


def _found(path: Path) -> str:
    return f"{path} ({_megabytes([path])})"


def _megabytes(paths: Iterable[Path]) -> str:
    """Size of files and folders; links are followed, and counted once (the hub's snapshots are links)."""
    files = {
        file.resolve() for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()
    }
    return f"{sum(file.stat().st_size for file in files) / 1e6:.0f} MB"
