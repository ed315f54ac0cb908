"""Listening tests driven over HTTP, as a browser does it: blind, random, resumable, counted right."""

import contextlib
import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import wave
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.cli.test_main import voice_stack
from tests.e2e.conftest import write_wav
from voice_stack.core.errors import InvalidRequestError
from voice_stack.lab.listening.answers import Answers
from voice_stack.lab.listening.design import Method, design, trials

SYSTEMS = ("secret-alpha", "secret-beta", "secret-gamma")
SAMPLES = ("confidential-one", "confidential-two", "confidential-three", "confidential-four")
# Of the systems: what is heard tells the test, and it alone, which one it is.
PITCHES = {"secret-alpha": 220.0, "secret-beta": 440.0, "secret-gamma": 880.0}


def make_folders(folder: Path, systems: tuple[str, ...] = SYSTEMS) -> list[Path]:
    """A tone for each system, at levels of their own."""
    time = np.arange(16_000) / 16_000
    for number, system in enumerate(systems):
        (folder / system).mkdir(parents=True)
        for sample in SAMPLES:
            write_wav(
                folder / system / f"{sample}.wav", np.sin(2 * np.pi * PITCHES[system] * time) * 0.1 * (number + 1)
            )
    return [folder / system for system in systems]


@contextlib.contextmanager
def held(folder: Path, *arguments: str) -> Iterator[str]:
    """A test that is held by the command; its address."""
    command = [sys.executable, "-m", "voice_stack.cli.main", "evaluate", "listen", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


class Browser:
    """A listener's browser; keeps all that it was ever sent, but the sounds."""

    def __init__(self, url: str, listener: str | None = None) -> None:
        self.url = url
        self.seen = ""
        self.listener = listener or self.post("api/listeners", {"name": "Ann"}).json()["listener"]

    def post(self, path: str, body: object) -> httpx.Response:
        return self._kept(httpx.post(self.url + path, json=body, timeout=30))

    def get(self, path: str) -> httpx.Response:
        return self._kept(httpx.get(self.url + path, timeout=30))

    def trial(self, number: int | None = None) -> dict[str, object]:
        which = "" if number is None else f"&trial={number}"
        found: dict[str, object] = self.get(f"api/trial?listener={self.listener}{which}").json()
        return found

    def sounds(self, trial: dict[str, object]) -> list[bytes]:
        return [self.get(sound["url"]).content for sound in trial["sounds"]]  # type: ignore[attr-defined]

    def answer(self, number: object, value: object) -> httpx.Response:
        return self.post("api/answers", {"listener": self.listener, "trial": number, "value": value})

    def _kept(self, response: httpx.Response) -> httpx.Response:
        self.seen += str(response.url) + repr(response.headers)
        if not response.headers["content-type"].startswith("audio"):
            self.seen += response.text
        return response


def pitch(data: bytes) -> float:
    """Hz of a tone in a WAV file."""
    with wave.open(BytesIO(data)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        return float(np.argmax(np.abs(np.fft.rfft(samples))) * file.getframerate() / len(samples))


def system_of(data: bytes) -> str:
    found = pitch(data)
    return min(PITCHES, key=lambda system: abs(PITCHES[system] - found))


def test_ratings_are_blind_complete_and_survive_a_restart(tmp_path: Path) -> None:
    make_folders(tmp_path)
    scores = {"secret-alpha": "4", "secret-beta": "2", "secret-gamma": "5"}
    heard: list[str] = []
    with held(tmp_path, *SYSTEMS) as url:
        ann = Browser(url)
        for _ in range(5):
            trial = ann.trial()["trial"]
            assert isinstance(trial, dict)
            assert ann.answer(trial["number"], "3").status_code == 400, "an answer to what was not heard"
            (sound,) = ann.sounds(trial)
            heard.append(system_of(sound))
            assert ann.answer(trial["number"], scores[heard[-1]]).status_code == 200
    with held(tmp_path, *SYSTEMS) as url:
        again = Browser(url, ann.listener)
        assert (again.trial()["answered"], again.trial()["total"]) == (5, 12)
        while (trial := again.trial()["trial"]) is not None:
            assert isinstance(trial, dict)
            (sound,) = again.sounds(trial)
            heard.append(system_of(sound))
            again.answer(trial["number"], scores[heard[-1]])
        # Back to the first one, whose answer is taken over.
        first = again.trial(0)["trial"]
        assert isinstance(first, dict)
        assert first["answer"] == scores[heard[0]]
    assert Counter(heard) == dict.fromkeys(SYSTEMS, 4)
    for secret in (*SYSTEMS, *SAMPLES, str(tmp_path), ".wav"):
        assert secret not in ann.seen + again.seen
    told = json.loads(voice_stack(tmp_path, "evaluate", "results", "listening.sqlite", "--json").stdout)
    assert [(row["system"], row["value"], row["count"]) for row in told["systems"]] == [
        *(("secret-gamma", 5.0, 4), ("secret-alpha", 4.0, 4), ("secret-beta", 2.0, 4)),
    ]
    rows = list(
        csv.DictReader(voice_stack(tmp_path, "evaluate", "results", "listening.sqlite", "--csv").stdout.splitlines())
    )
    assert len(rows) == 12
    assert {(row["a"], row["value"]) for row in rows} == set(scores.items())
    assert ann.listener not in str(rows)


def test_comparisons_are_counted_whichever_side_they_stood_on(tmp_path: Path) -> None:
    make_folders(tmp_path, SYSTEMS[:2])
    with held(tmp_path, *SYSTEMS[:2], "--method", "ab", "--results", "ab.sqlite") as url:
        sides = []
        for _ in range(5):
            browser = Browser(url)
            while (trial := browser.trial()["trial"]) is not None:
                assert isinstance(trial, dict)
                heard = [system_of(sound) for sound in browser.sounds(trial)]
                sides.append(heard.index("secret-beta"))
                browser.answer(trial["number"], "AB"[sides[-1]])
    assert set(sides) == {0, 1}, "the preferred one was always on one side"
    told = json.loads(voice_stack(tmp_path, "evaluate", "results", "ab.sqlite", "--json").stdout)
    (pair,) = told["pairs"]
    assert (told["listeners"], told["answers"]) == (5, 20)
    assert (pair["first"], pair["second"], pair["first_preferred"]["value"]) == ("secret-alpha", "secret-beta", 0.0)
    assert pair["p"] == pytest.approx(2 / 2**20)
    shown = voice_stack(tmp_path, "evaluate", "results", "ab.sqlite").stdout
    assert "secret-alpha preferred to secret-beta: 0.000  95 % between 0.000 and 0.161" in shown


def test_x_is_one_of_the_two_and_right_answers_are_counted(tmp_path: Path) -> None:
    make_folders(tmp_path, SYSTEMS[:2])
    with held(tmp_path, *SYSTEMS[:2], "--method", "abx", "--results", "abx.sqlite", "--trials", "3") as url:
        browser = Browser(url)
        levels = []
        while (trial := browser.trial()["trial"]) is not None:
            assert isinstance(trial, dict)
            assert [sound["label"] for sound in trial["sounds"]] == ["A", "B", "X"]
            sounds = browser.sounds(trial)
            levels += [np.abs(np.frombuffer(sound[44:], "<i2").astype(float)).max() for sound in sounds]
            first, second, x = map(system_of, sounds)
            assert {first, second} == set(SYSTEMS[:2])
            browser.answer(trial["number"], "A" if x == first else "B")
    (pair,) = json.loads(voice_stack(tmp_path, "evaluate", "results", "abx.sqlite", "--json").stdout)["pairs"]
    assert (pair["right"]["value"], pair["right"]["count"]) == (1.0, 3)
    assert max(levels) / min(levels) < 1.5, "one was twice as loud in its file"


def test_the_page_asks_nobody_else_and_can_be_used_by_keys(tmp_path: Path) -> None:
    make_folders(tmp_path)
    with held(tmp_path, *SYSTEMS) as url:
        page = httpx.get(url)
        assert not re.findall(r"(?:src|href)=|https?://|@import", page.text)
        policy = page.headers["content-security-policy"]
        (nonce,) = set(re.findall(r'nonce="([^"]+)"', page.text))
        assert f"script-src 'nonce-{nonce}'" in policy
        assert "default-src 'none'" in policy
        for word in ('addEventListener("keydown"', 'role="alert"', "aria-pressed", "<label>"):
            assert word in page.text
        browser = Browser(url)
        trial = browser.trial()["trial"]
        assert isinstance(trial, dict)
        sound = url + trial["sounds"][0]["url"]
        part = httpx.get(sound, headers={"range": "bytes=4-9"})
        assert (part.status_code, part.content) == (206, httpx.get(sound).content[4:10])
        assert httpx.get(sound, headers={"range": "bytes=99999999-"}).status_code == 416
        # Another site's page, which has pointed its own name here, or sends a form.
        assert httpx.get(url, headers={"host": "evil.example"}).status_code == 400
        form = {"listener": browser.listener, "trial": "0", "value": "1"}
        assert httpx.post(url + "api/answers", data=form).status_code == 400
        for path, status in (
            ("api/trial?listener=nobody", 404),
            (f"api/trial?listener={browser.listener}&trial=99", 404),
            (f"api/trial?listener={browser.listener}&trial=x", 404),
            (f"sounds/{browser.listener}/0/{'0' * 32}", 404),
            (f"sounds/{browser.listener}/0/..%2f..%2fetc%2fpasswd", 404),
        ):
            assert browser.get(path).status_code == status
        httpx.get(sound)
        for number, value in ((0, "6"), (0, None), (99, "1"), ("0", "1"), (True, "1"), (None, "1")):
            assert browser.answer(number, value).status_code in (400, 404)
        assert browser.post("api/listeners", {"name": "x" * 100}).status_code == 400
        assert browser.post("api/listeners", []).status_code == 400


def test_orders_and_sides_differ_between_listeners_and_are_balanced(tmp_path: Path) -> None:
    test = design(Method.AB, make_folders(tmp_path))
    draw = random.Random(0)
    listeners = [f"listener {draw.random()}" for _ in range(200)]
    orders = [tuple((trial.sample, trial.systems) for trial in trials(test, one)) for one in listeners]
    assert len(set(orders)) == len(listeners)
    assert trials(test, listeners[0]) == trials(test, listeners[0])
    assert all(len(order) == len({(s, frozenset(p)) for s, p in order}) == 12 for order in orders)
    left = sum(pair == tuple(sorted(pair)) for order in orders for _, pair in order)
    # 2400 throws of a coin: five standard deviations are 122.
    assert abs(left - 1200) < 122
    first = Counter(order[0][0] for order in orders)
    assert set(first) == set(SAMPLES)
    assert len(trials(test, "a", 5)) == 5


def test_what_is_no_test_is_refused(tmp_path: Path) -> None:
    alpha, beta, gamma = make_folders(tmp_path)
    with pytest.raises(InvalidRequestError, match="at least"):
        design(Method.AB, [alpha])
    with pytest.raises(InvalidRequestError, match="same name"):
        design(Method.AB, [alpha, alpha])
    with pytest.raises(InvalidRequestError, match="no folder"):
        design(Method.MOS, [tmp_path / "gone"])
    for path in beta.iterdir():
        path.rename(path.with_stem(f"other-{path.stem}"))
    with pytest.raises(InvalidRequestError, match="no sample that every folder has"):
        design(Method.AB, [alpha, beta])
    Answers(tmp_path / "a.sqlite", design(Method.MOS, [alpha]))
    with pytest.raises(InvalidRequestError, match="another test"):
        Answers(tmp_path / "a.sqlite", design(Method.MOS, [gamma]))
    with pytest.raises(InvalidRequestError, match="no file"):
        Answers(tmp_path / "gone.sqlite")
    (tmp_path / "junk.sqlite").write_bytes(b"junk" * 1000)
    with pytest.raises(InvalidRequestError, match="holds no answers"):
        Answers(tmp_path / "junk.sqlite")
