"""Ways that a file goes after it has left the service: codecs, conversions, attacks."""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voice_stack.audio.ffmpeg import ffmpeg_path
from voice_stack.audio.formats import PCM_SAMPLE_RATE, AudioFormat


@dataclass(frozen=True, slots=True)
class Way:
    """A file that is sent in a format, and what somebody then makes of it.

    Attributes:
        name: for people.
        sent: format of the service.
        suffix: of the file that is made of it; empty: it stays as it is.
        options: of FFmpeg, which makes it; it carries tags along by itself.
    """

    name: str
    sent: AudioFormat
    suffix: str = ""
    options: Sequence[str] = ()

    def of(self, data: bytes) -> bytes:
        """The file at the end of the way."""
        raw = ["-f", "s16le", "-ar", str(PCM_SAMPLE_RATE), "-ac", "1"] if self.sent is AudioFormat.PCM else []
        if not self.suffix and not raw:
            return data
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder, f"in{self.sent.suffix}"), Path(folder, f"out.{self.suffix or 'wav'}")
            source.write_bytes(data)
            line = [ffmpeg_path(), "-nostdin", "-v", "error", *raw, "-i", str(source), *self.options, str(made)]
            subprocess.run(line, check=True, timeout=120)
            return made.read_bytes()


MP3, OPUS, AAC, FLAC, WAV, PCM = AudioFormat
_FILTER = "-af"
_NOISE = "anoisesrc=c=pink:a=0.03:s=1[n];[0:a][n]amix=2:duration=first:normalize=0"
WAYS: Sequence[Way] = (
    *(Way(f"{fmt}, as it is sent", fmt) for fmt in (WAV, FLAC, MP3, OPUS, AAC)),
    Way("pcm, put into WAV", PCM),
    Way("wav to mp3 320k", WAV, "mp3", ("-b:a", "320k")),
    Way("wav to mp3 64k", WAV, "mp3", ("-b:a", "64k")),
    Way("wav to mp3 32k", WAV, "mp3", ("-b:a", "32k")),
    Way("mp3 to mp3 64k", MP3, "mp3", ("-b:a", "64k")),
    Way("mp3 to WAV", MP3, "wav"),
    Way("mp3 to m4a (AAC 64k)", MP3, "m4a", ("-c:a", "aac", "-b:a", "64k")),
    Way("flac to m4a (AAC 32k)", FLAC, "m4a", ("-c:a", "aac", "-b:a", "32k")),
    Way("wav to opus 32k", WAV, "ogg", ("-c:a", "libopus", "-b:a", "32k")),
    Way("wav to opus 16k", WAV, "ogg", ("-c:a", "libopus", "-b:a", "16k")),
    Way("opus to WebM", OPUS, "webm", ("-c:a", "copy")),
    Way("opus to opus 24k", OPUS, "ogg", ("-c:a", "libopus", "-b:a", "24k")),
    Way("wav at 16 kHz", WAV, "wav", ("-ar", "16000")),
    Way("wav at 8 kHz", WAV, "wav", ("-ar", "8000")),
    Way("telephone (mu-law, 8 kHz)", WAV, "wav", ("-ar", "8000", "-c:a", "pcm_mulaw")),
    Way("20 dB quieter", WAV, "wav", (_FILTER, "volume=-20dB")),
    Way("cut: from 1.7 s on", WAV, "wav", ("-ss", "1.7")),
    Way("5 % faster, same pitch", WAV, "wav", (_FILTER, "atempo=1.05")),
    Way("25 % faster, same pitch", WAV, "wav", (_FILTER, "atempo=1.25")),
    Way("5 % faster and higher", WAV, "wav", (_FILTER, "aresample=24000,asetrate=25200,aresample=24000")),
    Way("an echo", WAV, "wav", (_FILTER, "aecho=0.8:0.6:40:0.4")),
    Way("pink noise behind it", WAV, "wav", ("-filter_complex", _NOISE)),
    Way("only above 2 kHz", WAV, "wav", (_FILTER, "highpass=f=2000:p=2,highpass=f=2000:p=2,highpass=f=2000:p=2")),
    Way("tags taken off", MP3, "mp3", ("-map_metadata", "-1", "-c:a", "copy")),
)
