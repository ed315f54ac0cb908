"""`voice-stack provenance`: is a sound file marked as synthetic?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_stack.core.errors import InvalidAudioError

if TYPE_CHECKING:
    from voice_stack.tts.provenance.detection import Finding


def provenance(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A sound file of any kind.", show_default=False)],
) -> None:
    """Look for the marks of synthetic speech in a file: metadata, inaudible watermark, C2PA.

    Nothing found proves nothing: marks can be lost. The exit status is 0 either way.
    """
    from rich.console import Console
    from rich.table import Table

    from voice_stack.audio.decode import DecodeLimits
    from voice_stack.cli.arguments import speech_settings
    from voice_stack.tts.provenance.detection import detect

    limits = DecodeLimits(speech_settings(None).provenance.provenance_max_s)
    try:
        with file.open("rb") as opened:
            findings = detect(opened, limits)
    except OSError as error:
        raise InvalidAudioError(f"{file}: {error.strerror or error}") from error
    table = Table("MARK", "FOUND", "WHAT IT SAYS", box=None, pad_edge=False)
    for finding in findings.results:
        table.add_row(finding.kind, "yes" if finding.detected else "no", _told(finding))
    for kind, install in findings.unavailable.items():
        table.add_row(kind, "not looked for", install)
    Console(highlight=False, markup=False).print(table)


def _told(finding: "Finding") -> str:
    facts = (
        ("model", finding.model),
        ("generated", finding.generated_at),
        ("confidence", None if finding.confidence is None else f"{finding.confidence:.2f}"),
        ("signature", finding.validation_state),
        ("signed by", finding.issuer),
    )
    return ", ".join(f"{name} {value}" for name, value in facts if value)
