"""What every test rests on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_whisper.build import build_ct2, build_openai
from voice_stack.asr.settings import AsrSettings
from voice_stack.core.settings import CoreSettings
from voice_stack.tts.settings import TtsSettings


@pytest.fixture(scope="session", autouse=True)
def _settings_come_from_tests() -> Iterator[None]:
    """Keep a developer's `.env` and exported variables out of the tests, and of the servers that they start."""
    with pytest.MonkeyPatch.context() as patch:
        for cls in (CoreSettings, AsrSettings, TtsSettings):
            patch.setitem(cls.model_config, "env_file", None)
            for name in cls.model_fields:
                patch.delenv(name.upper(), raising=False)
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
def corpus() -> Path:
    """Real recordings with ground truth, where they are at hand."""
    folder = Path(__file__).parent.parent.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the speech corpus is not at ../shared/corpus")
    return folder
