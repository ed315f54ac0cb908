"""Prometheus metrics of the speech service."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from voice_stack.tts.speaking.run import SpeechReport
from voice_stack.web.run_metrics import LABELS, RunMetrics


class SpeechMetrics(RunMetrics[SpeechReport]):
    """Counters of what speech costs: besides what every run has, the characters and the wait for the first sound."""

    def __init__(self, registry: CollectorRegistry, running: Callable[[], float], waiting: Callable[[], float]) -> None:
        made, own = "Seconds of speech made.", "synthesis_seconds"
        super().__init__(
            registry, "voice_stack_tts", audio=made, engine=own, work="request", running=running, waiting=waiting
        )
        self._characters = Counter("voice_stack_tts_characters", "Characters spoken.", LABELS, registry=registry)
        self._first = Histogram(
            "voice_stack_tts_first_audio_seconds",
            "Seconds from the start of the work to the first bytes of sound.",
            LABELS,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
            registry=registry,
        )

        self._checks = Counter(
            "voice_stack_tts_checks",
            "Sentences that were checked before they left, by outcome: passed, trimmed, retried, accepted in spite.",
            (*LABELS, "outcome"),
            registry=registry,
        )
        self._faults = Counter(
            "voice_stack_tts_check_faults", "Faults found in sentences.", (*LABELS, "fault"), registry=registry
        )
        self._retries = Counter("voice_stack_tts_check_retries", "Sentences spoken again.", LABELS, registry=registry)
        self._unheard = Counter(
            "voice_stack_tts_check_unheard", "Sentences that no recogniser could read back.", LABELS, registry=registry
        )
        self._check_seconds = Counter(
            "voice_stack_tts_check_seconds", "Seconds spent on checks.", LABELS, registry=registry
        )

    def observe(self, report: SpeechReport) -> None:
        super().observe(report)
        checks = report.checks
        for outcome, count in checks.outcomes.items():
            self._checks.labels(report.engine, report.model, outcome).inc(count)
        for fault, count in checks.found.items():
            self._faults.labels(report.engine, report.model, fault).inc(count)
        if checks.checked:
            self._retries.labels(report.engine, report.model).inc(checks.retries)
            self._unheard.labels(report.engine, report.model).inc(checks.unheard)
            self._check_seconds.labels(report.engine, report.model).inc(checks.seconds)
        self._characters.labels(report.engine, report.model).inc(report.characters)
        self._first.labels(report.engine, report.model).observe(report.first_s)
