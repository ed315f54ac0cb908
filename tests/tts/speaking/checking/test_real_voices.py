"""Real voices are hardly ever suspected, and their faults are seen: the benchmark, held to its figures."""

import pytest

from benchmarks.first_sound import real_voices
from benchmarks.speech_checks.trials import Trials
from tests.conftest import RealModel
from tests.faulty import Wrong

# The words are not looked at here.
BY_WORDS = {Wrong.WORD, Wrong.DROPPED, Wrong.LANGUAGE}


def trials(engine: str, real_model: RealModel) -> Trials:
    real_model(engine)
    if engine not in real_voices():
        pytest.skip(f"the engine {engine} is not installed")
    return Trials(engine, "held-out", None)


def test_a_real_voice_passes(real_model: RealModel) -> None:
    trial = trials("piper", real_model)
    (score,) = (score for _, score in trial.clean(10))
    trial.close()
    assert score.signal == 0, score.examples


@pytest.mark.long
@pytest.mark.parametrize("engine", ["piper", "kokoro"])
def test_real_voices_are_hardly_suspected_and_their_faults_are_seen(engine: str, real_model: RealModel) -> None:
    trial = trials(engine, real_model)
    clean = [score for _, score in trial.clean(1000)]
    assert sum(score.signal for score in clean) <= 0.02 * sum(score.count for score in clean)
    found = dict(trial.faulty(10, trial.foreign() if engine == "kokoro" else {}))
    trial.close()
    told = [score for wrong, score in found.items() if wrong not in BY_WORDS]
    assert sum(score.signal for score in told) >= 0.9 * sum(score.count for score in told)
