"""Every file of the corpus through the service: accepted or refused as it should be, with the engine's own words."""

import collections
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.live_server import ROOT, Server, serve_asr
from voice_stack.asr.engines.moonshine.files import PACKAGE
from voice_stack.audio.clip import AudioClip, Samples, from_s16le
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.ffmpeg import ffmpeg_path
from voice_stack.audio.formats import AudioFormat

# The embedded engine of the platform: Moonshine where its wheel exists.
EMBEDDED = "moonshine" if importlib.util.find_spec(PACKAGE) else "pocketsphinx"


def decode(path: Path) -> Samples:
    """What `ffmpeg` makes of a file: mono, 16 kHz, s16."""
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", "16000"]
    pcm = subprocess.run([*command, "-f", "s16le", "-"], capture_output=True, check=True).stdout
    return from_s16le(pcm)


def corpus_files(corpus: Path, most: int | None) -> list[Path]:
    """All files, or of every third kind of source and container the first few."""
    kinds: dict[tuple[str, ...], list[Path]] = collections.defaultdict(list)
    for line in (corpus / "manifest.jsonl").read_text().splitlines():
        path = Path(json.loads(line)["path"])
        kinds[*path.parts[:-1][:2], path.suffix].append(corpus / path)
    every = 1 if most is None else 3
    return [path for paths in list(kinds.values())[::every] for path in paths[:most]]


@pytest.fixture(scope="module")
def greedy_server(tiny_ct2: Path) -> Iterator[Server]:
    """Without the temperature ladder: its upper steps draw at random, and no two runs of any engine agree."""
    settings = {"ASR_FALLBACK_ENGINES": "", "ASR_TEMPERATURE": "0", "ASR_CPU_THREADS": "1"}
    with serve_asr({"ASR_MODEL": str(tiny_ct2), **settings}) as server:
        yield server


Line = tuple[str, float, float]


def print_direct_transcripts(folder: str, *paths: str) -> None:
    """Print for each recording a line of JSON: text, start and end of each segment, and its length in seconds."""
    from faster_whisper import WhisperModel

    engine = WhisperModel(folder, device="cpu", compute_type="auto", cpu_threads=1)
    for path in paths:
        audio = decode(Path(path))
        segments, _ = engine.transcribe(audio, vad_filter=True, temperature=0)
        # The engine's times may lie after the end of the audio; the service's do not.
        end = len(audio) / 16_000
        print(json.dumps([[(s.text, *(round(min(time, end), 3) for time in (s.start, s.end))) for s in segments], end]))


def direct_transcripts(folder: Path, files: list[Path]) -> list[tuple[list[Line], float]]:
    """What faster-whisper says of each in a process like the server's.

    In this one libraries may have been loaded with other numbers of threads. Then their sums end in other digits, which
    decide where two words are as likely.
    """
    code = "import sys; from tests.e2e.test_corpus import print_direct_transcripts as run; run(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(folder), *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [([tuple(line) for line in lines], end) for lines, end in told]


@pytest.mark.parametrize("most", [1, pytest.param(None, marks=pytest.mark.long)])
def test_transcripts_equal_those_of_the_engine_called_directly(
    greedy_server: Server, tiny_ct2: Path, corpus: Path, most: int | None
) -> None:
    """Though four clients take turns on the engine, window by window: not a letter and not a millisecond differs."""
    different: list[str] = []
    files = corpus_files(corpus, most)

    def transcribe(path: Path) -> httpx.Response:
        return http.post(
            f"{greedy_server.v1}/audio/transcriptions",
            data={"model": "whisper-1", "response_format": "verbose_json"},
            files={"file": path.read_bytes()},
        )

    directly = direct_transcripts(tiny_ct2, files)
    with httpx.Client(timeout=120) as http, ThreadPoolExecutor(4) as clients:
        for path, response, (direct, end) in zip(files, clients.map(transcribe, files), directly, strict=True):
            assert response.status_code == 200, (path, response.text)
            body = response.json()
            served = [(s["text"], s["start"], s["end"]) for s in body["segments"]]
            if direct != served:
                different.append(f"{path.relative_to(corpus)}: {direct} != {served}")
            assert abs(body["duration"] - end) < 0.001, path
    print(f"{len(files) - len(different)} of {len(files)} transcripts are equal, texts and times")
    assert not different, f"{len(different)} of {len(files)} differ:\n" + "\n".join(different[:20])


