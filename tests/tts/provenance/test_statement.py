"""The statement says that speech is synthetic, and neither what was said nor by whose voice."""

from datetime import date

import pytest

from voice_stack.tts.provenance.statement import DigitalSource, Statement, read_statement, today

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OURS = Statement(DigitalSource.TRAINED, "kokoro", "kokoro-v1.0", date(2026, 11, 29))


def test_the_line_says_it_in_words_and_in_the_iptcs_terms() -> None:
    assert OURS.line.startswith("AI-generated speech")
    assert f"digitalSourceType={IPTC}trainedAlgorithmicMedia;" in OURS.line
    assert "engine=kokoro; model=kokoro-v1.0; generated=2026-11-29" in OURS.line
    assert OURS.line.isascii()
    assert OURS.line.isprintable()


def test_what_is_written_is_read_again() -> None:
    assert read_statement(OURS.tags.items()) == OURS
    assert read_statement([("comment", OURS.line)]) == OURS
    assert OURS.generated_at == "2026-11-29T00:00:00Z"
    rules = Statement(DigitalSource.ALGORITHMIC, "espeak", "espeak-ng", today())
    assert read_statement(rules.tags.items()) == rules


def test_a_model_cannot_say_more_than_its_name() -> None:
    odd = Statement(DigitalSource.TRAINED, "e", "a; generated=1999-01-01\n=x\u2028" + "y" * 999, date(2026, 1, 2))
    read = read_statement(odd.tags.items())
    assert read is not None
    assert (read.engine, read.generated) == ("e", date(2026, 1, 2))
    assert len(odd.line) < 500
    assert odd.line.isprintable()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], None),
        ([("comment", "AI-generated, they say"), ("title", "trainedAlgorithmicMedia")], None),
        ([("digitalsourcetype", f"{IPTC}humanEdits")], None),
        ([("digitalsourcetype", f"{IPTC}digitalCapture")], None),
        ([("xmp", f"<x>{IPTC.replace('http:', 'https:')}trainedalgorithmicmedia</x>")], DigitalSource.TRAINED),
        ([("comment", f"a {IPTC}compositeSynthetic b")], DigitalSource.COMPOSITE_SYNTHETIC),
    ],
)
def test_others_are_believed_when_they_use_the_term(
    tags: list[tuple[str, str]], expected: DigitalSource | None
) -> None:
    read = read_statement(tags)
    assert (read.source if read else None) == expected
    assert read is None or (read.model, read.generated) == ("", None)


def test_a_day_that_is_none_is_not_told() -> None:
    read = read_statement([("comment", OURS.line.replace("2026-11-29", "2026-13-99"))])
    assert read is not None
    assert read.generated_at is None
