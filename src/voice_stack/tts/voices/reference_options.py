"""Settings of the reference doctor."""

from typing import Any

from pydantic_settings import SettingsConfigDict

from voice_stack.core.settings import SettingsGroup, setting


def _limit(default: float, description: str, **constraints: Any) -> Any:
    """A threshold: it changes what is said of a recording, never what is spoken."""
    return setting(default, description=description, shapes=False, allow_inf_nan=False, **constraints)


class ReferenceOptions(SettingsGroup):
    """The reference doctor: from which value on a recording to clone is good, and from which it is of no use."""

    model_config = SettingsConfigDict(env_prefix="TTS_REFERENCE_")

    min_s: float = _limit(3.0, "Seconds of sound, long silence left out, below which a recording is unusable.", ge=0.5)
    advised_s: float = _limit(6.0, "Seconds of sound from which it is long enough to be good.", ge=0.5)
    window_s: float = _limit(
        10.0, "Seconds of the best part, which is cut out in the pauses: engines hear only the first ones.", ge=3, le=60
    )
    good_speech_share: float = _limit(0.35, "Share of speech from which it is good.", ge=0, le=1)
    good_level_db: float = _limit(-45.0, "dBFS of its loud parts from which it is loud enough.", le=0)
    good_snr_db: float = _limit(23.0, "dB of speech over noise from which it is clean.")
    min_snr_db: float = _limit(14.0, "dB of speech over noise below which it is unusable.")
    good_flat: float = _limit(
        0.0001, "Share of samples that are cut off flat up to which it is good (3 dB over full scale: 0.0003).", ge=0
    )
    max_flat: float = _limit(0.004, "The same, from which it is unusable (10 dB over full scale: 0.02).", ge=0)
    good_pile_up: float = _limit(
        1.15,
        "Samples at one level against those below it, up to which peaks are whole; 1.7 with 6 dB of overdrive.",
        ge=0,
    )
    max_pile_up: float = _limit(2.2, "The same, from which it is unusable.", ge=0)
    max_piled: float = _limit(
        0.003, "Share of the samples that must pile up for that; with less of them it is usable.", ge=0, le=1
    )
    max_full_scale: float = _limit(
        0.005, "Share of samples at full scale from which it is unusable (15 dB over it: 0.01).", ge=0, le=1
    )
    good_bandwidth_hz: float = _limit(
        6500.0, "Highest frequency from which it is good; a telephone ends at 3400.", ge=0
    )
    min_bandwidth_hz: float = _limit(3000.0, "Highest frequency below which it is unusable.", ge=0)
    good_sample_rate: int = setting(16000, ge=0, shapes=False, description="Samples a second from which it is good.")
    good_hum_db: float = _limit(-35.0, "Hum of the mains against the speech, dB, up to which it is good.")
    max_hum_db: float = _limit(-12.0, "Hum of the mains against the speech, dB, from which it is unusable.")
    good_reverberation_s: float = _limit(0.25, "Reverberation time (RT60) in seconds up to which it is dry.", ge=0)
    max_reverberation_s: float = _limit(0.6, "Reverberation time in seconds from which it is unusable.", ge=0)
    good_steady: float = _limit(
        0.06, "Share of partials that lie still, as those of notes do, up to which it is good.", ge=0
    )
    max_steady: float = _limit(0.2, "The same, from which it is music and unusable.", ge=0)
    good_beat: float = _limit(
        0.24, "Likeness of its onsets at equal distances, 0 to 1, up to which it has no beat.", ge=0
    )
    max_beat: float = _limit(0.45, "The same, from which it is music and unusable.", ge=0)
    same_speaker: float = _limit(
        0.6, "Similarity of its two most different voices from which they are one (CAM++ on 1.6 s).", ge=-1, le=1
    )
    same_speaker_brief: float = _limit(
        0.48, "The same where one of them speaks for less than TTS_REFERENCE_SECOND_SPEAKER_S.", ge=-1, le=1
    )
    second_speaker_s: float = _limit(
        1.2, "Seconds of a voice below which it tells little, so that it must differ more to be another one.", ge=0
    )
    good_dnsmos: float = _limit(2.4, "Overall opinion score by DNSMOS (1 to 5) from which it is good.", ge=1, le=5)
    min_dnsmos: float = _limit(1.7, "The same, below which it is unusable.", ge=1, le=5)
    dnsmos: str = setting(
        "",
        shapes=False,
        description="DNSMOS's network, sig_bak_ovr.onnx: the file or its folder. Empty: that of the package speechmos "
        "(extra `quality`), and no score where that is not installed.",
    )
    denoise: bool = setting(
        False,
        shapes=False,
        description="true: take the noise off a prepared recording that is noisy, by DeepFilterNet (extra `denoise`).",
    )
    lufs: float = _limit(-23.0, "Loudness that a prepared recording is brought to, in LUFS.", ge=-40, le=-10)