@pytest.mark.parametrize(
    ("vad", "names"),
    [
        ("true", ["diarization/built_dev_conversation.flac", "multilingual/librivox_es.mp3"]),
        ("false", ["multilingual/librivox_de.mp3", "multilingual/librivox_es.mp3"]),
    ],
)
def test_words_follow_each_other_across_cuts(tiny_ct2: Path, corpus: Path, vad: str, names: list[str]) -> None:
    settings = {"ASR_CHUNK_S": "30", "ASR_VAD_ENABLED": vad, "ASR_TEMPERATURE": "0", "ASR_FALLBACK_ENGINES": ""}
    # With context the tiny model says the same for ever, or on some CPUs nothing more.
    settings["ASR_CONDITION_ON_PREVIOUS_TEXT"] = "false"
    with serve_asr({"ASR_MODEL": str(tiny_ct2), **settings}) as server:
        for name in names:
            url, data = f"{server.v1}/audio/transcriptions/verbose", {"model": "whisper-1"}
            body = httpx.post(url, data=data, files={"file": (corpus / name).read_bytes()}, timeout=120).json()
            words = [word for segment in body["segments"] for word in segment["words"]]
            assert len(words) > 50
            assert len({segment["seek"] for segment in body["segments"]}) > 2, "there was no cut"
            assert all(word["start"] <= word["end"] for word in words)
            assert all(a["end"] <= b["start"] for a, b in pairwise(words)), name
            assert words[-1]["end"] <= body["duration"]


def test_what_is_no_audio_is_refused(whisper_server: Server, corpus: Path) -> None:
    texts = [p for p in corpus.rglob("*") if p.suffix in (".md", ".txt", ".jsonl", ".rttm", ".stm")]
    assert len(texts) > 5
    for path in texts:
        response = httpx.post(
            f"{whisper_server.v1}/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": path.read_bytes()},
            timeout=60,
        )
        assert response.status_code == 400, path
        assert response.json()["error"]["code"] == "invalid_audio", path


@pytest.mark.long
@pytest.mark.parametrize("name", ["asr/jfk", "asr/ljspeech"])
def test_pocketsphinx_hears_real_sentences(sphinx_server: Server, corpus: Path, name: str) -> None:
    """The embedded engine is crude, and no noise generator: half of the words or more come out right."""
    import jiwer

    entries = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    entries = [e for e in entries if e["path"].startswith(name) and e.get("text")][:4]
    assert entries
    said, heard = [], []
    for entry in entries:
        response = httpx.post(
            f"{sphinx_server.v1}/audio/transcriptions",
            data={"model": "whisper-1"},
            files={"file": (corpus / entry["path"]).read_bytes()},
            timeout=120,
        )
        assert response.status_code == 200
        said.append(normal(entry["text"]))
        heard.append(normal(response.json()["text"]))
    assert jiwer.wer(said, heard) < 0.5


@pytest.mark.parametrize(
    ("engine", "count", "least_s"),
    [
        # In every run: `test_pieces_lose_nothing_and_double_nothing`.
        pytest.param(EMBEDDED, 6, 40, marks=pytest.mark.long),
        pytest.param("pocketsphinx", 12, 75, marks=pytest.mark.long),
    ],
)
def test_cuts_cost_no_words(corpus: Path, engine: str, count: int, least_s: int) -> None:
    """Real speech cut every 30 s, ten times as often as the service does it, against the same in one piece.

    The embedded engines are those here whose words mean something. Pocketsphinx differs at cuts because it measures the
    sound of every stretch anew, and stretches begin elsewhere; it is neither better nor worse for it.
    """
    import jiwer

    entries = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    entries = [e for e in entries if e["path"].startswith("asr/ljspeech/") and e.get("text")][:count]
    said = " ".join(normal(entry["text"]) for entry in entries)
    pause = np.zeros(8000, np.float32)
    speech = np.concatenate([part for entry in entries for part in (decode(corpus / entry["path"]), pause)])
    assert len(speech) > least_s * 16_000
    heard = {}
    for chunk_s in ("1800", "30"):
        with serve_asr({"ASR_ENGINE": engine, "ASR_CHUNK_S": chunk_s}) as server:
            answer = httpx.post(
                f"{server.v1}/audio/transcriptions",
                data={"model": "whisper-1"},
                files={"file": encode_whole(AudioClip(speech, 16_000), AudioFormat.WAV)},
                timeout=240,
            )
        heard[chunk_s] = normal(answer.json()["text"])
    whole, cut = jiwer.wer(said, heard["1800"]), jiwer.wer(said, heard["30"])
    differ = jiwer.wer(heard["1800"], heard["30"])
    print(f"word error rate {whole:.3f} in one piece, {cut:.3f} cut every 30 s; {differ:.3f} of the words differ")
    assert cut < whole + 0.05
    assert differ < 0.2


def normal(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c in " '").strip()
