"""`voice-stack speaker`: people enrolled, recognised and forgotten, and voices compared, here, without a server."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from voice_stack.core.errors import InvalidRequestError, SpeakerNotFoundError

if TYPE_CHECKING:
    from voice_stack.speaker.desk import SpeakerDesk
    from voice_stack.speaker.identity import Identity

app = typer.Typer(help="Enrol people by their voices, recognise and forget them; compare voices.", no_args_is_help=True)

_RECORDING = typer.Argument(
    metavar="FILE", exists=True, dir_okay=False, readable=True, help="A recording of one person.", show_default=False
)
Recording = Annotated[Path, _RECORDING]
Recordings = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        exists=True,
        dir_okay=False,
        readable=True,
        help="Recordings of one person.",
        show_default=False,
    ),
]
Person = Annotated[str, typer.Argument(metavar="WHO", help="Name or id of somebody who is enrolled.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print an object a line.")]


@app.command("enroll")
def enroll(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the person; a known one gets more recordings.")],
    files: Recordings,
    consent_by: Annotated[str, typer.Option(help="Who has agreed: the person, or who answers for them.")] = "",
    consent: Annotated[str, typer.Option(help="What they have said or signed.")] = "",
) -> None:
    """Keep a person's voice, as vectors, so that it is recognised in later recordings. No sound is kept."""
    from voice_stack.speaker.identity import consent_of

    agreed = consent_of(consent_by, consent)
    with _desk() as desk, _opened(files) as opened:
        known = desk.identities.named(name)
        kept = desk.enrol(name, opened, agreed) if known is None else desk.add(known.id, opened, agreed)
        typer.echo(f"{kept.id} {kept.name}: {_count(len(kept.samples), 'recording')}")


@app.command("identify")
def identify(files: Recordings, as_json: AsJson = False) -> None:
    """Tell who speaks in recordings, of one person each."""
    with _desk() as desk:
        for path in files:
            with path.open("rb") as file:
                found = desk.identify(file)
            best = found.candidates[0] if found.candidates else None
            score = None if best is None else round(best.score, 4)
            if as_json:
                facts = {"file": str(path), "name": found.name, "id": None if found.match is None else found.match.id}
                typer.echo(json.dumps({**facts, "score": score, "threshold": found.threshold}, ensure_ascii=False))
            else:
                told = "nobody is enrolled" if score is None else f"{score:.2f}, from {found.threshold:.2f} on"
                typer.echo(f"{path}: {found.name} ({told})")


@app.command("verify")
def verify(who: Person, file: Recording) -> None:
    """Tell whether a recording is of a person. The exit status is 0 when it is, 1 when not."""
    with _desk() as desk, file.open("rb") as opened:
        match = desk.verify(opened, _find(desk, who).id)
    typer.echo(f"{match.name}: {'yes' if match.is_same else 'no'} ({match.score:.2f}, from {match.threshold:.2f} on)")
    if not match.is_same:
        raise typer.Exit(1)


@app.command("compare")
def compare(a: Recording, b: Recording) -> None:
    """Tell whether two recordings are of one person. The exit status is 0 when they are, 1 when not."""
    with _desk() as desk, a.open("rb") as first, b.open("rb") as second:
        found = desk.compare(first, second)
    told = "one person" if found.is_same else "two persons"
    typer.echo(f"{told} ({found.similarity:.2f}, from {found.threshold:.2f} on; {found.model})")
    if not found.is_same:
        raise typer.Exit(1)


@app.command("list")
def list_speakers(as_json: AsJson = False) -> None:
    """Show who is enrolled."""
    with _desk() as desk:
        found, damaged = desk.identities.all(), desk.identities.files.damaged
    if as_json:
        for one in found:
            typer.echo(json.dumps(_facts(one), ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("NAME", "ID", "RECORDINGS", "SINCE", "CONSENT OF", box=None, pad_edge=False)
    for one in found:
        since = time.strftime("%Y-%m-%d", time.gmtime(one.created_at))
        table.add_row(one.name, one.id, str(len(one.samples)), since, ", ".join(each.by for each in one.consents))
    console = Console(highlight=False, markup=False)
    console.print(table)
    for id, reason in damaged.items():
        console.print(f"{id} is damaged: {reason}. `voice-stack speaker forget {id}` removes it.")


@app.command("rename")
def rename(who: Person, name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")]) -> None:
    """Call a person something else; the id stays."""
    with _desk() as desk:
        renamed = desk.identities.rename(_find(desk, who).id, name)
    typer.echo(f"{renamed.id} {renamed.name}")


@app.command("merge")
def merge(who: Person, other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")]) -> None:
    """Make one of two who are the same person: WHO keeps name and id, OTHER is gone."""
    with _desk() as desk:
        merged = desk.identities.merge(_find(desk, who).id, _find(desk, other).id)
        typer.echo(f"{merged.id} {merged.name}: {_count(len(merged.samples), 'recording')}")


@app.command("forget")
def forget(who: Annotated[list[str], typer.Argument(metavar="WHO...", help="Names or ids.")]) -> None:
    """Forget people: their names, vectors and consents are overwritten. A running service forgets them too."""
    with _desk() as desk:
        damaged = desk.identities.files.damaged
        for one in who:
            id = one if one in damaged else _find(desk, one).id
            desk.identities.forget(id)
            typer.echo(f"{id}: forgotten")


@contextlib.contextmanager
def _desk() -> "Iterator[SpeakerDesk]":
    """The people of DATA_DIR, and the network that hears them. A running service sees what is changed."""
    from voice_stack.core.settings import Settings, load_settings
    from voice_stack.speaker.desk import SpeakerDesk

    desk = SpeakerDesk(load_settings(Settings))
    try:
        yield desk
    finally:
        desk.close()


def _find(desk: "SpeakerDesk", who: str) -> "Identity":
    found = desk.identities.files.get(who) or desk.identities.named(who)
    if found is None:
        raise SpeakerNotFoundError(f"Nobody is enrolled as {who!r}; `voice-stack speaker list` shows who is.")
    return found


@contextlib.contextmanager
def _opened(files: list[Path]) -> Iterator[list[BinaryIO]]:
    with contextlib.ExitStack() as stack:
        try:
            yield [stack.enter_context(path.open("rb")) for path in files]
        except OSError as error:
            raise InvalidRequestError(f"{error.filename}: {error.strerror}") from error


def _facts(one: "Identity") -> dict[str, object]:
    consents = [consent.model_dump() for consent in one.consents]
    samples = [{"model": each.model, "speech_seconds": each.speech_s} for each in one.samples]
    return {"id": one.id, "name": one.name, "created_at": one.created_at, "consents": consents, "samples": samples}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
