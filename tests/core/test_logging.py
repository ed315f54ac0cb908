"""The lines that the services log."""

import contextvars
import json
import logging
import threading
from collections.abc import Iterator

import pytest

from voice_stack.core.logging import LogFormat, LogLevel, configure_logging, request_id

NAMES = ("voice_stack", "voice_stack.asr", "voice_stack.tts", "uvicorn", "uvicorn.error", "uvicorn.access")


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, *NAMES)]
    before = [(logger, logger.level, list(logger.handlers), logger.propagate) for logger in loggers]
    yield
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


def _json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().err.splitlines()]


def test_a_json_line_carries_its_extras(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON)
    token = request_id.set("req_1")
    logging.getLogger("voice_stack.asr").info("wrote %d Wörter", 3, extra={"rtf": 0.25, "model": "kleines 模型"})
    request_id.reset(token)
    (line,) = _json_lines(capsys)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "voice_stack.asr",
        "message": "wrote 3 Wörter",
        "request_id": "req_1",
        "rtf": 0.25,
        "model": "kleines 模型",
    }


def test_letters_are_not_escaped_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON)
    logging.getLogger("voice_stack.tts").info("Grüße")
    assert "Grüße" in capsys.readouterr().err


def test_what_json_cannot_say_is_said_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON)
    extras = {"a": float("nan"), "b": [float("inf")], "c": {1: LogLevel}, "d": {2}, "level": "mine"}
    logging.getLogger("voice_stack").warning("line\ntwo", extra=extras)
    (line,) = _json_lines(capsys)
    assert (line["a"], line["b"], line["d"]) == ("nan", ["inf"], "{2}")
    assert (line["message"], line["level"]) == ("line\ntwo", "WARNING")


def test_an_exception_is_part_of_its_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON)
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError:
        logging.getLogger("voice_stack.asr").exception("broke")
    (line,) = _json_lines(capsys)
    assert "ZeroDivisionError: why" in str(line["exception"])


def test_a_human_line_has_id_and_extras(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogLevel.INFO, LogFormat.HUMAN)
    logging.getLogger("voice_stack.asr").info("transcribed", extra={"rtf": 0.25, "model": "tiny"})
    assert capsys.readouterr().err.endswith(" INFO    [-] voice_stack.asr: transcribed rtf=0.25 model=tiny\n")


@pytest.mark.parametrize("text", ["a\n2026-01-01 00:00:00.000 ERROR   [-] forged", "a\r\x1b[2Jb\x7f"])
def test_a_text_forges_no_human_line(capsys: pytest.CaptureFixture[str], text: str) -> None:
    configure_logging(LogLevel.INFO, LogFormat.HUMAN)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("voice_stack.asr").exception("%s", text, extra={"name_of_file": text})
    lines = capsys.readouterr().err.rstrip("\n").split("\n")
    assert [line for line in lines if line[:4].isdigit()] == lines[:1]
    assert not any(character in line for line in lines for character in "\r\x1b\x7f")


@pytest.mark.parametrize("format", list(LogFormat))
def test_threads_log_the_id_of_the_request_they_work_for(capsys: pytest.CaptureFixture[str], format: LogFormat) -> None:
    configure_logging(LogLevel.INFO, format)
    token = request_id.set("req_7")
    work = contextvars.copy_context()
    request_id.reset(token)
    thread = threading.Thread(target=work.run, args=(logging.getLogger("voice_stack.asr").info, "in a thread"))
    thread.start()
    thread.join()
    logging.getLogger("voice_stack.asr").info("outside")
    inside, outside = capsys.readouterr().err.splitlines()
    assert "req_7" in inside
    assert "req_7" not in outside


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        (LogLevel.DEBUG, ["asr debug", "tts info", "uvicorn.error info", "lib warning"]),
        (LogLevel.INFO, ["tts info", "uvicorn.error info", "lib warning"]),
        (LogLevel.WARNING, ["lib warning"]),
        (LogLevel.ERROR, ["lib warning"]),
    ],
)
def test_levels_are_the_projects_and_libraries_stay_quiet(
    capsys: pytest.CaptureFixture[str], level: LogLevel, shown: list[str]
) -> None:
    configure_logging(level, LogFormat.JSON)
    logging.getLogger("voice_stack.asr").debug("asr debug")
    logging.getLogger("voice_stack.tts").info("tts info")
    logging.getLogger("uvicorn.error").debug("uvicorn.error debug")
    logging.getLogger("uvicorn.error").info("uvicorn.error info", extra={"color_message": "x"})
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("some.library").info("lib info")
    logging.getLogger("some.library").warning("lib warning")
    lines = _json_lines(capsys)
    assert [line["message"] for line in lines] == shown
    assert all("color_message" not in line for line in lines)


def test_configuring_twice_logs_once(capsys: pytest.CaptureFixture[str]) -> None:
    for format in LogFormat:
        configure_logging(LogLevel.INFO, format)
    logging.getLogger("voice_stack.asr").info("once")
    assert [line["message"] for line in _json_lines(capsys)] == ["once"]
