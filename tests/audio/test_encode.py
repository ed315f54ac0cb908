"""Speech leaves in six formats, piece by piece, and comes out of a decoder as it went in."""

import io
import math
import wave

import numpy as np
import pytest

from tests.audio.media import SHIPPED_FFMPEG
from tests.audio.tone import HERTZ, LEVEL, decoded, fit, tone, uneven
from voice_stack.audio.clip import AudioClip, Samples, from_s16le
from voice_stack.audio.encode import Encoder, encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import CancelledWorkError, ServiceUnavailableError

MP3, OPUS, AAC, FLAC, WAV, PCM = AudioFormat
RATES = (16_000, 22_050, 24_000, 44_100)
# Largest part of a tone at 0.5 that the codec may add to it.
IMPURITY = {MP3: 0.005, OPUS: 0.02, AAC: 0.06, FLAC: 1e-4, WAV: 1e-4, PCM: 1e-4}
NO_FFMPEG = "/nonexistent/ffmpeg"

pytestmark = pytest.mark.usefixtures("nothing_left")


def streamed(audio_format: AudioFormat, chunks: list[Samples], sample_rate: int, binary: str = SHIPPED_FFMPEG) -> bytes:
    with Encoder(audio_format, sample_rate, binary=binary) as encoder:
        return b"".join(encoder.write(chunk) for chunk in chunks) + encoder.finish()


def heard(audio_format: AudioFormat, data: bytes, binary: str = SHIPPED_FFMPEG) -> Samples:
    """What a decoder puts out."""
    raw = ["-f", "s16le", "-ar", "24000", "-ac", "1"] if audio_format is PCM else []
    return decoded(binary, data, *raw)


def decoded_rate(audio_format: AudioFormat, sample_rate: int) -> int:
    """Opus always decodes to 48 kHz."""
    return 48_000 if audio_format is OPUS else audio_format.sample_rate(sample_rate)


def delay(audio_format: AudioFormat) -> int:
    return audio_format.codec.delay if audio_format.codec else 0


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("audio_format", AudioFormat)
def test_tone_in_50_uneven_chunks_decodes_to_the_same_tone(
    audio_format: AudioFormat, sample_rate: int, binary: str
) -> None:
    samples = 2 * sample_rate + 137
    data = streamed(audio_format, uneven(tone(samples, sample_rate), 50), sample_rate, binary)

    rate, first = decoded_rate(audio_format, sample_rate), delay(audio_format)
    sound = heard(audio_format, data, binary)
    wanted = samples * rate / sample_rate
    padding = len(sound) - first - wanted
    if first:
        # Whole packets, and no field that says how much of the last one counts.
        assert audio_format.codec is not None
        assert 0 <= padding < audio_format.codec.frame_samples(rate)
    else:
        assert abs(padding) <= 0.5

    # A click, a lost or a doubled sample would be a residual; 20 ms at the hard edges are left out.
    margin = round(0.02 * rate)
    inner = fit(sound[first + margin : first + math.floor(wanted) - margin], rate)
    assert inner.hertz == pytest.approx(HERTZ, rel=1e-6)
    assert abs(20 * math.log10(inner.level / LEVEL)) < 0.5
    assert np.abs(inner.residual).max() < IMPURITY[audio_format]
    period = rate / HERTZ
    assert abs((inner.delay + margin + period / 2) % period - period / 2) < 0.25
    # Nothing is lost at the end, and nothing but silence is around.
    tail = sound[first + math.floor(wanted) - margin : first + math.floor(wanted)]
    assert np.sqrt(np.mean(np.square(tail))) == pytest.approx(LEVEL / math.sqrt(2), rel=0.1)
    # A hard end rings for a few samples.
    around = np.concatenate([sound[:first], sound[first + math.ceil(wanted) :]])
    assert np.abs(around).max(initial=0.0) < 0.2 * LEVEL


@pytest.mark.parametrize("sample_rate", [22_050, 24_000])
@pytest.mark.parametrize("audio_format", AudioFormat)
def test_no_more_audio_is_held_back_than_stated(audio_format: AudioFormat, sample_rate: int, binary: str) -> None:
    chunks = uneven(tone(2 * sample_rate, sample_rate), 40, seed=2)
    out, written, checked = b"", 0, 0
    with Encoder(audio_format, sample_rate, binary=binary) as encoder:
        assert encoder.held_back < (0.13 if sample_rate == 24_000 else 0.15)
        for index, chunk in enumerate(chunks):
            out += encoder.write(chunk)
            written += len(chunk)
            due = written / sample_rate - encoder.held_back
            if index % 5 == 0 and due > 0:
                rate = decoded_rate(audio_format, sample_rate)
                there = (len(heard(audio_format, out, binary)) - delay(audio_format)) / rate
                # One sample, for rounding.
                assert there >= due - 1 / rate
                checked += 1
    assert checked >= 6


