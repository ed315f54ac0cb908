import json
import time

import pytest

from voice_stack.core.errors import InvalidRequestError
from voice_stack.tts.voices.custom.records import (
    CONSENT_ID,
    MAX_NAME_LENGTH,
    VOICE_ID,
    Check,
    KeptFile,
    Status,
    UnreadableRecordError,
    Verification,
    VoiceRecord,
    checked_name,
    new_id,
    parse_record,
    record_bytes,
)

UNSEEN = Check(status=Status.NOT_VERIFIED, reason="a test")
FILE = KeptFile(sha256="0" * 64, bytes=1)
RECORD = VoiceRecord(
    id=new_id("voice"),
    name="Anna",
    created_at=1,
    seconds=3.5,
    prepared=("a", "b"),
    original=FILE,
    reference=FILE,
    verification=Verification(phrase=UNSEEN, speaker=UNSEEN, synthetic=UNSEEN),
)


def test_a_record_is_read_as_it_was_written() -> None:
    data = record_bytes(RECORD)
    assert parse_record(data, VoiceRecord) == RECORD
    assert json.loads(data)["schema"] == 1


def test_fields_of_later_programs_are_passed_over() -> None:
    content = {**json.loads(record_bytes(RECORD)), "mood": "cheerful"}
    assert parse_record(json.dumps(content).encode(), VoiceRecord) == RECORD


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 2}, "version 2, and this program knows 1"),
        ({"id": "voice_../../etc"}, "id makes no sense"),
        ({"seconds": float("nan")}, "seconds"),
        ({"reference": {"sha256": "x", "bytes": 1}}, "reference.sha256"),
        ({"verification": {}}, "verification"),
        ({"name": 5}, "name"),
    ],
)
def test_a_record_that_makes_no_sense_is_told(change: dict[str, object], told: str) -> None:
    content = {**json.loads(record_bytes(RECORD)), **change}
    with pytest.raises(UnreadableRecordError, match=told):
        parse_record(json.dumps(content).encode(), VoiceRecord)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_record_is_told(data: bytes) -> None:
    with pytest.raises(UnreadableRecordError):
        parse_record(data, VoiceRecord)


def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_id("cons") for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(CONSENT_ID.fullmatch(id) for id in ids)
    time.sleep(0.002)
    assert new_id("cons") > max(ids)
    assert VOICE_ID.fullmatch(new_id("voice"))


@pytest.mark.parametrize("name", ["Anna", "  Anna  ", "a/../b", "Zoë 👩‍👩‍👧", "我的声音", "x" * MAX_NAME_LENGTH])
def test_names_are_any_text_that_can_be_shown(name: str) -> None:
    assert checked_name(name) == name.strip()


def test_names_have_one_spelling() -> None:
    assert checked_name("Zoe\u0308") == "Zo\u00eb"


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "   ",
        "a\0b",
        "a\nb",
        "\x1b[31m",
        "a\u202eb",
        "\ud800",
        "\u2028",
        "x" * (MAX_NAME_LENGTH + 1),
        "x" * 10**6,
    ],
)
def test_other_names_are_refused(name: str | None) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        checked_name(name)
    assert caught.value.param == "name"
    assert len(caught.value.message) < 200
