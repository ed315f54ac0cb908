"""The rules of consents and voices: who is asked, what is refused, and what is recorded."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from tests.live_server import ROOT
from tests.tts.voices.custom.conftest import (
    PHRASE,
    MarkedBytes,
    Opened,
    PitchComparer,
    ScriptedRecogniser,
    consented,
    created,
    file_of,
    wav_of,
)
from voice_stack.audio.clip import AudioClip
from voice_stack.audio.resample import Resampler
from voice_stack.core.errors import (
    ConsentRefusedError,
    InvalidAudioError,
    InvalidRequestError,
    LibraryFullError,
    NotFoundError,
    UnusableVoiceError,
    VoiceNotFoundError,
    VoiceStackError,
)
from voice_stack.tts.voices.custom.library import CustomVoices
from voice_stack.tts.voices.custom.records import Status


@pytest.fixture(scope="session")
def deep(speech: AudioClip) -> bytes:
    """Another speaker, as far as the pitch goes: the same speech, slower and deeper by three fifths."""
    resampler = Resampler(10_000, 16_000)
    slow = AudioClip(resampler.write(speech.samples), 16_000)
    return wav_of(slow)


def events(library: CustomVoices) -> list[dict[str, object]]:
    text = (library.store.folder.path / "audit.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_without_a_recogniser_a_consent_is_kept_and_called_not_verified(opened: Opened, sample: bytes) -> None:
    library = opened()
    record = library.consents.get(consented(library, sample))
    assert record.verification.phrase.status is Status.NOT_VERIFIED
    assert record.verification.phrase.reason == "no recogniser is configured (TTS_ASR)"
    assert record.verification.phrase.engine is None
    voice = library.voice(created(library, record.id, sample))
    assert {check.status for check in voice.verification.checks.values()} == {Status.NOT_VERIFIED}
    assert all(check.reason for check in voice.verification.checks.values())


def test_a_phrase_that_is_said_is_verified_by_somebody(opened: Opened, sample: bytes) -> None:
    library = opened(recogniser=ScriptedRecogniser(PHRASE.lower().replace("openai", "open ai")))
    consent = library.consents.get(consented(library, sample))
    phrase = consent.verification.phrase
    assert (phrase.status, phrase.engine) == (Status.VERIFIED, "scripted/nothing-is-listened-to")
    assert phrase.value is not None
    assert 0 < phrase.value <= (phrase.threshold or 0) == 0.35
    voice = library.voice(created(library, consent.id, sample))
    assert voice.verification.phrase == phrase.model_copy(update={"heard": None})


def test_a_wrong_phrase_is_kept_as_failed_and_makes_no_voice(opened: Opened, sample: bytes) -> None:
    library = opened(recogniser=ScriptedRecogniser("the man was walking along the road"))
    id = consented(library, sample)
    phrase = library.consents.get(id).verification.phrase
    assert phrase.status is Status.FAILED
    assert phrase.heard == "the man was walking along the road"
    with pytest.raises(ConsentRefusedError, match=r"Heard was 'the man was [^']*'; it has to say 'I am"):
        created(library, id, sample)
    assert library.store.voices.ids() == []
    # Where nobody listens any more, what is known is recorded and stops nothing.
    voice = library = opened()
    assert voice.voice(created(library, id, sample)).verification.phrase.status is Status.FAILED


def test_a_phrase_that_says_the_opposite_makes_no_voice(opened: Opened, sample: bytes) -> None:
    library = opened(recogniser=ScriptedRecogniser(PHRASE.replace("I consent", "I do not consent")))
    with pytest.raises(ConsentRefusedError, match="says 'not', which the phrase does not"):
        created(library, consented(library, sample), sample)


@pytest.mark.parametrize(("language", "accepted"), [("de-DE", Status.FAILED), ("en-GB", Status.VERIFIED)])
def test_the_phrase_is_that_of_the_language(opened: Opened, sample: bytes, language: str, accepted: Status) -> None:
    library = opened(recogniser=ScriptedRecogniser(PHRASE))
    assert library.consents.get(consented(library, sample, language)).verification.phrase.status is accepted


def test_a_language_without_a_phrase_is_not_verified(opened: Opened, sample: bytes) -> None:
    recogniser = ScriptedRecogniser(PHRASE)
    library = opened(recogniser=recogniser)
    phrase = library.consents.get(consented(library, sample, "fi")).verification.phrase
    assert phrase.status is Status.NOT_VERIFIED
    assert "finnish" in (phrase.reason or "")
    assert recogniser.asked == 0


def test_a_recogniser_that_was_out_of_order_is_asked_again(opened: Opened, sample: bytes) -> None:
    recogniser = ScriptedRecogniser(None)
    library = opened(recogniser=recogniser)
    id = consented(library, sample)
    assert "out of order" in (library.consents.get(id).verification.phrase.reason or "")
    recogniser.text = PHRASE
    voice = library.voice(created(library, id, sample))
    assert voice.verification.phrase.status is Status.VERIFIED
    assert library.consents.get(id).verification.phrase.status is Status.VERIFIED


def test_the_same_speaker_is_verified_and_another_is_refused(opened: Opened, sample: bytes, deep: bytes) -> None:
    library = opened(comparer=PitchComparer())
    id = consented(library, sample)
    speaker = library.voice(created(library, id, sample)).verification.speaker
    assert (speaker.status, speaker.engine) == (Status.VERIFIED, "pitch/autocorrelation")
    with pytest.raises(ConsentRefusedError, match="check of the speaker failed: the sample is of somebody else"):
        created(library, id, deep)
    assert len(library.store.voices.ids()) == 1


@pytest.mark.parametrize("marked", ["consent", "sample"])
def test_a_recording_with_the_mark_of_synthetic_speech_is_refused(opened: Opened, sample: bytes, marked: str) -> None:
    detector = MarkedBytes()
    library = opened(marks=detector)
    consent = consented(library, sample + detector.mark if marked == "consent" else sample)
    with pytest.raises(ConsentRefusedError, match=f"the {marked} is synthetic speech, made by a test"):
        created(library, consent, sample + detector.mark if marked == "sample" else sample)
    clean = consented(library, sample)
    synthetic = library.voice(created(library, clean, sample)).verification.synthetic
    assert (synthetic.status, synthetic.engine) == (Status.VERIFIED, "marked-bytes")


def test_strictness_refuses_what_could_not_be_verified(opened: Opened, sample: bytes) -> None:
    with pytest.raises(ConsentRefusedError, match="no recogniser is configured"):
        consented(opened(tts_consent_strict=True), sample)
    heard = ScriptedRecogniser(PHRASE)
    id = consented(opened(tts_consent_strict=True, recogniser=heard), sample)
    with pytest.raises(ConsentRefusedError, match="check of the speaker could not be made"):
        created(opened(tts_consent_strict=True, recogniser=heard), id, sample)
    whole = opened(tts_consent_strict=True, recogniser=heard, comparer=PitchComparer())
    assert created(whole, id, sample)


def test_a_voice_needs_a_consent_that_exists(opened: Opened, sample: bytes) -> None:
    library = opened()
    for consent in (None, ""):
        with pytest.raises(InvalidRequestError, match="consent must be the id") as caught:
            created(library, consent, sample)
        assert caught.value.param == "consent"
    with pytest.raises(NotFoundError) as missing:
        created(library, "cons_" + "0" * 32, sample)
    assert missing.value.param == "consent"
    assert opened(tts_require_consent=False).voice(created(opened(tts_require_consent=False), None, sample))


def test_recordings_that_cannot_be_used_are_refused_before_anything_is_kept(opened: Opened, sample: bytes) -> None:
    library = opened()
    id = consented(library, sample)
    silence = wav_of(AudioClip(np.zeros(16_000 * 5, np.float32), 16_000))
    for bad, error in ((b"", InvalidAudioError), (b"no sound", InvalidAudioError), (silence, UnusableVoiceError)):
        with pytest.raises(error) as caught:
            created(library, id, bad)
        assert isinstance(caught.value, VoiceStackError)
        assert caught.value.param == "audio_sample"
    with pytest.raises(UnusableVoiceError, match=r"too_short \(2\.\d+ s\)\. Record at least 3 seconds"):
        created(library, id, (ROOT / "tests/fixtures/hello.wav").read_bytes())
    for bad in (b"", b"no sound", silence):
        with pytest.raises(InvalidAudioError) as caught_too:
            consented(library, bad)
        assert caught_too.value.param == "recording"
    assert library.store.voices.ids() == []
    assert library.store.consents.ids() == [id]


@pytest.mark.parametrize("language", ["", "x", "klingon", "../../etc", "en\0", "e" * 50])
def test_a_consent_is_in_a_language(opened: Opened, sample: bytes, language: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        consented(opened(), sample, language)
    assert caught.value.param == "language"


def test_the_reference_is_leveled_and_the_original_stays_as_it_was(opened: Opened, speech: AudioClip) -> None:
    library = opened()
    quiet = wav_of(AudioClip(speech.samples * 0.1, speech.sample_rate))
    record = library.voice(created(library, consented(library, quiet), quiet))
    folder = library.store.folder.path / "created" / record.id
    assert (folder / "original").read_bytes() == quiet
    assert library.sample(record.id) == folder / "reference.wav"
    # Its best part: without the silence at both ends.
    assert speech.duration - 0.5 < record.seconds < speech.duration
    assert "24 kHz mono, brought to one loudness" in record.prepared
    assert record.prepared[-1].startswith("examined: usable")


def test_pages_of_consents_reach_every_one_once(opened: Opened, sample: bytes) -> None:
    library = opened()
    ids = [consented(library, sample) for _ in range(7)]
    for limit in (1, 3, 7, 100):
        seen: list[str] = []
        while True:
            page = library.consents.page(seen[-1] if seen else None, limit)
            seen += [record.id for record in page.consents]
            assert len(page.consents) <= limit
            if not page.has_more:
                break
        assert sorted(seen) == sorted(ids)
        assert seen == sorted(seen, reverse=True)
    gone = sorted(ids)[3]
    library.consents.delete(gone)
    assert [one.id for one in library.consents.page(gone, 100).consents] == sorted(ids)[2::-1]
    with pytest.raises(InvalidRequestError):
        library.consents.page("../..", 5)


def test_a_deleted_consent_leaves_its_voices_and_they_say_so(opened: Opened, sample: bytes) -> None:
    library = opened(recogniser=ScriptedRecogniser(PHRASE))
    consent = consented(library, sample)
    voice = created(library, consent, sample)
    assert library.has_consent(library.voice(voice))
    library.consents.delete(consent)
    with pytest.raises(NotFoundError):
        library.consents.delete(consent)
    assert not library.has_consent(library.voice(voice))
    checked = library.check_voice(voice)
    assert checked.verification.phrase.status is Status.VERIFIED, "it was, when there was a consent"


def test_a_deleted_voice_is_gone_with_what_engines_have_computed(opened: Opened, sample: bytes, tmp_path: Path) -> None:
    library = opened()
    consent = consented(library, sample)
    voice = library.voice(created(library, consent, sample))
    latents = tmp_path / "data" / "cache" / "xtts" / f"{voice.reference.sha256[:32]}-0123.pth"
    other = latents.with_name("0" * 32 + "-0123.pth")
    latents.parent.mkdir(parents=True)
    latents.touch()
    other.touch()
    library.delete_voice(voice.id)
    assert not latents.exists()
    assert other.exists()
    for deed in (library.delete_voice, library.voice, library.sample, library.check_voice):
        with pytest.raises(VoiceNotFoundError):
            deed(voice.id)
    assert library.consents.get(consent)


def test_looking_again_finds_what_nobody_could_look_at_before(opened: Opened, sample: bytes) -> None:
    library = opened()
    voice = created(library, consented(library, sample), sample)
    better = opened(recogniser=ScriptedRecogniser(PHRASE), comparer=PitchComparer(), marks=MarkedBytes())
    found = better.check_voice(voice).verification
    assert {check.status for check in found.checks.values()} == {Status.VERIFIED}
    # Who cannot look takes nothing back.
    assert library.check_voice(voice).verification == found
    assert library.voice(voice).verification == found


def test_a_damaged_voice_is_told_when_it_is_looked_at_again(opened: Opened, sample: bytes) -> None:
    library = opened()
    voice = created(library, consented(library, sample), sample)
    (library.store.folder.path / "created" / voice / "original").write_bytes(b"x")
    with pytest.raises(UnusableVoiceError, match="damaged"):
        library.check_voice(voice)


def test_the_quota_counts_voices_and_bytes(opened: Opened, sample: bytes) -> None:
    library = opened(tts_custom_voices=1)
    consent = consented(library, sample)
    with pytest.raises(LibraryFullError, match="TTS_CUSTOM_VOICES"):
        consented(library, sample)
    first = created(library, consent, sample)
    with pytest.raises(LibraryFullError, match="holds 1 voices"):
        created(library, consent, sample)
    library.delete_voice(first)
    assert created(library, consent, sample)
    small = opened(tts_custom_voices_mb=0.75)
    with pytest.raises(LibraryFullError, match="TTS_CUSTOM_VOICES_MB"):
        created(small, consent, sample)


def test_every_deed_has_its_line_and_no_line_has_a_text(opened: Opened, sample: bytes) -> None:
    library = opened(recogniser=ScriptedRecogniser(PHRASE))
    consent = consented(library, sample)
    voice = created(library, consent, sample, name="Secretive Anna")
    library.rename_voice(voice, "Secretive Berta")
    library.consents.rename(consent, "Secretive Consent")
    library.check_voice(voice)
    library.delete_voice(voice)
    library.consents.delete(consent)
    found = events(library)
    assert [line["event"] for line in found] == [
        *("consent.created", "voice.created", "voice.renamed", "consent.renamed", "voice.checked"),
        *("voice.deleted", "consent.deleted"),
    ]
    assert {line.get("voice", voice) for line in found} == {voice}
    assert {line.get("consent", consent) for line in found} == {consent}
    assert "Secretive" not in json.dumps(found)
    assert "owner of this voice" not in json.dumps(found)


def test_the_start_sweeps_checks_and_tells(opened: Opened, sample: bytes) -> None:
    library = opened()
    consent = consented(library, sample)
    whole, damaged = created(library, consent, sample), created(library, consent, sample)
    (library.store.folder.path / "created" / damaged / "reference.wav").write_bytes(b"RIFF")
    (library.store.folder.path / "staging" / "voice_left").mkdir()
    again = opened()
    again.start()
    deadline = time.monotonic() + 30
    while not again.status()["checked"] and time.monotonic() < deadline:
        time.sleep(0.01)
    again.close()
    status = again.status()
    assert (status["created"], status["consents"], status["checked"]) == (1, 1, True)
    assert any(damaged in name for name in status["set_aside"])  # type: ignore[attr-defined]
    assert again.store.voices.ids() == [whole]
    assert {"swept", "set-aside"} <= {line["event"] for line in events(again)}
    empty = opened(data_dir=str(library.store.folder.path / "nothing"))
    empty.start()
    empty.close()
    assert empty.status() == {"created": 0, "consents": 0, "checked": True, "set_aside": []}


def test_a_file_of_any_container_makes_a_voice(opened: Opened, speech: AudioClip) -> None:
    from voice_stack.audio.encode import encode_whole
    from voice_stack.audio.formats import AudioFormat

    library = opened(tts_require_consent=False)
    for audio_format in (AudioFormat.MP3, AudioFormat.OPUS, AudioFormat.AAC, AudioFormat.FLAC):
        with file_of(encode_whole(speech, audio_format)) as file:
            record = library.create_voice(audio_format.value, None, file)
        assert speech.duration - 0.6 < record.seconds < speech.duration + 0.2
