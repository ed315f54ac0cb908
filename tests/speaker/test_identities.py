"""Identities last: found again after a restart, renamed, merged, and forgotten with all of their bytes."""

import base64
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.cases import hello
from tests.speaker.conftest import encoder_with
from voice_stack.audio.clip import AudioClip
from voice_stack.core.errors import (
    InvalidRequestError,
    SpeakerExistsError,
    SpeakerNotFoundError,
    SpeakersFullError,
    TooLittleSpeechError,
)
from voice_stack.core.storage import SPEAKERS_FOLDER
from voice_stack.speaker.encoder import SpeakerEncoder
from voice_stack.speaker.identities import Identities
from voice_stack.speaker.identity import Consent, Identity, Sample, consent_of, new_id
from voice_stack.speaker.identity_files import IdentityFiles
from voice_stack.speaker.settings import IdentityOptions
from voice_stack.speaker.vectors import Embedding, unit

CONSENT = Consent(by="Anna Quintessa", statement="You may know my voice.", given_at=1_700_000_000, recorded_at=1)
SIZE = 192


def vector(seed: int) -> Embedding:
    return unit(np.random.default_rng(seed).normal(size=SIZE))


def near(voice: Embedding, seed: int) -> Embedding:
    return unit(voice + 0.3 * vector(1000 + seed))


@pytest.fixture
def opened(tiny_campplus: Path, tmp_path: Path) -> Callable[..., Identities]:
    """Identities of one folder, opened anew with each call."""
    encoder = encoder_with(speaker_model=str(tiny_campplus))

    def made(**options: Any) -> Identities:
        return Identities(IdentityFiles(tmp_path / SPEAKERS_FOLDER), IdentityOptions(**options), encoder)

    return made


def keep(identities: Identities, name: str, voices: Sequence[Embedding]) -> Identity:
    """An identity of vectors, as an enrolment leaves it."""
    model = identities.encoder.name
    samples = tuple(Sample(id=new_id("smp"), model=model, vector=one.copy(), speech_s=3, added_at=1) for one in voices)
    identity = Identity(id=new_id("spk"), name=name, created_at=1, updated_at=1, consents=(CONSENT,), samples=samples)
    identities.files.write(identity)
    return identity


def folder_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def traces(voice: Embedding) -> list[bytes]:
    """A vector as it may lie about: its bytes, and base64 of them at each of its three alignments."""
    raw = voice.astype("<f4").tobytes()
    return [raw[:32], *(base64.b64encode(raw[at : at + 60])[4:-4] for at in range(3))]


def test_a_voice_is_known_after_a_restart(opened: Callable[..., Identities]) -> None:
    first = opened()
    anna, berta = vector(1), vector(2)
    kept = keep(first, "Anna", [near(anna, 1), near(anna, 2)])
    keep(first, "Berta", [berta])
    first.close()
    again = opened()
    match = again.match(near(anna, 3))
    assert match is not None
    assert (match.id, match.name, match.is_same) == (kept.id, "Anna", True)
    assert 0.7 < match.score <= 1
    assert again.match(vector(3)) is None
    assert again.rank(near(berta, 1))[0].name == "Berta"
    assert len(again.rank(vector(3))) == 2


def test_an_enrolment_keeps_no_sound_and_says_who_agreed(opened: Callable[..., Identities], tmp_path: Path) -> None:
    identities = opened()
    made = identities.enrol("Anna", [hello(), hello()], CONSENT)
    (path,) = (tmp_path / SPEAKERS_FOLDER).glob("spk_*.json")
    assert path.stat().st_mode & 0o077 == 0
    assert path.stat().st_size < 4000
    content = json.loads(path.read_bytes())
    assert content["schema"] == 1
    assert content["consents"] == [
        {"by": "Anna Quintessa", "statement": "You may know my voice.", "given_at": 1_700_000_000, "recorded_at": 1}
    ]
    assert len(content["samples"]) == 2
    identified = identities.identify(hello())
    assert (identified.name, identified.match and identified.match.id) == ("Anna", made.id)
    assert identities.verify(hello(), made.id).is_same


