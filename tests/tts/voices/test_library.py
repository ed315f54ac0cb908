"""The voice library: which files are voices, what changes while it runs, and what is refused with which reason."""

import hashlib
import json
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from voice_stack.audio.clip import AudioClip
from voice_stack.audio.encode import encode_whole
from voice_stack.audio.formats import AudioFormat
from voice_stack.core.errors import ServiceUnavailableError, UnusableVoiceError, VoiceNotFoundError
from voice_stack.tts.recordings import read_recordings
from voice_stack.tts.voices import library as library_module
from voice_stack.tts.voices.folder import StampedFile
from voice_stack.tts.voices.library import LibraryVoice, VoiceLibrary


@pytest.fixture(scope="session")
def wav(speech: AudioClip) -> bytes:
    return encode_whole(speech, AudioFormat.WAV)


@pytest.fixture(scope="session")
def louder(speech: AudioClip) -> bytes:
    return encode_whole(AudioClip(speech.samples * 1.2, speech.sample_rate), AudioFormat.WAV)


def listed(folder: Path) -> dict[str, str | None]:
    """Ids and problems."""
    return {voice.id: voice.problem for voice in VoiceLibrary(folder).entries()}


def only(folder: Path) -> LibraryVoice:
    (voice,) = VoiceLibrary(folder).entries()
    return voice


def refusal(folder: Path, id: str) -> str:
    with pytest.raises(UnusableVoiceError) as caught:
        VoiceLibrary(folder).resolve(id)
    assert (caught.value.status, caught.value.code, caught.value.param) == (400, "unusable_voice", "voice")
    return caught.value.message


