"""What every test rests on."""

import fcntl
import gc
import importlib.util
import os
import ssl
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.real_models import real_model as find_real_model
from tests.tiny_whisper.build import OPENAI_NAME, build_ct2, build_openai
from voice_stack.cli.env_example import setting_classes
from voice_stack.core.settings import SettingsGroup
from voice_stack.core.settings_report import owned_settings

# Folders whose modules take longest go first, so that the processes of a run end together.
FIRST = ("e2e", "engines", "node", "test_contract_probe.py", "test_new_engine.py", "jobs", "tts", "asr")


def pytest_configure() -> None:
    """Give torch, which nothing has imported yet, one thread, and let no thread of OpenMP spin while it waits.

    The models are tiny here, and threads of several processes take the cores from each other: in three processes that
    spin, what computes costs 1.7 times the processor's time.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Every client of a test reads all certificates of the world again, a twentieth of a second, for plain HTTP.
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        part = item.path.relative_to(Path(__file__).parent).parts[0]
        return FIRST.index(part) if part in FIRST else len(FIRST)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Spare the garbage collector the half million objects that live as long as the run: many tests call it."""
    gc.collect()
    gc.freeze()


_LAST_MODULE = pytest.StashKey[str]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The same for what the modules before have imported: with torch and the engines a collection takes a second."""
    module = item.nodeid.partition("::")[0]
    if item.config.stash.get(_LAST_MODULE, "") != module:
        item.config.stash[_LAST_MODULE] = module
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _settings_come_from_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep a developer's `.env` and exported variables out of the tests, and of the servers that they start.

    What applications in this process keep is in a folder of the session's.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SettingsGroup.model_config, "env_file", None)
        patch.setenv("VOICE_STACK_CONFIG", "")
        for owned in owned_settings(*setting_classes()):
            for name in owned.variables.values():
                patch.delenv(name, raising=False)
                patch.delenv(f"{name}_FILE", raising=False)
        patch.setenv("DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


BuildOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def build_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> BuildOnce:
    """`build_once("name", build)`: a folder that one of the run's processes fills, for all of them to read."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def make(name: str, build: Callable[[Path], object]) -> Path:
        folder, done = shared / "built" / name, shared / "built" / f"{name}.done"
        folder.mkdir(parents=True, exist_ok=True)
        with (shared / "built" / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                build(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_ct2(build_once: BuildOnce) -> Path:
    """The tiny Whisper as a faster-whisper model folder."""
    return build_once("tiny-digits", build_ct2)


@pytest.fixture(scope="session")
def tiny_pt(build_once: BuildOnce) -> Path:
    """The tiny Whisper as a checkpoint of openai-whisper."""
    return build_once("checkpoints", build_openai) / OPENAI_NAME


@pytest.fixture(scope="session")
def tiny_xtts(build_once: BuildOnce) -> Path:
    """A folder with a tiny XTTS-v2 of random weights, in the layout of the real one."""
    if importlib.util.find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed (extra `coqui`)")
    from tests.tiny_xtts.build import build_xtts

    return build_once("tiny-xtts", build_xtts)


@pytest.fixture(scope="session")
def brief_xtts(build_once: BuildOnce) -> Path:
    """The same, whose utterances end within a second: for tests that speak often."""
    if importlib.util.find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed (extra `coqui`)")
    from tests.tiny_xtts.build import build_xtts

    return build_once("brief-xtts", lambda folder: build_xtts(folder, most_tokens=20))


@pytest.fixture(scope="session")
def tiny_pocket(build_once: BuildOnce) -> Path:
    """A folder with a tiny Pocket TTS of random weights, in the layout of the real one, and two ready-made voices."""
    if importlib.util.find_spec("pocket_tts") is None:
        pytest.skip("pocket-tts is not installed (extra `pocket`)")
    from tests.tiny_pocket.build import build_pocket

    return build_once("tiny-pocket", build_pocket)


@pytest.fixture(scope="session")
def tiny_piper(build_once: BuildOnce) -> Path:
    """A folder of tiny Piper voices: en_US-alto-medium, en_US-choir-medium, en_US-soft-medium, de_DE-bass-low."""
    if importlib.util.find_spec("piper") is None:
        pytest.skip("piper-tts is not installed (extra `piper`)")
    from tests.tiny_voices.piper import build_voices

    return build_once("piper-voices", build_voices)


@pytest.fixture(scope="session")
def chatterbox_double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder as Chatterbox's model, for the double of chatterbox-tts, which can be imported meanwhile."""
    doubles = Path(__file__).parent / "doubles"
    folder = tmp_path_factory.mktemp("chatterbox") / "hum"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(doubles)
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(doubles), os.environ.get("PYTHONPATH", "")])))
        from tests.doubles.build import build_chatterbox

        yield build_chatterbox(folder)