def test_without_a_consent_nobody_is_enrolled_unless_the_owner_says_so(opened: Callable[..., Identities]) -> None:
    with pytest.raises(InvalidRequestError, match="consent_by"):
        opened().enrol("Anna", [hello()], None)
    assert opened(require_consent=False).enrol("Anna", [hello()], None).consents == ()


def test_half_a_consent_is_none() -> None:
    assert consent_of(None, " ") is None
    with pytest.raises(InvalidRequestError) as raised:
        consent_of("Anna", "")
    assert raised.value.param == "consent_statement"
    with pytest.raises(InvalidRequestError, match="past"):
        consent_of("Anna", "Yes.", 10**11)


def test_names_are_of_one_each(opened: Callable[..., Identities]) -> None:
    identities = opened()
    anna, berta = keep(identities, "Anna", [vector(1)]), keep(identities, "Berta", [vector(2)])
    with pytest.raises(SpeakerExistsError, match=anna.id):
        identities.rename(berta.id, "ANNA")
    assert identities.rename(anna.id, "anna").name == "anna"
    renamed = identities.rename(berta.id, "Zoë")
    assert (renamed.id, renamed.name) == (berta.id, "Zoë")
    match = identities.match(vector(2))
    assert match is not None
    assert match.name == "Zoë"
    for name in ("", "unknown", "a\u202eb", "x" * 300):
        with pytest.raises(InvalidRequestError):
            identities.rename(berta.id, name)
    with pytest.raises(SpeakerNotFoundError):
        identities.rename("spk_" + "0" * 32, "Nobody")


def test_two_that_are_one_are_merged(opened: Callable[..., Identities]) -> None:
    identities = opened()
    anna, berta = keep(identities, "Anna", [vector(1)]), keep(identities, "Annie", [vector(2)])
    merged = identities.merge(anna.id, berta.id)
    assert (merged.id, merged.name, len(merged.samples), len(merged.consents)) == (anna.id, "Anna", 2, 1)
    assert [one.id for one in opened().all()] == [anna.id]
    match = identities.match(unit(vector(1) + vector(2)))
    assert match is not None
    assert (match.id, match.threshold) == (anna.id, 0.54)
    assert match.score == pytest.approx(1.0)
    with pytest.raises(SpeakerNotFoundError):
        identities.get(berta.id)
    with pytest.raises(InvalidRequestError, match="itself"):
        identities.merge(anna.id, anna.id)


def test_a_merge_that_was_cut_off_is_one_all_the_same(opened: Callable[..., Identities], tmp_path: Path) -> None:
    identities = opened()
    anna, berta = keep(identities, "Anna", [vector(1)]), keep(identities, "Annie", [vector(2)])
    left = (tmp_path / SPEAKERS_FOLDER / f"{berta.id}.json").read_bytes()
    identities.merge(anna.id, berta.id)
    (tmp_path / SPEAKERS_FOLDER / f"{berta.id}.json").write_bytes(left)  # as a kill between the two steps leaves it
    reader = IdentityFiles(tmp_path / SPEAKERS_FOLDER)
    assert [one.id for one in reader.all()] == [anna.id]
    opened()
    assert not (tmp_path / SPEAKERS_FOLDER / f"{berta.id}.json").exists()


def test_who_is_forgotten_leaves_no_byte(opened: Callable[..., Identities], tmp_path: Path) -> None:
    identities, beside = opened(), opened()
    voice = vector(7)
    keep(identities, "Berta", [vector(2)])
    kept = keep(identities, "Ottilie Quintessa", [voice])
    identities.rename(kept.id, "Ottilie Q.")
    assert beside.match(voice) is not None
    lying = folder_bytes(tmp_path)
    assert any(trace in lying for trace in traces(voice))
    # Whoever has the file open sees zeros: nothing is left where it lay.
    file = (tmp_path / SPEAKERS_FOLDER / f"{kept.id}.json").open("rb")
    cached = beside.files.get(kept.id)
    assert cached is not None
    identities.forget(kept.id)
    with file:
        assert set(file.read()) == {0}
    lying = folder_bytes(tmp_path)
    assert not any(trace in lying for trace in [*traces(voice), b"Ottilie", b"Quintessa Q", kept.id.encode()])
    assert identities.match(voice) is None
    assert beside.match(voice) is None, "another process has forgotten too"
    assert not cached.samples[0].vector.any(), "in memory too"
    with pytest.raises(SpeakerNotFoundError):
        identities.forget(kept.id)


