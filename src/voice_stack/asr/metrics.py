"""Prometheus metrics of the transcription service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from voice_stack.asr.recognition.run import RunReport


class TranscriptionMetrics:
    """Counts what transcriptions cost.

    Args:
        running: transcriptions accepted and not yet ended.
        waiting: transcriptions that wait for a turn on an engine.
    """

    def __init__(
        self, registry: CollectorRegistry, *, running: Callable[[], float], waiting: Callable[[], float]
    ) -> None:
        labels = ("engine", "model")
        self._audio = Counter(
            "voice_stack_asr_audio_seconds", "Seconds of audio transcribed.", labels, registry=registry
        )
        self._inference = Counter(
            "voice_stack_asr_inference_seconds", "Seconds spent inside the engine.", labels, registry=registry
        )
        self._waited = Histogram(
            "voice_stack_asr_waiting_seconds",
            "Seconds that a transcription waited for turns on the engine.",
            labels,
            buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
            registry=registry,
        )
        self._rtf = Histogram(
            "voice_stack_asr_real_time_factor",
            "Inference time over audio time of a transcription.",
            labels,
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=registry,
        )
        Gauge("voice_stack_asr_running", "Transcriptions under way.", registry=registry).set_function(running)
        Gauge("voice_stack_asr_waiting", "Transcriptions waiting for a turn.", registry=registry).set_function(waiting)

    def observe(self, report: RunReport) -> None:
        """Add a finished transcription."""
        self._audio.labels(report.engine, report.model).inc(report.audio_s)
        self._inference.labels(report.engine, report.model).inc(report.inference_s)
        self._waited.labels(report.engine, report.model).observe(report.waited_s)
        self._rtf.labels(report.engine, report.model).observe(report.real_time_factor)
