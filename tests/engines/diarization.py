"""What must hold for every diarization engine."""

from itertools import pairwise

import numpy as np
import pytest

from tests.engines.subject import Checks, Diarist, promised, silence
from voice_stack.audio.clip import AudioClip
from voice_stack.speaker.diarization.turns import SpeakerBounds

CHECKS: Checks[Diarist] = Checks()


@CHECKS
def two_speakers_in_turn_are_told_apart(subject: Diarist) -> None:
    found = subject.alone
    assert [turn.speaker for turn in found.turns] == ["A", "B", "A"]
    assert found.duration == pytest.approx(subject.clip.duration, abs=0.01)
    assert all(0 <= turn.start < turn.end <= found.duration + 0.01 for turn in found.turns)
    assert all(a.start <= b.start for a, b in pairwise(found.turns))


@CHECKS
def it_is_the_same_however_the_sound_comes(subject: Diarist) -> None:
    assert subject.hear(subject.clip, piece_s=1.7).turns == subject.alone.turns


@CHECKS
def a_number_that_is_given_is_kept(subject: Diarist) -> None:
    assert subject.hear(subject.clip, SpeakerBounds(1, 1)).speakers == ("A",)


@CHECKS
def silence_has_no_turns(subject: Diarist) -> None:
    for clip in (silence(12.0), AudioClip(np.zeros(0, np.float32), 16_000)):
        assert subject.hear(clip).turns == ()


@CHECKS
def turns_say_how_sure_they_are(subject: Diarist) -> None:
    promised(subject.engine.capabilities.confidence, "it tells no confidence")
    assert all(0 <= (turn.confidence or -1) <= 1 for turn in subject.alone.turns)


@CHECKS
def turns_are_told_before_the_end(subject: Diarist) -> None:
    promised(subject.engine.capabilities.online, "it hears recordings as a whole")
    hearing = subject.engine.begin(subject.encoder, SpeakerBounds())
    repeated = AudioClip(np.tile(subject.clip.samples, 2), subject.clip.sample_rate)
    hearing.hear(repeated)
    assert {"A", "B"} == set(hearing.so_far().speakers) == set(hearing.finish().speakers)


@CHECKS
def voices_can_be_compared(subject: Diarist) -> None:
    promised(subject.cls.needs_encoder, "its voices are of another network")  # type: ignore[attr-defined]
    voices = subject.alone.voices
    assert set(voices) == {"A", "B"}
    assert all(abs(float(np.linalg.norm(voice)) - 1) < 1e-5 for voice in voices.values())