def test_what_a_killed_process_has_left_is_swept(opened: Callable[..., Identities], tmp_path: Path) -> None:
    folder = tmp_path / SPEAKERS_FOLDER
    keep(opened(), "Anna", [vector(1)])
    for name in (".part-1", ".gone-2"):
        (folder / name).write_bytes(b"a name")
    opened()
    assert {path.name for path in folder.iterdir() if path.name.startswith(".")} == set()


def test_what_is_damaged_is_told_and_can_be_forgotten(opened: Callable[..., Identities], tmp_path: Path) -> None:
    identities = opened()
    kept, later = keep(identities, "Anna", [vector(1)]), keep(identities, "Berta", [vector(2)])
    folder = tmp_path / SPEAKERS_FOLDER
    (folder / f"{kept.id}.json").write_bytes(b"{broken")
    document = json.loads((folder / f"{later.id}.json").read_bytes())
    (folder / f"{later.id}.json").write_text(json.dumps({**document, "schema": 2}))
    (folder / "stranger.json").write_text("{}")
    (folder / f"{new_id('spk')}.json").symlink_to("/etc/passwd")
    again = opened()
    assert again.all() == []
    assert again.files.damaged[later.id] == "it is of version 2, and this program knows 1"
    assert again.match(vector(1)) is None
    for id in list(again.files.damaged):
        again.forget(id)
    assert again.files.damaged == {}
    assert Path("/etc/passwd").stat().st_size > 0


def test_there_is_room_for_so_many(opened: Callable[..., Identities]) -> None:
    identities = opened(identities=1, require_consent=False)
    identities.enrol("Anna", [hello()], None)
    with pytest.raises(SpeakersFullError, match="SPEAKER_IDENTITIES"):
        identities.enrol("Berta", [hello()], None)


def test_vectors_of_other_models_are_not_compared(opened: Callable[..., Identities]) -> None:
    identities = opened()
    other = Sample(id=new_id("smp"), model="other/model", vector=vector(1), speech_s=3, added_at=1)
    kept = Identity(id=new_id("spk"), name="Anna", created_at=1, updated_at=1, samples=(other,))
    identities.files.write(kept)
    assert identities.rank(vector(1)) == []
    with pytest.raises(InvalidRequestError, match="enrol again"):
        identities.verify(hello(), kept.id)


def test_silence_and_a_word_are_no_reference(opened: Callable[..., Identities], encoder: SpeakerEncoder) -> None:
    identities = opened(require_consent=False)
    quiet = AudioClip(np.zeros(32_000, np.float32), 16_000)
    padded = AudioClip(np.concatenate([quiet.samples, hello().slice(0.3, 1.1).samples, quiet.samples]), 16_000)
    for clip, told in ((quiet, "silent"), (hello().slice(0, 0.6), "lasts 0.6"), (padded, "of speech in the recording")):
        with pytest.raises(TooLittleSpeechError, match=told):
            identities.enrol("Anna", [clip], None)
    assert identities.all() == []


def test_many_threads_enrol_and_match_at_once(opened: Callable[..., Identities]) -> None:
    identities = opened()
    keep(identities, "Anna", [vector(0)])
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            kept = keep(identities, f"Speaker {number}", [vector(number)])
            assert identities.match(vector(0)) is not None
            identities.rename(kept.id, f"Renamed {number}")
            if number % 2:
                identities.forget(kept.id)
        except BaseException as error:  # noqa: BLE001 (told below)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {one.name for one in identities.all()} == {"Anna", *(f"Renamed {number}" for number in range(2, 9, 2))}
