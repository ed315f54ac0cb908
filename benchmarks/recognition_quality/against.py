"""The two that are compared: a running service, and faster-whisper called directly with the service's own defaults."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from benchmarks.recognition_quality.material import RATE, wav
from voice_stack.audio.clip import Samples

_PATIENCE_S = 900.0


class Service:
    """A running ASR service.

    Args:
        v1: its URL with the `/v1`.
    """

    def __init__(self, v1: str) -> None:
        self._v1 = v1
        self._http = httpx.Client(timeout=_PATIENCE_S)

    def transcript(self, samples: Samples, language: str | None = None, **fields: str) -> dict[str, Any]:
        """The verbose answer."""
        form = {"model": "whisper-1", "response_format": "verbose_json", **fields}
        if language:
            form["language"] = language
        answer = self._http.post(f"{self._v1}/audio/transcriptions", data=form, files={"file": wav(samples)})
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def text(self, samples: Samples, language: str | None = None) -> str:
        return str(self.transcript(samples, language)["text"])

    def translation(self, samples: Samples) -> str:
        """What it says, in English."""
        answer = self._http.post(
            f"{self._v1}/audio/translations", data={"model": "whisper-1"}, files={"file": wav(samples)}
        )
        answer.raise_for_status()
        return str(answer.json()["text"])

    def streamed(self, samples: Samples) -> tuple[str, str]:
        """The sum of the deltas, and the text of the last event."""
        form = {"model": "whisper-1", "stream": "true"}
        deltas, done = "", ""
        with self._http.stream(
            "POST", f"{self._v1}/audio/transcriptions", data=form, files={"file": wav(samples)}
        ) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    event = json.loads(line.removeprefix("data: "))
                    deltas += event.get("delta", "")
                    done = event.get("text", done)
        return deltas, done

    def language(self, samples: Samples) -> str:
        """The language that it tells Bazarr, ISO 639-1."""
        answer = self._http.post(f"{self._v1}/bazarr/detect-language?encode=true", files={"audio_file": wav(samples)})
        answer.raise_for_status()
        return str(answer.json()["language_code"])

    def subtitles(self, samples: Samples, language: str) -> str:
        """The SRT that Bazarr gets."""
        answer = self._http.post(
            f"{self._v1}/bazarr/asr?encode=true&output=srt&task=transcribe&language={language}",
            files={"audio_file": wav(samples)},
        )
        answer.raise_for_status()
        return answer.text


class Direct:
    """faster-whisper itself.

    Args:
        folder: of the model.
        options: of `WhisperModel.transcribe`, beside the language.
    """

    def __init__(self, folder: Path, options: Mapping[str, object]) -> None:
        from faster_whisper import WhisperModel

        self._model: Any = WhisperModel(str(folder), device="cpu", compute_type="auto")
        self._options = dict(options)

    def text(self, samples: Samples, language: str | None = None, **options: object) -> str:
        segments, _ = self._model.transcribe(samples, language=language, **{**self._options, **options})
        return "".join(segment.text for segment in segments).strip()

    def language(self, samples: Samples) -> str:
        """The language that it tells, ISO 639-1."""
        return str(self._model.detect_language(samples)[0])

    def words(self, samples: Samples, language: str) -> list[tuple[str, float, float]]:
        """Every word with its start and end in seconds."""
        segments, _ = self._model.transcribe(samples, language=language, word_timestamps=True, **self._options)
        return [(word.word.strip(), word.start, word.end) for segment in segments for word in segment.words]


def seconds_of(samples: Samples) -> float:
    return len(samples) / RATE
