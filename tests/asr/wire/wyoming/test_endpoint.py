"""The end of a command is heard where Home Assistant would hear it, by the real network."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voice_stack.asr.wire.wyoming.endpoint import SILENCE_S, CommandEnd, silence_of
from voice_stack.core.errors import InvalidRequestError

ROAD = Path(__file__).parents[3] / "fixtures" / "road.wav"
RATE = 16_000


def road() -> NDArray[np.int16]:
    with wave.open(str(ROAD)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def heard_after(sound: NDArray[np.int16], sensitivity: str | None, *, rate: int = RATE) -> float | None:
    """Seconds of the sound after which the end is heard, in chunks of 20 ms; None: never."""
    end = CommandEnd(rate, silence_of(sensitivity), 0.5)
    chunk = rate // 50
    for at in range(0, len(sound), chunk):
        if end.hears(sound[at : at + chunk].reshape(-1, 1)):
            return (at + chunk) / rate
    return None


def silence(seconds: float, rate: int = RATE) -> NDArray[np.int16]:
    return np.zeros(round(seconds * rate), np.int16)


@pytest.mark.parametrize("sensitivity", [None, *SILENCE_S])
def test_a_command_ends_after_its_silence(sensitivity: str | None) -> None:
    speech = road()
    heard = heard_after(np.concatenate([silence(1), speech, silence(3)]), sensitivity)
    assert heard is not None
    waited = heard - 1 - len(speech) / RATE
    # The recording itself ends in a little silence.
    assert silence_of(sensitivity) - 0.4 <= waited <= silence_of(sensitivity) + 0.3


def test_the_rate_of_the_sound_does_not_matter() -> None:
    twice = np.repeat(np.concatenate([road(), silence(2)]), 2)
    once = heard_after(twice[::2], None)
    assert once is not None
    assert heard_after(twice, None, rate=2 * RATE) == pytest.approx(once, abs=0.1)


def test_a_pause_that_is_too_short_ends_nothing() -> None:
    # The recording has none of a quarter of a second; the joint is one of half a second.
    whole = np.concatenate([road(), silence(0.3), road()])
    assert heard_after(whole, "relaxed") is None


def test_a_click_is_no_command() -> None:
    click = road()[RATE : RATE + RATE // 10]
    assert heard_after(np.concatenate([silence(1), click, silence(2), road(), silence(2)]), None) is not None
    assert heard_after(np.concatenate([silence(1), click, silence(2), road()]), "relaxed") is None


def test_nobody_is_waited_for_for_ever() -> None:
    assert heard_after(silence(20), None) == pytest.approx(15, abs=0.2)


def test_other_sensitivities_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="relaxed") as raised:
        silence_of("sharp")
    assert raised.value.param == "vad_sensitivity"
