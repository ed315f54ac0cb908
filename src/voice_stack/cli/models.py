"""`voice-stack models`: what is on this machine, and fetching more."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from voice_stack.core.errors import VoiceStackError

if TYPE_CHECKING:
    from rich.progress import Progress as ProgressBars
    from rich.progress import TaskID

    from voice_stack.asr.models import ModelEntry
    from voice_stack.hub.progress import Progress

app = typer.Typer(help="Show and download models.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """Show the models that requests may name."""
    from rich.table import Table

    from voice_stack.asr.models import ALIASES, ModelCatalogue
    from voice_stack.asr.settings import AsrSettings
    from voice_stack.core.settings import load_settings

    settings = load_settings(AsrSettings)
    catalogue = ModelCatalogue(settings)
    table = Table("MODEL", "ENGINE", "INSTALLED", "SIZE", box=None, pad_edge=False)
    table.columns[-1].justify = "right"
    for entry in catalogue.entries():
        if entry.id not in ALIASES or entry.id == catalogue.configured.id:
            installed = "yes" if entry.installed else "no"
            table.add_row(entry.id, entry.engine.value, installed, _size(entry, settings.model_dir))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{', '.join(ALIASES)}: the configured model, {catalogue.configured.id}.", markup=False)


@app.command("pull")
def pull(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="small, Systran/faster-whisper-small ...")],
    engine: Annotated[str | None, typer.Option(help="Engine that the models are for. Absent: ASR_ENGINE.")] = None,
) -> None:
    """Download models to MODEL_DIR. What is there already is left as it is."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from voice_stack.asr.engines.hub import ensure_model
    from voice_stack.asr.models import ALIASES, POCKETSPHINX_MODEL, ModelCatalogue
    from voice_stack.asr.settings import AsrSettings, EngineName
    from voice_stack.core.settings import load_settings

    settings = load_settings(AsrSettings, **({} if engine is None else {"asr_engine": engine}))
    catalogue = ModelCatalogue(settings)
    wanted = settings.asr_engine
    target = EngineName.FASTER_WHISPER if wanted is EngineName.POCKETSPHINX else wanted
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    failed = 0
    with Progress(*columns, console=console, transient=True) as progress:
        for name in names:
            if name == POCKETSPHINX_MODEL or (name in ALIASES and wanted is EngineName.POCKETSPHINX):
                console.print(f"{name}: comes with its engine, nothing to download")
                continue
            source = catalogue.configured.source if name in ALIASES else name
            try:
                path = ensure_model(
                    source, target, settings.model_dir, settings.hub_timeout_s, _bar(progress, progress.add_task(name))
                )
            except VoiceStackError as error:
                failed += 1
                console.print(f"{name}: {error.message}", style="red", markup=False, soft_wrap=True)
            else:
                console.print(f"{name}: {path} ({_bytes_in(path) / 1e6:.0f} MB)", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _bar(progress: "ProgressBars", task: "TaskID") -> "Progress":
    def report(_name: str, done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    return report


def _size(entry: "ModelEntry", model_dir: Path) -> str:
    from voice_stack.asr.engines.names import is_local
    from voice_stack.asr.models import download_path
    from voice_stack.asr.settings import EngineName

    if entry.engine is EngineName.POCKETSPHINX:
        return "built in"
    if not entry.installed:
        return ""
    source = entry.source
    path = Path(source).expanduser() if is_local(source) else download_path(model_dir, entry.engine, source)
    return f"{_bytes_in(path) / 1e6:.0f} MB"


def _bytes_in(path: Path) -> int:
    """Bytes of a file, or of all files under a folder; links are followed once (the hub's snapshots are links)."""
    if path.is_file():
        return path.stat().st_size
    real = {file.resolve() for file in path.rglob("*") if file.is_file()}
    return sum(file.stat().st_size for file in real)
