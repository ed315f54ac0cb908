"""Verification of a voice when it is created, and when it is looked at again."""

from typing import BinaryIO, Final

from voice_stack.audio.vad import SAMPLE_RATE
from voice_stack.tts.recordings import MAX_RECORDING_S
from voice_stack.tts.voice_options import CustomVoiceOptions
from voice_stack.tts.voices.custom.checks import ConsentChecks, newer, not_verified, see_checks, worst
from voice_stack.tts.voices.custom.consents import Consents
from voice_stack.tts.voices.custom.preparing import decoded
from voice_stack.tts.voices.custom.records import ConsentRecord, Verification, VoiceRecord

_NO_CONSENT: Final = "no consent was asked for (TTS_REQUIRE_CONSENT=false)"
_IMPORTED: Final = "it was imported by the owner of the server"


class VoiceVerifier:
    """Checks of voices, by the rules of the settings. Blocking; thread-safe."""

    def __init__(self, options: CustomVoiceOptions, checks: ConsentChecks, consents: Consents) -> None:
        self._options = options
        self._checks = checks
        self._consents = consents

    def usable(self, consent: ConsentRecord) -> ConsentRecord:
        """A consent that a voice may rest on, as far as that can be told without its sample; listened to now, where
        nobody could before.

        Raises:
            ConsentRefusedError: it is none.
        """
        heard = self._consents.heard_again(consent)
        self._see(heard.verification, "phrase", "synthetic")
        return heard

    def verified(self, consent: ConsentRecord | None, sample: BinaryIO) -> Verification:
        """Checks of a new voice that rests on a consent; of one that needs none for None.

        Raises:
            ConsentRefusedError: it is not the consent of this voice.
        """
        found = self._found(consent, sample)
        if consent is not None:
            self._see(found, "phrase", "speaker", "synthetic")
        return found

    def imported(self, sample: BinaryIO) -> Verification:
        """Checks of a voice that the owner of the server has brought."""
        unseen = not_verified(_IMPORTED)
        return Verification(phrase=unseen, speaker=unseen, synthetic=self._checks.synthetic(sample, "the sample"))

    def again(self, record: VoiceRecord, sample: BinaryIO) -> Verification:
        """Checks of a voice, made once more. Where nobody can look today, what was found before counts."""
        consent = self._consents.find(record.consent)
        if consent is not None:
            consent = self._consents.heard_again(consent, anew=True)
        known, found = record.verification, self._found(consent, sample)
        return Verification(
            phrase=newer(known.phrase, found.phrase),
            speaker=newer(known.speaker, found.speaker),
            synthetic=newer(known.synthetic, found.synthetic),
        )

    def _found(self, consent: ConsentRecord | None, sample: BinaryIO) -> Verification:
        """Checks of a voice with this sample that rests on a consent."""
        synthetic = self._checks.synthetic(sample, "the sample")
        if consent is None:
            return Verification(
                phrase=not_verified(_NO_CONSENT), speaker=not_verified(_NO_CONSENT), synthetic=synthetic
            )
        with self._consents.opened(consent) as recording:
            speaker = self._checks.speaker(
                self._consents.clip(recording), decoded(sample, SAMPLE_RATE, MAX_RECORDING_S)
            )
            of_consent = self._checks.synthetic(recording, "the consent")
        # What was heard stays with the consent: the voice is shown to more people.
        phrase = consent.verification.phrase.model_copy(update={"heard": None})
        return Verification(phrase=phrase, speaker=speaker, synthetic=worst(synthetic, of_consent))

    def _see(self, found: Verification, *names: str) -> None:
        counted = {name: found.checks[name] for name in names}
        strict, listens = self._options.consent_strict, self._checks.has_recogniser
        see_checks(counted, is_strict=strict, phrase_counts=listens)
