"""Recordings of every form come out as 16-bit PCM, within their bounds."""

import numpy as np
import pytest

from voice_stack.asr.wire.wyoming.recording import PcmFormat, Recording
from voice_stack.core.errors import AudioTooLongError, InvalidAudioError
from voice_stack.web.wyoming.events import Fields

SAMPLES = np.array([[0, 1000], [-32768, 32767], [5, -5]], np.int16)


def as_bytes(width: int) -> bytes:
    wide = SAMPLES.astype(np.int64)
    if width == 1:
        return bytes(((wide >> 8) + 128).astype(np.uint8).tobytes())
    return b"".join(int(one << 8 * (width - 2)).to_bytes(width, "little", signed=True) for one in wide.ravel())


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_every_width_is_read_however_it_is_cut(width: int, size: int) -> None:
    recording = Recording(PcmFormat(8000, width, 2), 10, "SETTING")
    sent = as_bytes(width)
    heard = [await recording.write(sent[at : at + size]) for at in range(0, len(sent), size)]
    wanted = SAMPLES if width > 1 else (SAMPLES >> 8) << 8
    assert np.array_equal(np.concatenate(heard), wanted)
    assert recording.seconds == 3 / 8000
    with await recording.finish() as file:
        file.seek(0)
        assert file.read() == wanted.astype("<i2").tobytes()
    assert (recording.raw.sample_rate, recording.raw.channels) == (8000, 2)


async def test_a_sample_that_breaks_off_is_dropped() -> None:
    recording = Recording(PcmFormat(16_000, 2, 1), 10, "SETTING")
    await recording.write(b"\x01\x02\x03")
    with await recording.finish() as file:
        file.seek(0)
        assert file.read() == b"\x01\x02"


async def test_a_microphone_that_never_stops_is_stopped() -> None:
    recording = Recording(PcmFormat(16_000, 2, 1), 1.0, "ASR_WYOMING_MAX_AUDIO_S")
    await recording.write(bytes(32_000))
    with pytest.raises(AudioTooLongError, match="ASR_WYOMING_MAX_AUDIO_S"):
        await recording.write(b"\x00\x00")
    recording.close()


async def test_no_sound_is_told() -> None:
    recording = Recording(PcmFormat(16_000, 2, 1), 1.0, "SETTING")
    await recording.write(b"\x00")
    with pytest.raises(InvalidAudioError, match="No audio"):
        await recording.finish()


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"rate": 0}, "rate"),
        ({"rate": -16_000}, "rate"),
        ({"rate": 10**9}, "rate"),
        ({"rate": None}, "rate"),
        ({"width": 0}, "width"),
        ({"width": 8}, "width"),
        ({"width": None}, "width"),
        ({"channels": 0}, "channels"),
        ({"channels": 10**9}, "channels"),
        ({"channels": None}, "channels"),
    ],
)
def test_forms_that_nobody_records_in_are_refused(changed: dict[str, int | None], param: str) -> None:
    form = {"rate": 16_000, "width": 2, "channels": 1}
    assert PcmFormat.read(Fields(form)) == PcmFormat(16_000, 2, 1)
    assert PcmFormat.read(Fields({}), PcmFormat(16_000, 2, 1)) == PcmFormat(16_000, 2, 1)
    with pytest.raises(InvalidAudioError) as raised:
        PcmFormat.read(Fields({**form, **changed}))
    assert raised.value.param == param
