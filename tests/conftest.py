"""What every test rests on."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_whisper.build import build_ct2, build_openai
from voice_stack.cli.env_example import setting_groups
from voice_stack.core.settings import SettingsGroup
from voice_stack.core.settings_report import owned_settings


@pytest.fixture(scope="session", autouse=True)
def _settings_come_from_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep a developer's `.env` and exported variables out of the tests, and of the servers that they start.

    What applications in this process keep is in a folder of the session's.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SettingsGroup.model_config, "env_file", None)
        patch.setenv("VOICE_STACK_CONFIG", "")
        for owned in owned_settings(*setting_groups()):
            for name in owned.variables.values():
                patch.delenv(name, raising=False)
                patch.delenv(f"{name}_FILE", raising=False)
        patch.setenv("DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def tiny_ct2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Whisper as a faster-whisper model folder."""
    return build_ct2(tmp_path_factory.mktemp("models") / "tiny-digits")


@pytest.fixture(scope="session")
def tiny_pt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Whisper as a checkpoint of openai-whisper."""
    return build_openai(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="session")
def tiny_xtts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny XTTS-v2 of random weights, in the layout of the real one."""
    if importlib.util.find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed (extra `coqui`)")
    from tests.tiny_xtts.build import build_xtts

    return build_xtts(tmp_path_factory.mktemp("models") / "tiny-xtts")


@pytest.fixture(scope="session")
def brief_xtts(tiny_xtts: Path) -> Path:
    """The same, whose utterances end within a second: for tests that speak often."""
    from tests.tiny_xtts.build import build_xtts

    return build_xtts(tiny_xtts.parent / "brief-xtts", most_tokens=20)


@pytest.fixture(scope="session")
def tiny_piper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny Piper voices: en_US-alto-medium, en_US-choir-medium, en_US-soft-medium, de_DE-bass-low."""
    if importlib.util.find_spec("piper") is None:
        pytest.skip("piper-tts is not installed (extra `piper`)")
    from tests.tiny_voices.piper import build_voices

    return build_voices(tmp_path_factory.mktemp("piper-voices"))


@pytest.fixture(scope="session")
def tiny_kokoro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Kokoro in the hub's layout: onnx/model.onnx and voices/*.bin."""
    from tests.tiny_voices.kokoro import build_model

    return build_model(tmp_path_factory.mktemp("models") / "tiny-kokoro")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real recordings with ground truth, where they are at hand."""
    folder = Path(__file__).parent.parent.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the speech corpus is not at ../shared/corpus")
    return folder
