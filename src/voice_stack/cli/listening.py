"""`voice-stack evaluate listen` and `results`: a blind listening test on this machine."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from voice_stack.cli.arguments import choice
from voice_stack.cli.console import remark, stderr_console


def listen(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER...", help="A folder for each system; files of one name belong together."),
    ],
    method_name: Annotated[
        str,
        typer.Option("--method", help="mos: rate each, 1 to 5. ab: which of two is better. abx: which of two is X."),
    ] = "mos",
    results: Annotated[Path, typer.Option(metavar="FILE", help="Where the answers are kept.")] = Path(
        "listening.sqlite"
    ),
    most: Annotated[int | None, typer.Option("--trials", min=1, help="Questions to each listener, at most.")] = None,
    keep_levels: Annotated[bool, typer.Option("--keep-levels", help="Do not bring all to one loudness.")] = False,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Of the page; browsers go on only where it is the same. 0: any."),
    ] = 5003,
) -> None:
    """Hold a blind listening test: a page on this machine, each listener in an order of its own. Ctrl-C ends it."""
    import socket

    import uvicorn

    from voice_stack.lab.listening.answers import Answers
    from voice_stack.lab.listening.design import Method, design, trials
    from voice_stack.lab.listening.server import HOSTS, ListeningTest, listening_app
    from voice_stack.lab.listening.sounds import Sounds

    test = design(choice(Method, method_name, "--method"), folders)
    answers = Answers(results, test)
    console = stderr_console()
    count = len(trials(test, "", most))
    with Sounds(keep_levels=keep_levels) as sounds, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOSTS[0], port))
            listener.listen()  # whoever reads the address may come at once
        except OSError as error:
            raise typer.BadParameter(f"Port {port} is taken; name another.", param_hint="--port") from error
        place = listener.getsockname()[1]
        remark(
            console, f"{len(test.systems)} systems, {len(test.samples)} samples, {count} questions to each listener."
        )
        typer.echo(f"http://{HOSTS[0]}:{place}/")
        config = uvicorn.Config(listening_app(ListeningTest(test, answers, sounds, most)), log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])


def show_results(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Answers that `evaluate listen` has kept.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A line an answer as CSV.")] = False,
) -> None:
    """Show what the listeners of a test have answered, with 95 % confidence intervals."""
    from voice_stack.lab.listening.answers import Answers
    from voice_stack.lab.listening.results import answers_csv, results_json

    kept = Answers(file)
    answers = kept.all()
    found = results_json(kept.method, answers)
    if as_csv:
        typer.echo(answers_csv(answers), nl=False)
    elif as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _show_results(found)


def _show_results(found: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console.print(f"{found['method']}: {found['answers']} answers of {found['listeners']} listeners.")
    for row in found.get("systems", []):
        console.print(f"{row['system']:24} {_between(row, 2)}", soft_wrap=True)
    for pair in found.get("pairs", []):
        preferred = pair.get("first_preferred")
        what = (
            f"{pair['first']} preferred to {pair['second']}"
            if preferred
            else f"{pair['first']} told from {pair['second']}"
        )
        line = f"{what}: {_between(preferred or pair['right'], 3)}, p = {pair['p']:.4f}"
        console.print(line, soft_wrap=True)


def _between(row: dict[str, Any], digits: int) -> str:
    shown = f"{row['value']:.{digits}f}"
    if row["low"] is not None:
        shown += f"  95 % between {row['low']:.{digits}f} and {row['high']:.{digits}f}"
    return f"{shown}  ({row['count']} answers)"
