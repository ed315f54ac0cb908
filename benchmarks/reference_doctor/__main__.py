"""Verdicts of the reference doctor, kind by kind: `python -m benchmarks.reference_doctor`.

Clean recordings of a corpus (a folder with `manifest.jsonl`) are examined as they are, which gives the false alarms,
and spoilt in known ways, which gives what is found. SPEAKER_MODEL and TTS_REFERENCE_DNSMOS add their measures.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from benchmarks.material import ROOT
from benchmarks.reference_doctor.cases import Case, Clean, cases
from voice_stack.core.settings import Settings, load_settings
from voice_stack.tts.voices.doctor import read_recording, reference_doctor
from voice_stack.tts.voices.report import Report, Verdict

# Sets of the corpus in which people read aloud in quiet rooms.
_QUIET: Final = (
    *(
        "asr/librispeech_test-other",
        "asr/librispeech_test-clean",
        "asr/ljspeech",
        "speaker/librispeech_train-clean-100",
    ),
    "multilingual/leopard",
)
_SECONDS: Final = 6.0


def clean_recordings(corpus: Path, most: int) -> list[Clean]:
    """Quiet readings of six seconds or more, up to `most` of each speaker."""
    taken: Counter[str] = Counter()
    found = []
    for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines():
        facts = json.loads(line)
        path, speaker = facts["path"], str(facts.get("speaker") or facts["path"])
        if not path.startswith(_QUIET) or facts["duration_s"] < _SECONDS or taken[speaker] >= most:
            continue
        taken[speaker] += 1
        with (corpus / path).open("rb") as file:
            found.append(Clean(speaker, read_recording(file)))
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Examine and print a table in Markdown; the exit code is 1 where there is no corpus."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reference_doctor", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--most", type=int, default=8, help="recordings of each kind")
    parser.add_argument("--each", type=int, default=4, help="clean recordings of each speaker")
    parser.add_argument("--only", nargs="*", default=[""], help="kinds with one of these in their name")
    arguments = parser.parse_args(words)
    if not (arguments.corpus / "manifest.jsonl").is_file():
        print("There is no corpus: name one by --corpus.", file=sys.stderr)
        return 1
    doctor = reference_doctor(load_settings(Settings))
    every = cases(clean_recordings(arguments.corpus, arguments.each), arguments.most)
    missing: dict[str, str] = {}
    print("| recording | n | good | usable | unusable | found | what is said most |")
    print("|---|---|---|---|---|---|---|")
    for kind, of_kind in groupby(every, key=lambda case: case.kind):
        if not any(part in kind for part in arguments.only):
            continue
        judged = [(case, doctor.examine(case.clip)) for case in of_kind]
        print(_row(kind, judged), flush=True)
        missing |= {name: reason for _, report in judged for name, reason in report.not_available.items()}
    for name, reason in missing.items():
        print(f"\n{name} was not available for some: {reason}")
    return 0


def _row(kind: str, judged: list[tuple[Case, Report]]) -> str:
    verdicts = Counter(report.verdict for _, report in judged)
    codes = Counter(code for _, report in judged for code in set(report.codes))
    expected = judged[0][0].expected
    hits = sum(bool(case.expected & set(report.codes)) for case, report in judged)
    alarms = sum(report.verdict is not Verdict.GOOD for _, report in judged)
    told = f"{hits}/{len(judged)}" if expected else f"{alarms} false alarms"
    said = ", ".join(f"{code} {count}" for code, count in codes.most_common(4))
    counts = " | ".join(str(verdicts[verdict]) for verdict in Verdict)
    return f"| {kind} | {len(judged)} | {counts} | {told} | {said} |"


if __name__ == "__main__":
    sys.exit(main())