@pytest.mark.parametrize("audio_format", [WAV, PCM])
def test_everything_leaves_at_once_without_a_codec(audio_format: AudioFormat) -> None:
    with Encoder(audio_format, 24_000, binary=NO_FFMPEG) as encoder:
        assert len(encoder.write(tone(10, 24_000))) == 20 + (44 if audio_format is WAV else 0)
        assert len(encoder.write(tone(10, 24_000))) == 20


@pytest.mark.parametrize(
    ("audio_format", "magic"), [(MP3, b"\xff\xf3"), (OPUS, b"OggS"), (AAC, b"\xff"), (FLAC, b"fLaC")]
)
def test_first_bytes_leave_before_a_second_chunk_is_written(
    audio_format: AudioFormat, magic: bytes, binary: str
) -> None:
    with Encoder(audio_format, 24_000, binary=binary) as encoder:
        out = encoder.write(tone(7200, 24_000))
        sound = heard(audio_format, out, binary)
        assert out.startswith(magic)
        seconds = (len(sound) - delay(audio_format)) / decoded_rate(audio_format, 24_000)
        assert seconds >= 0.3 - encoder.held_back


def test_streamed_wav_has_the_largest_sizes_and_whole_wav_the_true_ones() -> None:
    clip = AudioClip(tone(1000, 22_050), 22_050)
    header = streamed(WAV, [clip.samples], clip.sample_rate)[:44]
    assert (header[4:8], header[40:44]) == (b"\xff" * 4, b"\xff" * 4)
    whole = encode_whole(clip, WAV)
    assert int.from_bytes(whole[4:8], "little") == len(whole) - 8
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (1000, 22_050, 1)


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_whole_clip_is_the_same_as_its_stream(audio_format: AudioFormat) -> None:
    clip = AudioClip(tone(22_050, 22_050), 22_050)
    whole = encode_whole(clip, audio_format, binary=SHIPPED_FFMPEG)
    parts = streamed(audio_format, uneven(clip.samples, 7), clip.sample_rate)
    np.testing.assert_array_equal(heard(audio_format, whole), heard(audio_format, parts))


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_half_a_minute_in_one_chunk_passes(audio_format: AudioFormat) -> None:
    data = streamed(audio_format, [tone(30 * 24_000, 24_000)], 24_000)
    assert len(heard(audio_format, data)) >= 30 * decoded_rate(audio_format, 24_000)


@pytest.mark.parametrize("chunks", [[], [np.empty(0, np.float32)] * 3])
@pytest.mark.parametrize("audio_format", AudioFormat)
def test_empty_stream_is_a_valid_file(audio_format: AudioFormat, chunks: list[Samples], binary: str) -> None:
    data = streamed(audio_format, chunks, 24_000, binary)
    sound = heard(audio_format, data, binary)
    if audio_format is PCM:
        assert data == b""
    elif audio_format is WAV:
        assert int.from_bytes(data[40:44], "little") == len(data) - 44 == 0
    else:
        assert 1 <= len(sound) < 4096
        assert np.abs(sound).max() < 1e-3


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_too_loud_samples_clip_and_never_wrap(audio_format: AudioFormat) -> None:
    loud = np.append(6 * tone(12_000, 24_000, 200), np.array([np.inf, -np.inf], np.float32))
    sound = heard(audio_format, streamed(audio_format, [loud], 24_000))
    rate, first = decoded_rate(audio_format, 24_000), delay(audio_format)
    clipped = np.clip(6 * tone(rate // 2, rate, 200), -1, 1)
    # What wraps turns over.
    assert np.corrcoef(sound[first : first + rate // 2], clipped)[0, 1] > 0.95


@pytest.mark.parametrize("audio_format", [WAV, PCM, FLAC])
def test_nan_is_silence_and_spoils_nothing_around_it(audio_format: AudioFormat) -> None:
    samples = tone(2400, 24_000)
    samples[1000:1010] = np.nan
    expected = from_s16le(streamed(PCM, [np.nan_to_num(samples)], 24_000))
    np.testing.assert_array_equal(heard(audio_format, streamed(audio_format, [samples], 24_000)), expected)
    assert np.isfinite(heard(audio_format, streamed(audio_format, [samples], 16_000))).all()


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_finished_or_closed_encoder_refuses(audio_format: AudioFormat) -> None:
    for end in (Encoder.finish, Encoder.close):
        encoder = Encoder(audio_format, 24_000, binary=SHIPPED_FFMPEG)
        end(encoder)
        for call in (encoder.finish, lambda encoder=encoder: encoder.write(tone(10, 24_000))):
            with pytest.raises(CancelledWorkError):
                call()
        encoder.close()


def test_missing_ffmpeg_is_said_so() -> None:
    with pytest.raises(ServiceUnavailableError):
        Encoder(MP3, 24_000, binary=NO_FFMPEG)
