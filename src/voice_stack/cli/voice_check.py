"""`voice-stack voices check`: recordings to clone a voice from, examined here, without a server."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.cli.console import complain, remark, stderr_console
from voice_stack.core.errors import SettingsError, VoiceStackError

if TYPE_CHECKING:
    from rich.console import Console

    from voice_stack.tts.voices.doctor import Doctor, Prepared
    from voice_stack.tts.voices.report import Finding, Report

_COLOURS = {"good": "green", "usable": "yellow", "unusable": "red"}


def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, readable=True, help="Recordings.", show_default=False
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one object a line, one line a file.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="WAV", help="Write the best part, cut and levelled, and show it too."),
    ] = None,
) -> None:
    """Examine recordings to clone a voice from: what is good and bad about each, and what to do.

    The exit status is 0 when all of them can be used, 1 when one cannot.
    """
    if output is not None and len(files) > 1:
        raise typer.BadParameter("It takes one FILE.", param_hint="--output")
    if output is not None and output.resolve() == files[0].resolve():
        raise typer.BadParameter(f"The best part would be written over {files[0]}.", param_hint="--output")
    from rich.console import Console

    from voice_stack.core.settings import Settings, load_settings
    from voice_stack.tts.voices.doctor import reference_doctor
    from voice_stack.tts.voices.report import Verdict

    doctor = reference_doctor(load_settings(Settings))
    console, errors = Console(highlight=False, markup=False), stderr_console()
    unusable = 0
    for file in files:
        try:
            report, prepared = _examined(doctor, file, prepare=output is not None)
        except SettingsError:
            raise
        except (VoiceStackError, OSError) as error:
            complain(errors, f"{file}: {getattr(error, 'strerror', None) or error}")
            unusable += 1
            continue
        unusable += report.verdict is Verdict.UNUSABLE
        if as_json:
            after = {"prepared": prepared.report_after.to_json()} if prepared is not None else {}
            typer.echo(json.dumps({"file": str(file), **report.to_json(), **after}, ensure_ascii=False))
        else:
            _show(console, file, report, prepared.report_after if prepared is not None else None)
        if prepared is not None and output is not None:
            _write(prepared, output)
            window = prepared.window
            remark(errors, f"{output}: {window.start_s:.1f} to {window.end_s:.1f} s of {file}, cut and levelled")
    if unusable:
        raise typer.Exit(1)


def _examined(doctor: "Doctor", file: Path, *, prepare: bool) -> tuple["Report", "Prepared | None"]:
    from voice_stack.tts.voices.doctor import read_recording

    with file.open("rb") as opened:
        clip = read_recording(opened)
    if not prepare:
        return doctor.examine(clip), None
    prepared = doctor.prepare(clip)
    return prepared.report_before, prepared


def _write(prepared: "Prepared", output: Path) -> None:
    from voice_stack.audio.clip import to_s16le
    from voice_stack.audio.wav import wav_header

    clip = prepared.clip
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(wav_header(clip.sample_rate, len(clip.samples)) + to_s16le(clip.samples))


def _show(console: "Console", file: Path, report: "Report", after: "Report | None") -> None:
    from rich.table import Table
    from rich.text import Text

    def coloured(verdict: str) -> Text:
        return Text(verdict, style=_COLOURS.get(verdict, ""))

    headings = ("MEASURE", "VALUE", "VERDICT", *(("PREPARED",) if after is not None else ()), "ADVICE")
    table = Table(*headings, box=None, pad_edge=False)
    for finding in report.findings:
        prepared = after.find(finding.measure) if after is not None else None
        more = (_value(prepared),) if after is not None else ()
        table.add_row(finding.measure, _value(finding), coloured(finding.verdict.value), *more, finding.advice)
    console.print(Text.assemble(f"{file}: ", coloured(report.verdict.value)))
    console.print(table)
    for measure, reason in report.not_available.items():
        console.print(f"{measure}: not available. {reason}", style="dim")
    if report.window is not None:
        console.print(f"Best part: {report.window.start_s:.1f} to {report.window.end_s:.1f} s.")
    if after is not None:
        console.print(Text.assemble("Prepared: ", coloured(after.verdict.value)))


def _value(finding: "Finding | None") -> str:
    if finding is None or finding.value is None:
        return "-"
    digits = f"{finding.value:.3g}" if abs(finding.value) < 100 else f"{finding.value:.0f}"
    if finding.unit == "share":
        return f"{finding.value:.2%}"
    unit = finding.unit if finding.unit not in ("ratio", "similarity") else ""
    return f"{digits} {unit}".strip()