@pytest.fixture(scope="session")
def tiny_supertonic(build_once: BuildOnce) -> Path:
    """A tiny Supertonic in the hub's layout, whose voices hum: F1, F2, M1."""
    if importlib.util.find_spec("sherpa_onnx") is None:
        pytest.skip("sherpa-onnx is not installed (extra `sherpa`)")
    from tests.tiny_supertonic.build import build_supertonic

    return build_once("tiny-supertonic", build_supertonic)


@pytest.fixture(scope="session")
def tiny_kokoro(build_once: BuildOnce) -> Path:
    """A tiny Kokoro in the hub's layout: onnx/model.onnx and voices/*.bin."""
    from tests.tiny_voices.kokoro import build_model

    return build_once("tiny-kokoro", build_model)


@pytest.fixture(scope="session")
def tiny_campplus(build_once: BuildOnce) -> Path:
    """A tiny CAM++ in a folder as `make real` leaves it."""
    from tests.tiny_voices.campplus import build_model

    return build_once("tiny-campplus", build_model)


@pytest.fixture(scope="session")
def tiny_redimnet(build_once: BuildOnce) -> Path:
    """A tiny ReDimNet2 in a folder."""
    from tests.tiny_voices.redimnet import build_model

    return build_once("tiny-redimnet", build_model)


@pytest.fixture(scope="session")
def tiny_ecapa(build_once: BuildOnce) -> Path:
    """A tiny ECAPA-TDNN in a folder as SpeechBrain publishes it."""
    pytest.importorskip("torch", reason="ECAPA-TDNN needs torch")
    from tests.tiny_voices.ecapa import build_model

    return build_once("tiny-ecapa", build_model)


@pytest.fixture(scope="session")
def tiny_onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny models for onnx-asr, a folder each: tdt, ctc, canary, gigaam."""
    if importlib.util.find_spec("onnx_asr") is None:
        pytest.skip("onnx-asr is not installed (extra `onnx`)")
    from tests.tiny_onnx.build import build_models

    return build_models(tmp_path_factory.mktemp("tiny-onnx"))


@pytest.fixture(scope="session")
def tiny_streaming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny streaming transducer for sherpa-onnx."""
    # onnx-asr has the filters by which the tones of its words are chosen.
    if importlib.util.find_spec("sherpa_onnx") is None or importlib.util.find_spec("onnx_asr") is None:
        pytest.skip("needs the extras `sherpa` and `onnx`")
    from tests.tiny_onnx.streaming import build_streaming

    return build_streaming(tmp_path_factory.mktemp("tiny-streaming"))


@pytest.fixture(scope="session")
def tiny_onnx_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Whisper as a folder for onnx-asr."""
    if importlib.util.find_spec("onnx_asr") is None or importlib.util.find_spec("torch") is None:
        pytest.skip("needs the extra `onnx`, and torch for the weights")
    from tests.tiny_onnx.whisper import build_whisper

    return build_whisper(tmp_path_factory.mktemp("tiny-onnx-whisper") / "digits")


RealModel = Callable[[str], Path]


@pytest.fixture(scope="session")
def real_model() -> RealModel:
    """`real_model("whisper-base")`: the folder of a real, pretrained model, where `make real` has fetched it."""

    def find(name: str) -> Path:
        folder = find_real_model(name)
        if folder is None:
            pytest.skip(f"the model {name} is not at hand: `make real` fetches it")
        return folder

    return find


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real recordings with ground truth, where they are at hand."""
    folder = Path(__file__).parent.parent.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the speech corpus is not at ../shared/corpus")
    return folder