def test_a_recording_is_a_voice_with_what_its_json_says(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    facts = {"name": "Anna B.", "language": "de-AT", "description": "warm", "transcript": "Hallo", "gender": "Female"}
    (tmp_path / "anna.json").write_text(json.dumps(facts | {"mine": 1}), encoding="utf-8")
    voice = only(tmp_path)
    assert voice == LibraryVoice("anna", "Anna B.", "de", "warm", "Hallo", voice.seconds, None, "female")
    assert voice.seconds == pytest.approx(5.4, abs=0.1)
    reference = VoiceLibrary(tmp_path).resolve("anna")
    assert reference.paths == (tmp_path / "anna.wav",)
    assert (reference.id, reference.language, reference.transcript) == ("anna", "de", "Hallo")
    assert reference.sha256 == hashlib.sha256(wav).hexdigest()


@pytest.mark.parametrize(
    ("name", "audio_format"),
    [
        ("anna.wav", AudioFormat.WAV),
        ("anna.WAV", AudioFormat.WAV),
        ("anna.flac", AudioFormat.FLAC),
        ("anna.mp3", AudioFormat.MP3),
        ("anna.ogg", AudioFormat.OPUS),
        ("anna.opus", AudioFormat.OPUS),
        ("anna.aac", AudioFormat.AAC),
        ("anna.mp3", AudioFormat.FLAC),
    ],
)
def test_every_format_is_read_by_its_content(
    tmp_path: Path, speech: AudioClip, name: str, audio_format: AudioFormat
) -> None:
    (tmp_path / name).write_bytes(encode_whole(speech, audio_format))
    reference = VoiceLibrary(tmp_path).resolve("anna")
    (clip,) = read_recordings(reference, 24_000)
    assert clip.duration == pytest.approx(5.4, abs=0.15)


def test_a_folder_is_a_voice_of_several_recordings(tmp_path: Path, speech: AudioClip) -> None:
    parts = [encode_whole(speech.slice(start, start + 2.0), AudioFormat.WAV) for start in (0.2, 2.9)]
    folder = tmp_path / "anna"
    folder.mkdir()
    (folder / "b.wav").write_bytes(parts[1])
    (folder / "a.wav").write_bytes(parts[0])
    (folder / "notes.txt").write_text("of no concern")
    (folder / ".hidden.wav").write_bytes(b"")
    (folder / "voice.json").write_text('{"language": "en"}')
    (tmp_path / "anna.json").write_text('{"language": "fr"}')
    reference = VoiceLibrary(tmp_path).resolve("anna")
    assert reference.paths == (folder / "a.wav", folder / "b.wav")
    assert reference.sha256 == hashlib.sha256(b"".join(parts)).hexdigest()
    assert reference.language == "en"
    assert only(tmp_path).seconds == pytest.approx(4.0, abs=0.01)
    (folder / "voice.json").unlink()
    assert only(tmp_path).language == "fr"


def test_other_files_are_no_voices(tmp_path: Path, wav: bytes) -> None:
    for name in ("README.md", "openai.yaml", "anna.txt", ".anna.wav", "anna.wav.part", "lonely.json", "anna"):
        (tmp_path / name).write_bytes(wav)
    for name in ("lexicon", ".git", "papers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "en.yaml").write_text("gif: jif")
    (tmp_path / "lexicon" / "sound.wav").write_bytes(wav)
    assert listed(tmp_path) == {}


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_without_a_folder_there_are_no_voices(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    voices = VoiceLibrary(tmp_path / folder)
    assert voices.entries() == []
    assert voices.find("anna") is None
    assert "anna" not in voices


@pytest.mark.parametrize(
    "id",
    [
        *(
            "../anna",
            "./anna",
            "anna.wav",
            "anna/",
            "/etc/passwd",
            "sub/anna",
            "anna\0",
            "anna\0.wav",
            "",
            ".",
            "..",
            "*",
        ),
        *("ANNA", " anna", "anna\n", "%61nna", "a" * 100_000, "\ud800", ".hidden", "lexicon", "~", "C:\\anna"),
    ],
    ids=ascii,
)
def test_names_are_only_compared(tmp_path: Path, wav: bytes, id: str) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    inside = tmp_path / "voices"
    for folder in (inside, inside / "sub", inside / "lexicon"):
        folder.mkdir()
        (folder / "anna.wav").write_bytes(wav)
    (inside / ".hidden.wav").write_bytes(wav)
    voices = VoiceLibrary(inside)
    assert voices.find(id) is None
    assert id not in voices
    with pytest.raises(VoiceNotFoundError) as caught:
        voices.resolve(id)
    assert (caught.value.status, caught.value.code, caught.value.param) == (404, "voice_not_found", "voice")
    assert len(caught.value.message) < 1000


@pytest.mark.parametrize("name", ["Zoë", "राम", "小明", "Anna-Marie 2.1", "_x", "7", "a" * 64])
def test_names_may_have_the_letters_of_any_language(tmp_path: Path, wav: bytes, name: str) -> None:
    (tmp_path / f"{name}.wav").write_bytes(wav)
    assert listed(tmp_path) == {name: None}
    assert VoiceLibrary(tmp_path).resolve(name).id == name


def test_a_name_is_found_however_its_letters_are_composed(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "Zoe\u0308.wav").write_bytes(wav)
    assert listed(tmp_path) == {"Zo\u00eb": None}
    for spelling in ("Zoe\u0308", "Zo\u00eb"):
        assert VoiceLibrary(tmp_path).resolve(spelling).paths == (tmp_path / "Zoe\u0308.wav",)


@pytest.mark.parametrize("name", ["a:b", "-x", "a\nb", "<b>", "a" * 65, "a\u202eb", "a\x07"], ids=ascii)
def test_names_that_cannot_be_asked_for_are_listed_with_the_reason(tmp_path: Path, wav: bytes, name: str) -> None:
    (tmp_path / f"{name}.wav").write_bytes(wav)
    assert "The name must begin with a letter or digit" in (listed(tmp_path)[name] or "")
    assert "The name must begin with a letter or digit" in refusal(tmp_path, name)


def test_a_file_name_that_is_no_text_can_be_listed(tmp_path: Path, wav: bytes) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav")).write_bytes(wav)
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    voice = only(tmp_path)
    assert voice.problem is not None
    json.dumps([voice.id, voice.name, voice.problem]).encode("ascii")
    f"{voice.id} {voice.problem}".encode()


def test_of_two_files_with_one_name_the_same_is_always_the_voice(tmp_path: Path, wav: bytes, louder: bytes) -> None:
    (tmp_path / "anna.flac").write_bytes(louder)
    (tmp_path / "anna.wav").write_bytes(wav)
    assert listed(tmp_path) == {"anna": None, "anna.flac": "There is another voice of this name: anna.wav."}
    assert VoiceLibrary(tmp_path).resolve("anna").paths == (tmp_path / "anna.wav",)
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "1.wav").write_bytes(louder)
    assert listed(tmp_path) == {
        "anna": None,
        "anna.flac": "There is another voice of this name: anna/.",
        "anna.wav": "There is another voice of this name: anna/.",
    }


def test_an_empty_folder_does_not_hide_a_recording(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    (tmp_path / "anna").mkdir()
    assert listed(tmp_path) == {"anna": None, "anna/": "There is another voice of this name: anna.wav."}


def test_a_dropped_file_is_a_voice_and_a_removed_one_is_none(tmp_path: Path, wav: bytes) -> None:
    voices = VoiceLibrary(tmp_path / "voices")
    assert voices.entries() == []
    (tmp_path / "voices").mkdir()
    path = tmp_path / "voices" / "anna.wav"
    path.write_bytes(wav)
    assert "anna" in voices
    assert voices.resolve("anna").paths == (path,)
    assert [voice.id for voice in voices.entries()] == ["anna"]
    path.unlink()
    assert "anna" not in voices
    assert voices.find("anna") is None
    assert voices.entries() == []
    with pytest.raises(VoiceNotFoundError):
        voices.resolve("anna")


def test_a_replaced_file_has_another_hash(tmp_path: Path, wav: bytes, louder: bytes) -> None:
    assert len(wav) == len(louder)
    path = tmp_path / "anna.wav"
    path.write_bytes(wav)
    voices = VoiceLibrary(tmp_path)
    first = voices.resolve("anna")
    assert voices.resolve("anna") == first
    replacement = tmp_path / "new.part"
    replacement.write_bytes(louder)
    os.utime(replacement, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))  # as `cp -p` leaves it
    replacement.replace(path)
    assert voices.resolve("anna").sha256 == hashlib.sha256(louder).hexdigest() != first.sha256


def test_a_file_that_is_still_being_copied_becomes_usable_when_it_is_complete(tmp_path: Path, wav: bytes) -> None:
    voices = VoiceLibrary(tmp_path)
    seen = []
    with (tmp_path / "anna.wav").open("wb") as file:
        for end in (0, 20, 40_000, len(wav)):
            file.write(wav[file.tell() : end])
            file.flush()
            seen.append(voices.entries()[0].problem)
    assert seen[0] == "anna.wav is empty."
    assert seen[1] == "anna.wav has no sound that can be decoded."
    assert "seconds of sound" in (seen[2] or "")
    assert seen[3] is None
    assert voices.resolve("anna").sha256 == hashlib.sha256(wav).hexdigest()


def test_a_mended_json_file_makes_the_voice_usable(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    (tmp_path / "anna.json").write_text('{"language": "de"')
    voices = VoiceLibrary(tmp_path)
    assert voices.entries()[0].problem is not None
    (tmp_path / "anna.json").write_text('{"language": "de"}')
    assert voices.resolve("anna").language == "de"
    (tmp_path / "anna.json").unlink()
    assert voices.resolve("anna").language is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{\n"language": "de",\n}', "anna.json, line 3: "),
        (b"", "anna.json, line 1: "),
        (b'["de"]', 'anna.json, line 1: {"language": ..., "description": ...} is needed.'),
        (b'{\n\n"language": "klingon"}', 'anna.json, line 3: "klingon" is no language; write its code, such as de.'),
        (b'{\n"description": 7}', 'anna.json, line 2: "description" must be a text in quotes.'),
        (b'{"gender": "x"}', 'anna.json, line 1: "gender" is female or male.'),
        (b'{"language": "\xff"}', "anna.json is not UTF-8."),
        (b"[" * 200_000, "anna.json "),
        (b'{"a": ' + b"1" * 5000 + b"}", "anna.json is no JSON"),
        (b" " * 300_000, "anna.json is larger than 256 KiB."),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_damaged_json_file_is_told_and_harms_no_other_voice(
    tmp_path: Path, wav: bytes, content: bytes, reason: str
) -> None:
    for name in ("anna", "ben"):
        (tmp_path / f"{name}.wav").write_bytes(wav)
    (tmp_path / "anna.json").write_bytes(content)
    found = listed(tmp_path)
    assert found["ben"] is None
    assert (found["anna"] or "").startswith(reason)
    assert reason in refusal(tmp_path, "anna")


def test_half_a_character_in_a_json_file_can_be_answered(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    (tmp_path / "anna.json").write_text('{"description": "a\\ud800b", "language": null}')
    assert only(tmp_path).description == "a?b"


def test_recordings_that_are_no_good_are_refused_with_the_reason(tmp_path: Path, speech: AudioClip) -> None:
    def write(name: str, samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        (tmp_path / name).write_bytes(encode_whole(AudioClip(samples.astype(np.float32), 16_000), AudioFormat.WAV))

    samples = speech.samples.astype(np.float64)
    write("short.wav", samples[:32_000])
    write("silent.wav", samples * 0)
    write("clipped.wav", np.clip(samples * 20, -1, 1))
    write("noisy.wav", samples * 0.5 + np.random.default_rng(1).standard_normal(len(samples)) * 0.1)
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "random.mp3").write_bytes(np.random.default_rng(1).bytes(50_000))
    (tmp_path / "text.wav").write_text("RIFF is what I am not")
    expected = {
        "short": "It has 2.0 seconds of sound, long silence left out; at least 3 are needed.",
        "silent": "There is only silence in it: -101 dBFS at its loudest.",
        "clipped": "clipped.wav is clipped: ",
        "noisy": "noisy.wav is too noisy: the speech is ",
        "empty": "empty.wav is empty.",
        "random": "random.mp3 has no sound that can be decoded.",
        "text": "text.wav has no sound that can be decoded.",
    }
    found = listed(tmp_path)
    assert found.keys() == expected.keys()
    for id, reason in expected.items():
        assert (found[id] or "").startswith(reason)
        assert refusal(tmp_path, id).startswith(f"The voice '{id}' cannot be used: {reason}")


def test_a_recording_of_more_than_ten_minutes_is_refused(tmp_path: Path) -> None:
    silence = AudioClip(np.zeros(16_000 * 601, np.float32), 16_000)
    (tmp_path / "book.flac").write_bytes(encode_whole(silence, AudioFormat.FLAC))
    assert listed(tmp_path) == {"book": "book.flac is longer than 10 minutes."}


def test_one_damaged_recording_of_several_is_named(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "1.wav").write_bytes(wav)
    (tmp_path / "anna" / "2.mp3").write_bytes(b"x" * 1000)
    assert listed(tmp_path) == {"anna": "2.mp3 has no sound that can be decoded."}


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "anna").mkdir()
    assert (listed(tmp_path)["anna"] or "").startswith("The folder has no recordings in it: .wav")


def test_links_are_followed_where_they_lead_to_a_file(tmp_path: Path, wav: bytes) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "voices"
    for path in (outside, folder):
        path.mkdir()
    (outside / "take 1.wav").write_bytes(wav)
    (folder / "anna.wav").symlink_to(outside / "take 1.wav")
    (folder / "ben").symlink_to(outside)
    (folder / "gone.wav").symlink_to(outside / "missing.wav")
    (folder / "loop.wav").symlink_to(folder / "loop.wav")
    (folder / "zero.wav").symlink_to("/dev/zero")
    (folder / "self").symlink_to(folder)
    found = listed(folder)
    assert found.pop("self") is not None
    assert found == {
        "anna": None,
        "ben": None,
        "gone": "The link gone.wav leads to no file.",
        "loop": "The link loop.wav leads to no file.",
        "zero": "The link zero.wav leads to no file.",
    }
    assert "leads to no file" in refusal(folder, "zero")


def test_a_pipe_does_not_hang_the_library(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "anna.wav")
    assert listed(tmp_path) == {"anna": "anna.wav is no file that can be read."}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_told(tmp_path: Path, wav: bytes) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    (tmp_path / "anna.wav").chmod(0)
    assert listed(tmp_path) == {"anna": "anna.wav cannot be read: Permission denied."}


def test_recordings_are_listened_to_once_a_content(
    tmp_path: Path, wav: bytes, louder: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    measure = library_module._measure

    def counted(recording: StampedFile) -> object:
        decoded.append(recording.name)
        return measure(recording)

    monkeypatch.setattr(library_module, "_measure", counted)
    (tmp_path / "anna.wav").write_bytes(wav)
    (tmp_path / "bad.wav").write_bytes(b"x")
    voices = VoiceLibrary(tmp_path)
    for _ in range(3):
        voices.entries()
        voices.resolve("anna")
    assert decoded == ["anna.wav", "bad.wav"]
    shutil.copy(tmp_path / "anna.wav", tmp_path / "copy.wav")
    (tmp_path / "anna.wav").rename(tmp_path / "renamed.wav")
    assert [(voice.id, voice.problem is None) for voice in voices.entries()] == [
        ("bad", False),
        ("copy", True),
        ("renamed", True),
    ]
    assert decoded == ["anna.wav", "bad.wav"]
    os.utime(tmp_path / "bad.wav", ns=(1, 1))
    (tmp_path / "copy.wav").write_bytes(louder)
    voices.entries()
    assert decoded == ["anna.wav", "bad.wav", "bad.wav", "copy.wav"]


def test_what_has_gone_is_forgotten(tmp_path: Path, wav: bytes) -> None:
    voices = VoiceLibrary(tmp_path)
    for number in range(5):
        path = tmp_path / f"voice{number}.wav"
        path.write_bytes(wav + bytes(number))
        (tmp_path / f"voice{number}.json").write_text("{}")
        voices.entries()
        path.unlink()
    voices.entries()
    assert [voices._digests, voices._facts, voices._measured, voices._undecodable] == [{}, {}, {}, {}]


def test_many_threads_get_one_answer(tmp_path: Path, wav: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        (tmp_path / f"voice{number}.wav").write_bytes(wav)
        (tmp_path / f"empty{number}.wav").write_bytes(b"")
    voices = VoiceLibrary(tmp_path)
    start = threading.Barrier(8)

    def ask(number: int) -> list[tuple[str, str | None]]:
        start.wait()
        voices.resolve(f"voice{number % 3}")
        return [(voice.id, voice.problem) for voice in voices.entries()]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    expected = [(f"empty{n}", f"empty{n}.wav is empty.") for n in range(3)] + [(f"voice{n}", None) for n in range(3)]
    assert answers == [expected] * 8


def test_without_ffmpeg_the_voice_is_not_condemned(
    tmp_path: Path, speech: AudioClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "anna.flac").write_bytes(encode_whole(speech, AudioFormat.FLAC))
    voices = VoiceLibrary(tmp_path)

    def missing() -> str:
        raise ServiceUnavailableError("There is no FFmpeg.")

    with monkeypatch.context() as patch:
        patch.setattr("voice_stack.audio.decode.ffmpeg_path", missing)
        with pytest.raises(ServiceUnavailableError):
            voices.resolve("anna")
        assert voices.entries()[0].problem == "There is no FFmpeg."
    assert voices.entries()[0].problem is None
    assert voices.resolve("anna").id == "anna"


def test_looking_a_name_up_among_many_opens_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(200):
        (tmp_path / f"voice{number}.wav").write_bytes(b"x")
    voices = VoiceLibrary(tmp_path)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(Path, "open", refused)
    assert "voice7" in voices
    assert voices.find("nobody") is None


def test_a_list_tells_what_it_knows_while_the_rest_is_listened_to(
    tmp_path: Path, wav: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "anna.wav").write_bytes(wav)
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "empty.json").write_text('{"language": "de"}')
    measure = library_module._measure
    go_on = threading.Event()

    def held(recording: StampedFile) -> object:
        assert go_on.wait(60)
        return measure(recording)

    monkeypatch.setattr(library_module, "_measure", held)
    voices = VoiceLibrary(tmp_path)
    first = voices.entries(patience_s=0.0)
    assert [(v.id, v.is_judged, v.problem, v.seconds) for v in first] == [
        ("anna", False, None, None),
        ("empty", False, None, None),
    ]
    assert first[1].language == "de"
    go_on.set()
    assert [(v.id, v.is_judged, v.problem) for v in voices.entries()] == [
        ("anna", True, None),
        ("empty", True, "empty.wav is empty."),
    ]
    assert [v.is_judged for v in voices.entries(patience_s=0.0)] == [True, True]


def test_the_first_voice_that_can_be_used_is_found_without_listening_to_the_others(
    tmp_path: Path, wav: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    for name in ("b", "c"):
        (tmp_path / f"{name}.wav").write_bytes(wav + name.encode())
    listened: list[str] = []
    measure = library_module._measure

    def counted(recording: StampedFile) -> object:
        listened.append(recording.name)
        return measure(recording)

    monkeypatch.setattr(library_module, "_measure", counted)
    voice = VoiceLibrary(tmp_path).first_usable()
    assert voice is not None
    assert voice.id == "b"
    assert listened == ["a.wav", "b.wav"]


def test_a_file_that_is_no_recording_by_its_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.wav").open("wb") as file:
        file.truncate(3 << 30)
    assert listed(tmp_path) == {"huge": "huge.wav is larger than 512 MiB."}
