import json
import multiprocessing
from pathlib import Path

from voice_stack.tts.voices.custom.audit import MAX_FILES, AuditLog


def lines_of(folder: Path) -> list[dict[str, object]]:
    files = sorted(folder.glob("audit*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


def test_lines_are_added_with_their_time(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "voices")
    log.note("voice.created", voice="voice_1", consent=None)
    AuditLog(tmp_path / "voices").note("voice.deleted", voice="voice_1")
    first, second = lines_of(tmp_path / "voices")
    assert (first["event"], first["voice"], first["consent"]) == ("voice.created", "voice_1", None)
    assert second["event"] == "voice.deleted"
    assert float(str(second["at"])) >= float(str(first["at"])) > 1.7e9
    assert (tmp_path / "voices" / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_full_file_is_put_away_and_the_oldest_goes(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, max_bytes=1000)
    for number in range(400):
        log.note("speech", durably=False, number=number)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"audit.jsonl", *(f"audit.{number}.jsonl" for number in range(1, MAX_FILES))}
    kept = sorted(int(str(line["number"])) for line in lines_of(tmp_path))
    assert kept == list(range(kept[0], 400))
    assert all(path.stat().st_size < 1200 for path in tmp_path.iterdir())


def _write(folder: Path, writer: int) -> None:
    log = AuditLog(folder, max_bytes=4000)
    for number in range(50):
        log.note("speech", durably=False, number=writer * 1000 + number)


def test_processes_do_not_take_each_others_lines(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path, writer)) for writer in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert len({line["number"] for line in lines_of(tmp_path)}) == 200
