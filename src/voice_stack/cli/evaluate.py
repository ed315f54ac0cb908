"""`voice-stack evaluate`: speech measured, and listening tests."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from voice_stack.cli import listening
from voice_stack.cli.arguments import language_code, speech_settings
from voice_stack.cli.console import complain, remark, show_warnings, stderr_console

if TYPE_CHECKING:
    from voice_stack.lab.evaluation.evaluate import FileReport, Instruments, Summary
    from voice_stack.lab.evaluation.items import Item

_FILES = "files"
_EMBEDDED, _NOBODY = "embedded", "off"


class _FilesByDefault(TyperGroup):
    """`evaluate a.wav` is `evaluate files a.wav`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = [_FILES, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_FilesByDefault, help="Measure speech; let people judge it blind.", no_args_is_help=True)

Asr = Annotated[
    str,
    typer.Option(
        metavar="WHO",
        help="Who writes down what is heard: embedded (as the settings ASR_* say), the URL of a service with its /v1, "
        "or off.",
    ),
]
Dnsmos = Annotated[
    Path | None, typer.Option(metavar="PLACE", help="Network of DNSMOS. Absent: the package speechmos, if installed.")
]
UtmosFile = Annotated[Path | None, typer.Option("--utmos", metavar="FILE", help="Network of UTMOS, as ONNX.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything as JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="A line a file as CSV.")]
Reference = Annotated[
    Path | None,
    typer.Option(
        metavar="PLACE",
        help="Recording to compare with (speaker; of the same words, damage too), or a folder with one of the same "
        "name for each.",
    ),
]
Language = Annotated[
    str | None, typer.Option(help="Language of the texts (en, german ...). Absent: told by who listens.")
]


@app.command(_FILES)
def files(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Recordings, folders, or manifests (.jsonl, .csv, .tsv) with `path`."),
    ],
    text: Annotated[
        str | None, typer.Option(help="What they say. Absent: NAME.txt beside NAME.wav, or the manifest's `text`.")
    ] = None,
    reference: Reference = None,
    language: Language = None,
    asr: Asr = _EMBEDDED,
    dnsmos: Dnsmos = None,
    utmos: UtmosFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Measure recordings: intelligibility, speaker, quality, loudness. What cannot be measured says why."""
    from voice_stack.lab.evaluation.items import find_items

    items = find_items(paths, text=text, reference=reference, language=language_code(language))
    _report(items, asr, dnsmos, utmos, language_code(language), as_json=as_json, as_csv=as_csv)


@app.command("speech")
def speech(
    texts: Annotated[Path, typer.Argument(metavar="FILE", help="Sentences to speak, one a line.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the speech goes.")],
    voice: Annotated[str, typer.Option(help="A name that `voices list` shows.")] = "alloy",
    model: Annotated[str | None, typer.Option(help="As for `speak`. Absent: the one of TTS_ENGINE.")] = None,
    reference: Reference = None,
    language: Language = None,
    asr: Asr = _EMBEDDED,
    dnsmos: Dnsmos = None,
    utmos: UtmosFile = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Have an engine speak sentences, in this process, and measure what it says, and how long it takes."""
    from voice_stack.lab.evaluation.items import find_items

    sentences = [line.strip() for line in texts.read_text("utf-8").splitlines() if line.strip()]
    if not sentences:
        raise typer.BadParameter(f"There is no sentence in {texts}.")
    code = language_code(language)
    manifest = _speak(sentences, output, voice, model, code)
    items = find_items([manifest], reference=reference, language=code)
    _report(items, asr, dnsmos, utmos, code, as_json=as_json, as_csv=as_csv)


app.command("listen")(listening.listen)
app.command("results")(listening.show_results)


def _speak(sentences: Sequence[str], output: Path, voice: str, model: str | None, language: str | None) -> Path:
    """Speech of every sentence; a manifest that says what it is, and what it took."""
    from voice_stack.audio.formats import AudioFormat
    from voice_stack.audio.wav import complete_header
    from voice_stack.tts.service import DEFAULT_MODEL, SpeechService
    from voice_stack.tts.speaking.run import SpeechOptions

    console = stderr_console()
    show_warnings(console)
    output.mkdir(parents=True, exist_ok=True)
    lines = []
    with SpeechService(speech_settings(model)) as service:
        # What an engine does but once (it is loaded, its network is warmed) is no part of its speed.
        for number, text in enumerate([sentences[0], *sentences]):
            options = SpeechOptions(text, voice, model or DEFAULT_MODEL, language, audio_format=AudioFormat.WAV)
            path = output / f"{number:03d}.wav"
            begun = time.perf_counter()
            with service.start(options) as run:
                path.write_bytes(b"".join(run))
                report = run.report
                complete_header(path)
            rtf = (time.perf_counter() - begun) / report.audio_s
            if number == 0:
                path.unlink()
                continue
            facts = {"path": path.name, "text": text, "language": report.language, "rtf": round(rtf, 4)}
            lines.append(json.dumps(facts | {"engine": report.engine, "voice": report.voice}, ensure_ascii=False))
    remark(console, f"{output}: {len(lines)} files, engine {report.engine} ({report.model}), voice {report.voice}")
    manifest = output / "speech.jsonl"
    manifest.write_text("\n".join(lines) + "\n", "utf-8")
    return manifest


def _report(
    items: "Sequence[Item]",
    asr: str,
    dnsmos: Path | None,
    utmos: Path | None,
    language: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    from rich.progress import track

    from voice_stack.lab.evaluation.evaluate import Evaluator, summarise
    from voice_stack.lab.evaluation.rendering import to_csv, to_json

    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other.")
    console = stderr_console()
    show_warnings(console)
    instruments, close = _instruments(asr, dnsmos, utmos)
    try:
        evaluator = Evaluator(instruments, language)
        reports = [evaluator.evaluate(item) for item in track(items, "measuring", console=console, transient=True)]
    finally:
        close()
    summary = summarise(reports)
    if as_json:
        typer.echo(json.dumps(to_json(reports, summary), ensure_ascii=False, allow_nan=False))
    elif as_csv:
        typer.echo(to_csv(reports), nl=False)
    else:
        _show(reports, summary)
    failed = [report for report in reports if report.problem is not None]
    for report in failed:
        complain(console, f"{report.item.path}: {report.problem}")
    if failed:
        raise typer.Exit(1)


def _instruments(asr: str, dnsmos: Path | None, utmos: Path | None) -> "tuple[Instruments, Any]":
    """Networks that measure, and the call that frees them."""
    from voice_stack.apps.recogniser import build_recogniser
    from voice_stack.audio.quality.dnsmos import Dnsmos as DnsmosNetwork
    from voice_stack.audio.quality.dnsmos import find_network
    from voice_stack.core.settings import load_settings
    from voice_stack.lab.evaluation.evaluate import Instruments
    from voice_stack.lab.evaluation.utmos import Utmos
    from voice_stack.speaker.encoder import speaker_encoder
    from voice_stack.tts.settings import TtsSettings

    if asr not in (_EMBEDDED, _NOBODY) and not asr.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{asr!r} is neither {_EMBEDDED}, {_NOBODY} nor a URL.", param_hint="--asr")
    for option, place in (("--dnsmos", dnsmos), ("--utmos", utmos)):
        if place is not None and not place.exists():
            raise typer.BadParameter(f"There is no {place}.", param_hint=option)
    # A long recording on a slow machine takes its time, and nobody waits for an answer.
    where = {"tts_asr": asr} if asr in (_EMBEDDED, _NOBODY) else {"tts_asr": "service", "tts_asr_url": asr}
    settings = load_settings(TtsSettings, tts_asr_timeout_s=600, **where)
    recogniser = build_recogniser(settings)
    encoder = speaker_encoder(settings)
    network = find_network(dnsmos)
    instruments = Instruments(
        recogniser=recogniser,
        encoder=encoder if encoder.obstacle is None else None,
        dnsmos=None if network is None else DnsmosNetwork(network),
        utmos=None if utmos is None else Utmos(utmos),
        no_encoder=encoder.obstacle or "",
    )

    def close() -> None:
        encoder.close()
        if recogniser is not None:
            recogniser.close()

    return instruments, close


def _show(reports: "Sequence[FileReport]", summary: "Summary") -> None:
    from rich.console import Console
    from rich.table import Table

    from voice_stack.lab.evaluation.rendering import shown
    from voice_stack.lab.evaluation.values import Measure

    measured = [one for one in Measure if one in summary.estimates]
    table = Table("FILE", *(one.short for one in measured), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for report in reports:
        table.add_row(report.item.path.name, *(shown(report.values.get(one), one) for one in measured))
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print()
    for one in measured:
        found = summary.estimates[one]
        between = (
            ""
            if found.low is None or found.high is None
            else (f"  95 % between {found.low:.{one.digits}f} and {found.high:.{one.digits}f}")
        )
        unit = f" {one.unit}" if one.unit else ""
        line = f"{one:18} {found.value:.{one.digits}f}{unit}{between}  ({found.count} files; {one.meaning})"
        console.print(line, soft_wrap=True)
    for one, reason in summary.missing.items():
        console.print(f"{one:18} not available: {reason}", soft_wrap=True)
