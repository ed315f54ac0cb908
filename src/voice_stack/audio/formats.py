"""The formats that speech is sent in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PCM_SAMPLE_RATE: Final = 24_000
"""Hz of headerless PCM, by OpenAI's contract."""


@dataclass(frozen=True, slots=True)
class Codec:
    """FFmpeg's encoding of a format. "Samples" are those of the encoded stream.

    Attributes:
        name: of the encoder.
        muxer: name and options, as the tee muxer writes them.
        options: of the encoder.
        sample_rates: Hz that it takes, ascending; empty for any.
        frame: samples of a packet below 32 kHz and from there on; a float is seconds at any rate.
        delay: samples of near silence that every decoder puts out before the first real one: the streams have no
            field that tells it to drop them.
        preskip: seconds that a decoder is told to drop.
        lookahead: packets that the encoder takes in before it gives the first one out.
        pages: packets that the muxer keeps.
        tags: options of the muxer, beside its own, for a file that says something of itself; None: it has no room.
    """

    name: str
    muxer: str
    options: tuple[tuple[str, str | int], ...] = ()
    sample_rates: tuple[int, ...] = ()
    frame: tuple[int, int] | float = (1024, 1024)
    delay: int = 0
    preskip: float = 0.0
    lookahead: int = 0
    pages: int = 0
    tags: str | None = None

    def frame_samples(self, sample_rate: int) -> int:
        """Samples of a packet."""
        if isinstance(self.frame, tuple):
            return self.frame[sample_rate >= 32_000]
        return round(self.frame * sample_rate)

    def kept_samples(self, sample_rate: int, packet: int) -> int:
        """Samples that the encoder has been given and has made no packet of, at most.

        Args:
            packet: samples that are read at once.
        """
        frame = self.frame_samples(sample_rate)
        reading = packet if frame % packet else 0
        return reading + frame * (1 + self.lookahead) + self.delay + round(self.preskip * sample_rate)

    def held_back(self, sample_rate: int, packet: int) -> int:
        """Samples that were written and cannot be decoded yet from the bytes that are out, at most."""
        return self.kept_samples(sample_rate, packet) + self.pages * self.frame_samples(sample_rate)


class AudioFormat(StrEnum):
    """Format of speech that a client can ask for.

    Attributes:
        mime: media type.
        suffix: of file names.
        codec: how FFmpeg encodes it; None for what needs no FFmpeg.
    """

    mime: str
    suffix: str
    codec: Codec | None

    def __new__(cls, value: str, mime: str = "", codec: Codec | None = None) -> "AudioFormat":
        member = str.__new__(cls, value)
        member._value_ = value
        member.mime = mime
        member.suffix = f".{value}"
        member.codec = codec
        return member

    # A constant bit rate, so that players can tell the duration without an index, which a pipe cannot hold. No frame
    # borrows from earlier ones. LAME lowers the level by 0.45 dB.
    MP3 = (
        "mp3",
        "audio/mpeg",
        Codec(
            "libmp3lame",
            "mp3:id3v2_version=0:write_xing=0",
            (("audio_bitrate", "128k"), ("reservoir", 0)),
            (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
            frame=(576, 1152),
            delay=1105,
            lookahead=1,
            tags="id3v2_version=3",
        ),
    )
    OPUS = (
        "opus",
        "audio/opus",
        Codec(
            "libopus",
            # A page for every packet: by default a page is a second long.
            "ogg:page_duration=20000",
            (("audio_bitrate", "64k"), ("frame_duration", 20)),
            (8_000, 12_000, 16_000, 24_000, 48_000),
            frame=0.02,
            preskip=0.0065,
            pages=1,
            tags="",
        ),
    )
    AAC = (
        "aac",
        "audio/aac",
        Codec(
            "aac",
            "adts",
            # The default search spoils the first 50 ms after an onset, and serves speech worse at the same rate.
            (("audio_bitrate", "96k"), ("aac_coder", "fast")),
            (7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000),
            delay=1024,
            lookahead=1,
        ),
    )
    # The header of a stream has no length and no checksum.
    FLAC = (
        "flac",
        "audio/flac",
        Codec("flac", "flac:metadata_header_padding=0", (("sample_fmt", "s16"), ("frame_size", 1024)), tags=""),
    )
    WAV = ("wav", "audio/wav")
    PCM = ("pcm", "audio/pcm")

    @property
    def takes_tags(self) -> bool:
        """True for a file that can say something of itself. A tag before ADTS would stand where clients look for it."""
        return self is AudioFormat.WAV or (self.codec is not None and self.codec.tags is not None)

    def sample_rate(self, engine_rate: int) -> int:
        """Hz that speech of `engine_rate` is sent with: the same where the format has it, else the next above."""
        if self is AudioFormat.PCM:
            return PCM_SAMPLE_RATE
        rates = self.codec.sample_rates if self.codec else ()
        if not rates or engine_rate in rates:
            return engine_rate
        return min((rate for rate in rates if rate > engine_rate), default=rates[-1])
