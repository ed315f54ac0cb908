"""`voice-stack evaluate` on real files: what is measured, what is not, and that the two are told apart."""

import csv
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from typer.testing import CliRunner

from tests.cli.test_main import voice_stack
from tests.conftest import RealModel
from tests.e2e.conftest import HELLO, write_wav
from tests.live_server import MOONSHINE, serve_asr
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.decode import DecodeLimits, open_audio
from voice_stack.audio.recogniser import Heard, HeardWord
from voice_stack.cli.main import app
from voice_stack.core.errors import InvalidRequestError, ServiceUnavailableError
from voice_stack.lab.evaluation.evaluate import Evaluator, Instruments, summarise
from voice_stack.lab.evaluation.items import Item, find_items
from voice_stack.lab.evaluation.utmos import Utmos
from voice_stack.lab.evaluation.values import Measure, Missing

SAID = "The man was walking along the road."


def sample() -> AudioClip:
    with HELLO.open("rb") as file, open_audio(file, DecodeLimits(60.0)) as sound:
        return sound.read(60.0)


def network(path: Path, rank: int) -> Path:
    """A network with the shape of UTMOS's: it answers with three and the mean of the samples."""
    shape = ["batch", "time"][2 - rank :]
    nodes = [
        helper.make_node("ReduceMean", ["sound"], ["mean"], keepdims=0),
        helper.make_node("Add", ["mean", "three"], ["score"]),
    ]
    three = helper.make_tensor("three", TensorProto.FLOAT, [], [3.0])
    sound = helper.make_tensor_value_info("sound", TensorProto.FLOAT, shape)
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, [])
    graph = helper.make_graph(nodes, "utmos", [sound], [score], [three])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def test_files_are_measured_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.wav").symlink_to(HELLO)
    (tmp_path / "in" / "a.txt").write_text(SAID)
    write_wav(tmp_path / "in" / "b.wav", np.zeros(16_000, np.float32))
    arguments = ("evaluate", "in", "--reference", str(HELLO), "--utmos", str(network(tmp_path / "u.onnx", 2)))
    done = voice_stack(tmp_path, *arguments, "--json", ASR_ENGINE="moonshine")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    heard, silent = told["files"]
    assert heard["heard"] == SAID
    assert heard["recogniser"].startswith("moonshine/")
    assert (heard["values"]["wer"], heard["values"]["cer"]) == (0, 0)
    assert heard["values"]["utmos"] == pytest.approx(3.0, abs=0.01)
    assert heard["values"]["snr_db"] > 15
    assert -40 < heard["values"]["loudness_lufs"] < -5
    assert heard["values"]["similarity"] is None
    assert "SPEAKER_MODEL" in heard["not_available"]["similarity"]
    assert "no text" in silent["not_available"]["wer"]
    assert silent["values"]["loudness_lufs"] is None
    assert told["summary"]["wer"]["files"] == 1
    assert told["summary"]["seconds"]["files"] == 2
    assert "rtf" in told["not_available"]


def test_a_service_can_listen_and_a_table_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'path,text,language\n{HELLO},"{SAID}",english\n')
    with serve_asr(MOONSHINE) as asr:
        done = voice_stack(tmp_path, "evaluate", "a.csv", "--asr", asr.v1, "--csv")
        shown = voice_stack(tmp_path, "evaluate", str(HELLO), "--asr", "off", "--text", SAID)
    (line,) = csv.DictReader(done.stdout.splitlines())
    assert (line["wer"], line["heard"], line["utmos"]) == ("0.0", SAID, "")
    assert "wer                not available: Nobody listens" in shown.stdout
    assert "utmos              not available: There is no UTMOS model" in shown.stdout


def test_a_file_that_cannot_be_read_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_text("no sound")
    done = voice_stack(tmp_path, "evaluate", "bad.wav", str(HELLO), "--asr", "off", "--json")
    assert done.returncode == 1
    assert "bad.wav" in done.stderr
    bad, good = json.loads(done.stdout)["files"]
    assert bad["problem"]
    assert bad["values"] == {}
    assert good["values"]["seconds"] > 1


def test_speech_of_an_engine_is_made_timed_and_measured(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("The man was walking along the road.\n\nMy mother made breakfast.\n")
    done = voice_stack(tmp_path, "evaluate", "speech", "texts.txt", "-o", "out", "--json", ASR_ENGINE="moonshine")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [Path(file["path"]).name for file in told["files"]] == ["001.wav", "002.wav"]
    assert 0 < told["summary"]["rtf"]["value"] < 5
    assert 0 <= told["summary"]["wer"]["value"] < 1
    assert len((tmp_path / "out" / "speech.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.wav",), "no file gone.wav"),
        ((str(HELLO), "--asr", "my-ears"), "neither embedded, off nor a URL"),
        ((str(HELLO), "--utmos", "gone.onnx"), "no gone.onnx"),
        ((str(HELLO), "--reference", "gone"), "no file gone"),
    ],
)
def test_what_is_not_there_is_named(arguments: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["evaluate", *arguments], env={"COLUMNS": "200"})
    assert done.exit_code != 0
    assert said in f"{done.output} {done.exception}"


def test_manifests_name_their_mistakes(tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    for text, said in (
        ("{", "line 1: it is no JSON"),
        ("[]", "no JSON object"),
        ('{"text": "a"}', "entry 1: there is no `path`"),
        ('{"path": "gone.wav"}', "there is no file"),
        (f'{{"path": "{HELLO}", "language": "klingon-ish"}}', "no language"),
    ):
        manifest.write_text(text)
        with pytest.raises(InvalidRequestError, match=said):
            find_items([manifest])


def test_references_of_a_folder_are_found_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "ref").mkdir()
    (tmp_path / "ref" / "hello.flac").touch()
    other = write_wav(tmp_path / "other.wav", np.zeros(100, np.float32))
    first, second = find_items([HELLO, other], reference=tmp_path / "ref", text="All say this.")
    assert (first.reference, second.reference) == (tmp_path / "ref" / "hello.flac", None)
    assert first.text == second.text == "All say this."


class Deaf:
    """A listener that is away."""

    def transcribe(self, clip: AudioClip, language: str | None = None, *, words: bool = False) -> Heard:
        raise ServiceUnavailableError("Nobody answers.")

    def align(self, clip: AudioClip, words: object, language: str) -> tuple[HeardWord, ...]:
        return ()


def test_a_listener_that_is_away_makes_no_number() -> None:
    report = Evaluator(Instruments(recogniser=Deaf())).evaluate(Item(HELLO, SAID))
    assert report.values[Measure.WER] == Missing("Nobody answers.")
    summary = summarise([report])
    assert Measure.WER not in summary.estimates
    assert summary.missing[Measure.WER] == "Nobody answers."


def test_a_network_of_another_kind_makes_no_number(tmp_path: Path) -> None:
    assert isinstance(Utmos(network(tmp_path / "one.onnx", 1))(sample()), float)
    (tmp_path / "junk.onnx").write_bytes(b"junk")
    assert isinstance(Utmos(tmp_path / "junk.onnx")(sample()), Missing)


def test_real_opinion_tells_clean_from_noisy(real_model: RealModel) -> None:
    from voice_stack.audio.quality.dnsmos import Dnsmos, find_network

    place = find_network(real_model("dnsmos"))
    assert place is not None
    opinion = Dnsmos(place)
    noise = np.random.default_rng(0).normal(0, 0.05, len(sample().samples)).astype(np.float32)
    noisy = AudioClip(np.clip(sample().samples + noise, -1, 1), 16_000)
    assert opinion(sample()).overall > opinion(noisy).overall + 0.3
