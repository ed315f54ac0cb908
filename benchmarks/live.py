"""Live transcription: delays of words and turns at real-time speed, ten sessions at once, and a long session.

Words' ends are not labelled in the corpus: they come of an alignment of the reference text by pocketsphinx, which knows
nothing of the recogniser that is measured.
"""

import asyncio
import base64
import difflib
import io
import json
import os
import statistics
import threading
import time
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from openai import AsyncOpenAI

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Findings, Goal
from benchmarks.material import ROOT
from tests.live_server import MOONSHINE, Server, serve_asr
from tests.real_models import real_model
from voice_stack.asr.recognition.live import LiveTurn
from voice_stack.asr.recognition.live_input import LiveInput
from voice_stack.asr.recognition.run import TranscriptionOptions
from voice_stack.asr.service import TranscriptionService
from voice_stack.asr.settings import AsrSettings
from voice_stack.asr.types import RecognitionRequest
from voice_stack.audio.clip import Samples, to_s16le
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.resample import Resampler
from voice_stack.core.settings import load_settings

CORPUS: Final = ROOT.parent / "shared" / "corpus"
_HELLO: Final = (ROOT / "tests" / "fixtures" / "hello.wav", "the man was walking along the road")
_RATE: Final = 24_000
_FRAME_S: Final = 0.1
_TAIL_S: Final = 1.5
_SESSIONS: Final = 10
_FILM_S: Final = 180
_DELTA: Final = "conversation.item.input_audio_transcription.delta"
_COMPLETED: Final = "conversation.item.input_audio_transcription.completed"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording, and when each of its words ends, seconds."""

    path: Path
    text: str
    samples: Samples
    ends: Sequence[float]

    @property
    def end(self) -> float:
        """The end of the speech, seconds."""
        return self.ends[-1]


@dataclass(slots=True)
class Delays:
    """What was measured of some sessions, in seconds.

    Attributes:
        first: from a word's end to the event that brings it.
        final: to the event that ends its turn.
        turn: from the end of the speech to the last event.
        words: of the references, and those that were heard.
    """

    first: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    turn: list[float] = field(default_factory=list)
    words: list[int] = field(default_factory=lambda: [0, 0])


def live(bench: Bench, findings: Findings) -> None:
    """Delays of one session and of ten, with the embedded recogniser and with Whisper where it is at hand."""
    engines: dict[str, Mapping[str, str]] = {"moonshine": MOONSHINE}
    whisper = real_model("whisper-base")
    if whisper is not None and not bench.quick:
        engines["whisper base"] = {"ASR_MODEL": str(whisper), "ASR_LANGUAGE": "en"}
    for name, settings in engines.items():
        with serve_asr({"ASR_FALLBACK_ENGINES": "", **settings}) as server:
            clips = spoken_clips(server, 1 if bench.quick else 8)
            findings.used.append(f"{name}: {len(clips)} clips, {sum(len(c.samples) for c in clips) / _RATE:.0f} s")
            one_shot = {clip.path: _one_shot_s(server, clip) for clip in clips}
            alone = Delays()
            for clip in clips:
                asyncio.run(_stream(server, clip, alone))
            _report(findings, f"{name}, one session", alone)
            short = [clip for clip in clips if clip.end <= 4] or clips
            over = [turn - one_shot[clip.path] for clip, turn in zip(clips, alone.turn, strict=True) if clip in short]
            findings.figures.append(
                Figure(
                    f"{name}: turn up to 4 s, delay over idle one-shot of the clip",
                    over,
                    "s",
                    f"one-shot {statistics.median(one_shot[c.path] for c in short):.2f} s",
                    Goal(0.3),
                )
            )
            together = Delays()
            sessions = 2 if bench.quick else _SESSIONS
            asyncio.run(_many(server, clips, sessions, together))
            _report(findings, f"{name}, {sessions} sessions", together)
            findings.figures.append(
                Figure(
                    f"{name}: p95 of words' first form, {sessions} sessions over one",
                    [_p95(together.first) / _p95(alone.first)],
                    "x",
                    "",
                    Goal(1.5),
                )
            )
            _beside_films(server, clips, sessions, findings, name)


def _beside_films(server: Server, clips: Sequence[Spoken], sessions: int, findings: Findings, name: str) -> None:
    """The same sessions while films are subtitled, one after the other: what is late, and what is lost."""
    film = np.concatenate([np.concatenate([clip.samples, np.zeros(_RATE, np.float32)]) for clip in clips])
    sound = to_s16le(np.resize(film, _FILM_S * _RATE))
    # A film that was heard before is answered with what is known of it: each is another by its last sample.
    subtitles = [_subtitled(server, sound[:-2] + b"\x01\x00")]
    over = threading.Event()

    def films() -> None:
        while not over.is_set():
            subtitles.append(_subtitled(server, sound[:-2] + len(subtitles).to_bytes(1, "little") + b"\x01"))

    thread = threading.Thread(target=films)
    thread.start()
    beside = Delays()
    try:
        asyncio.run(_many(server, clips, sessions, beside))
    finally:
        over.set()
        thread.join()
    _report(findings, f"{name}, {sessions} sessions beside films", beside)
    same = sum(one == subtitles[0] for one in subtitles[1:])
    findings.used.append(
        f"{name}: beside the sessions {len(subtitles) - 1} films of {_FILM_S / 60:g} min, {same} with the subtitles of "
        "the one before them"
    )


def _subtitled(server: Server, sound: bytes) -> str:
    answer = httpx.post(
        f"{server.v1}/bazarr/asr",
        params={"output": "srt", "language": "en"},
        files={"audio_file": _wav(sound)},
        timeout=1800,
    )
    answer.raise_for_status()
    return answer.text


def _wav(sound: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(_RATE)
        writer.writeframes(sound)
    return file.getvalue()


def live_hour(bench: Bench, findings: Findings) -> None:
    """One endless turn through the core, as fast as it goes: cost and memory of each minute."""
    minutes = 1 if bench.quick else int(os.environ.get("LIVE_MINUTES", "60"))
    settings = load_settings(AsrSettings, asr_engine="moonshine")
    speech = np.concatenate([_decoded(path, 16_000) for path, _ in _material(12)])
    minute = np.resize(speech, 60 * 16_000)
    stop = threading.Event()
    costs: list[float] = []
    resident: list[float] = []
    with TranscriptionService(settings) as service:
        sound = LiveInput(16_000, None)
        with service.listen(TranscriptionOptions(RecognitionRequest(language="en")), stop) as seat:
            for _ in range(minutes):
                before = time.process_time()
                for start in range(0, len(minute), 4_800):
                    sound.append(minute[start : start + 4_800])
                    turn: LiveTurn | None = sound.turn
                    while turn is not None and (unit := turn.plan()) is not None:
                        turn.absorb(unit, seat.hear(unit))
                costs.append(time.process_time() - before)
                resident.append(_resident_mib())
    findings.used.append(f"moonshine, {minutes} minutes of one turn without an end, 0.3 s at a time")
    half = max(1, minutes // 2)
    findings.figures += [
        Figure("seconds of CPU for a minute of live sound", costs, "s", "all threads"),
        Figure(
            "last minutes' cost over the first ones'",
            [statistics.median(costs[half:] or costs) / statistics.median(costs[:half])],
            "x",
            "",
            Goal(1.1),
        ),
        Figure(
            "memory that a session's second half adds",
            [max(resident) - max(resident[:half])],
            "MiB",
            f"{resident[0]:.0f} MiB after a minute, {resident[-1]:.0f} MiB at the end",
            Goal(10.0),
        ),
    ]


def spoken_clips(server: Server, most: int) -> list[Spoken]:
    """Recordings with the ends of their words."""
    found = []
    for path, text in _material(most):
        with path.open("rb") as file:
            answer = httpx.post(
                f"{server.v1}/audio/alignments",
                data={"text": text, "language": "en", "model": "pocketsphinx"},
                files={"file": (path.name, file)},
                timeout=120,
            )
        if answer.status_code == 200 and (words := answer.json()["words"]):
            found.append(Spoken(path, text, _decoded(path, _RATE), [word["end"] for word in words]))
    if not found:
        raise RuntimeError("no recording could be aligned")
    return found


def _material(most: int) -> list[tuple[Path, str]]:
    """Recordings and their texts: of 2 to 4 and of 5 to 12 seconds by turns, of several speakers."""
    if not (CORPUS / "manifest.jsonl").exists() or most == 1:
        return [_HELLO]
    lines = [json.loads(line) for line in (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    clips = [
        line
        for line in lines
        if line.get("kind") == "asr" and line.get("language") == "en" and line.get("text") and not line.get("noisy")
    ]
    groups = [[line for line in clips if low <= line["duration_s"] <= high] for low, high in ((2.0, 4.0), (5.0, 12.0))]
    picked = [group[place * len(group) // (most // 2 or 1)] for place in range(most // 2 or 1) for group in groups]
    return [(CORPUS / line["path"], line["text"]) for line in picked]


def _decoded(path: Path, rate: int) -> Samples:
    with path.open("rb") as file, open_audio(file, DecodeLimits(max_seconds=120, timeout_s=30)) as source:
        samples = source.read(120).samples
    resampler = Resampler(16_000, rate)
    return np.concatenate([resampler.write(samples), resampler.finish()])


def _one_shot_s(server: Server, clip: Spoken) -> float:
    def once() -> float:
        started = time.perf_counter()
        with clip.path.open("rb") as file:
            answer = httpx.post(
                f"{server.v1}/audio/transcriptions",
                data={"model": "whisper-1", "language": "en"},
                files={"file": (clip.path.name, file)},
                timeout=120,
            )
        answer.raise_for_status()
        return time.perf_counter() - started

    return statistics.median(once() for _ in range(3))


async def _many(server: Server, clips: Sequence[Spoken], sessions: int, delays: Delays) -> None:
    async def one(number: int) -> None:
        await asyncio.sleep(0.37 * number)
        for place in range(2):
            await _stream(server, clips[(number + place) % len(clips)], delays)

    await asyncio.gather(*(one(number) for number in range(sessions)))


async def _stream(server: Server, clip: Spoken, delays: Delays) -> None:
    """Send a clip at the speed at which it was spoken, and note when its words come."""
    client = AsyncOpenAI(base_url=server.v1, api_key="unused", max_retries=0)
    sound = np.concatenate([clip.samples, np.zeros(round(_TAIL_S * _RATE), np.float32)])
    session: Any = {
        "type": "transcription",
        "audio": {
            "input": {
                "transcription": {"model": "whisper-1", "language": "en"},
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
            }
        },
    }
    heard: list[tuple[str, str, float]] = []
    finals: dict[str, float] = {}
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.recv()
        await connection.session.update(session=session)
        await connection.recv()
        started = time.perf_counter()

        async def speak() -> None:
            step = round(_FRAME_S * _RATE)
            for number, start in enumerate(range(0, len(sound), step)):
                await asyncio.sleep(started + (number + 1) * _FRAME_S - time.perf_counter())
                audio = base64.b64encode(to_s16le(sound[start : start + step])).decode()
                await connection.input_audio_buffer.append(audio=audio)

        speaking = asyncio.create_task(speak())
        open_items = 0
        while not (speaking.done() and not open_items):
            try:
                event: Any = await asyncio.wait_for(connection.recv(), 0.2 if not open_items else 60)
            except TimeoutError:
                continue
            at = time.perf_counter() - started
            if event.type == "input_audio_buffer.speech_started":
                open_items += 1
            elif event.type == _DELTA:
                heard.append((event.item_id, event.delta, at))
            elif event.type == _COMPLETED:
                open_items -= 1
                finals[event.item_id] = at
        await speaking
    _note(clip, heard, finals, delays)


def _note(clip: Spoken, heard: Sequence[tuple[str, str, float]], finals: Mapping[str, float], delays: Delays) -> None:
    """Lay what was heard against the reference, word by word."""
    words: list[tuple[str, float, float]] = []
    for item in dict.fromkeys(item for item, _, _ in heard):
        text, begun = "", []
        for other, delta, at in heard:
            if other == item:
                begun += [(len(text) + place, at) for place in range(len(delta))]
                text += delta
        place = 0
        for word in text.split():
            place = text.index(word, place)
            words.append((_bare(word), begun[place][1], finals[item]))
            place += len(word)
    reference = [_bare(word) for word in clip.text.split()]
    blocks = difflib.SequenceMatcher(None, reference, [word for word, _, _ in words], autojunk=False)
    matched = 0
    for block in blocks.get_matching_blocks():
        for step in range(block.size):
            end = clip.ends[min(block.a + step, len(clip.ends) - 1)]
            _, first, final = words[block.b + step]
            delays.first.append(first - end)
            delays.final.append(final - end)
            matched += 1
    delays.words[0] += len(reference)
    delays.words[1] += matched
    if finals:
        delays.turn.append(max(finals.values()) - clip.end)


def _bare(word: str) -> str:
    return "".join(c for c in word.lower() if c.isalnum())


def _p95(values: Sequence[float]) -> float:
    return float(np.percentile(values, 95))


def _report(findings: Findings, what: str, delays: Delays) -> None:
    said = f"{delays.words[1]} of {delays.words[0]} words"
    for kind, values, goals in (
        ("first form", delays.first, (Goal(1.0), Goal(2.0))),
        ("final form", delays.final, (None, None)),
        ("turn", delays.turn, (None, None)),
    ):
        findings.figures.append(Figure(f"{what}: {kind}, p50", [statistics.median(values)], "s", said, goals[0]))
        findings.figures.append(Figure(f"{what}: {kind}, p95", [_p95(values)], "s", said, goals[1]))


def _resident_mib() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system tells no memory")
