"""A speech-to-text server in the manner of the field, to be compared with: one lock around one model.

Like whisper-asr-webservice it decodes with FFmpeg into memory, takes the lock, and transcribes the whole file before it
answers; who comes meanwhile waits for the lock. It is kinder than that one: it does so in a thread, so that its health
is told while it works. Its settings are those of the service under test: the same model, arithmetic and number of CPU
threads. `python -m benchmarks.naive_server --port 5999 --model FOLDER`.
"""

import argparse
import subprocess
import tempfile
import threading
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, File, UploadFile
from fastapi.responses import PlainTextResponse
from faster_whisper import WhisperModel

from benchmarks.bench import cores
from benchmarks.material import SAMPLE_RATE
from voice_stack.audio.clip import Samples, from_s16le
from voice_stack.audio.ffmpeg import ffmpeg_path


def create_naive_app(model: str) -> FastAPI:
    """The server; its model is in memory before it is healthy.

    Args:
        model: a faster-whisper folder.
    """
    app = FastAPI()
    whisper = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=cores())
    lock = threading.Lock()

    def recognise(samples: Samples) -> list[Any]:
        with lock:
            segments, _ = whisper.transcribe(
                samples, language="en", beam_size=5, temperature=0, condition_on_previous_text=False, vad_filter=True
            )
            return list(segments)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    # Plain functions: FastAPI runs them in threads.
    @app.post("/v1/audio/transcriptions")
    def transcriptions(file: Annotated[UploadFile, File()]) -> dict[str, str]:
        segments = recognise(_decode(file.file.read()))
        return {"text": "".join(segment.text for segment in segments)}

    @app.post("/v1/bazarr/asr", response_class=PlainTextResponse)
    def subtitles(audio_file: Annotated[UploadFile, File()]) -> str:
        segments = recognise(from_s16le(audio_file.file.read()))
        return "\n".join(f"{segment.start} --> {segment.end}\n{segment.text}\n" for segment in segments)

    return app


def _decode(data: bytes) -> Samples:
    """Any container to (time,) float32 at 16 kHz."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        command = [ffmpeg_path(), "-nostdin", "-v", "error", "-i", file.name]
        output = ["-f", "s16le", "-ac", "1", "-ar", str(SAMPLE_RATE), "-"]
        pcm = subprocess.run([*command, *output], capture_output=True, check=True).stdout
    return from_s16le(pcm)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.naive_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", required=True, help="faster-whisper folder")
    arguments = parser.parse_args()
    uvicorn.run(create_naive_app(arguments.model), host="127.0.0.1", port=arguments.port, log_level="warning")


if __name__ == "__main__":
    main()
