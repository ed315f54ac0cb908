"""A book in the making, by a real service: broken off at every step that touches the disk, it comes out the same."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.live_server import TONE, Server, serve_tts
from voice_stack.audio.clip import from_s16le
from voice_stack.books.document import BREAK, Book, Chapter, Kind, Paragraph
from voice_stack.books.making.folder import WorkFolder, changes, done_share, folder_of
from voice_stack.books.making.make import BookMaker, MadeBook, Watcher
from voice_stack.books.making.narrator import Narrator
from voice_stack.books.making.plan import (
    PIECE_CHARACTERS,
    Narration,
    PlannedChapter,
    chapter_numbers,
    halves,
    plan_book,
)
from voice_stack.client import VoiceStackClient
from voice_stack.core.errors import (
    EngineUnavailableError,
    InvalidRequestError,
    ServiceUnavailableError,
    VoiceNotFoundError,
)
from voice_stack.tts.engines.tone.engine import CHARACTER_S

NARRATION = Narration("alloy", "tts-1", "en")
BOOK = Book(
    "Road",
    "Ann",
    "en",
    (
        Chapter("One", (Paragraph("One", Kind.HEADING), Paragraph("A man walked."), BREAK, Paragraph("He sang."))),
        Chapter("Two", (Paragraph("Two", Kind.HEADING), Paragraph("A dog barked."))),
    ),
)
# A number of files are written for each piece and chapter; every one is synced and named.
STEPS = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_tts(TONE) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[VoiceStackClient]:
    with VoiceStackClient(server.v1) as made:
        yield made


def plan(book: Book = BOOK, narration: Narration = NARRATION) -> list[PlannedChapter]:
    return plan_book(book, range(1, len(book.chapters) + 1), narration)


def make(client: VoiceStackClient, output: Path) -> MadeBook:
    return BookMaker(BOOK, Narrator(client, NARRATION), NARRATION, Watcher()).make(plan(), output)


class BrokenOffError(Exception):
    """What stands for the end of the process."""


def break_off(client: VoiceStackClient, output: Path, step: int, patch: pytest.MonkeyPatch) -> bool:
    """Make a book and end at a step that touches the disk; whether the book was finished before."""
    count = 0

    def counted(real: Any) -> Any:
        def call(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                raise BrokenOffError
            return real(*arguments)

        return call

    with patch.context() as inner:
        inner.setattr(os, "fsync", counted(os.fsync))
        inner.setattr(os, "replace", counted(os.replace))
        try:
            make(client, output)
        except BrokenOffError:
            return False
    return True


@pytest.mark.parametrize("step", [3, 17, 26, pytest.param(0, marks=pytest.mark.long)])
def test_broken_off_at_any_step_it_comes_out_the_same(
    step: int, client: VoiceStackClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole.wav"
    make(client, whole)
    for number in [step] if step else range(1, STEPS):
        output = tmp_path / f"{number}.wav"
        if break_off(client, output, number, monkeypatch):
            assert number > 26, "it was not broken off"
            break
        made = make(client, output)
        assert output.read_bytes() == whole.read_bytes()
        assert made.spoken + made.kept >= 5
        assert not folder_of(output).exists()


def test_only_one_process_makes_a_book(tmp_path: Path) -> None:
    with WorkFolder(tmp_path / "a.work"), pytest.raises(InvalidRequestError, match="Another process"):
        WorkFolder(tmp_path / "a.work")
    (tmp_path / "b.work").mkdir()
    (tmp_path / "b.work" / "letters.txt").write_text("of the user's")
    with pytest.raises(InvalidRequestError, match=r"no part of a book: 'letters\.txt'"):
        WorkFolder(tmp_path / "b.work")


def test_a_damaged_folder_costs_no_more_than_the_damage(client: VoiceStackClient, tmp_path: Path) -> None:
    output = tmp_path / "a.wav"
    chapters = plan()
    with WorkFolder(folder_of(output)) as work:
        spoken = Narrator(client, NARRATION).speak(chapters[0].pieces[0].text)
        work.keep_piece(chapters[0].pieces[0].key, spoken.pcm)
        (work.path / "book.json").write_bytes(b"\xff{")
        (work.path / "chapters" / f"{chapters[1].key}.json").write_text('{"samples": 5}')
        assert len(from_s16le(spoken.pcm)) > 1000
    assert 0 < done_share(folder_of(output), chapters[0]) < 1
    made = make(client, output)
    assert (made.spoken, made.kept) == (4, 1)


def test_a_service_that_says_no_leaves_what_is_spoken(client: VoiceStackClient, tmp_path: Path) -> None:
    nobody = replace(NARRATION, voice="nobody-there")
    told: list[str] = []
    maker = BookMaker(BOOK, Narrator(client, nobody), nobody, Watcher(remark=told.append))
    with pytest.raises(VoiceNotFoundError):
        maker.make(plan(narration=nobody), tmp_path / "a.wav")
    assert told == ["Stopped at chapter 1, piece 1 of 3."]
    assert folder_of(tmp_path / "a.wav").is_dir()


def test_a_service_that_was_there_is_waited_for(tmp_path: Path) -> None:
    waits: list[float] = []
    with serve_tts(TONE) as server, VoiceStackClient(server.v1) as client:
        narrator = Narrator(client, NARRATION, patience_s=2.5, on_wait=lambda reason, seconds: waits.append(seconds))
        assert narrator.speak("Hello.").engine.startswith("tone/")
        server.process.kill()
        server.process.wait()
        with pytest.raises(ServiceUnavailableError, match="in vain"):
            narrator.speak("Hello again.")
    assert waits == [1.0]


def test_pieces_are_known_by_their_words_and_by_how_they_are_spoken() -> None:
    def keys(book: Book = BOOK, narration: Narration = NARRATION) -> list[str]:
        return [piece.key for chapter in plan(book, narration) for piece in chapter.pieces]

    corrected = replace(BOOK, chapters=(BOOK.chapters[0], Chapter("Two", (Paragraph("Two"), Paragraph("A cat.")))))
    assert [a == b for a, b in zip(keys(), keys(corrected), strict=True)] == [True, True, True, True, False]
    assert not set(keys()) & set(keys(narration=replace(NARRATION, speed=1.1)))
    assert keys(narration=replace(NARRATION, loudness_lufs=-16)) == keys()
    noted = {"narration": {"voice": "nova", "model": "tts-1", "language": "en", "speed": 1.0, "loudness_lufs": -19.0}}
    assert changes(noted, NARRATION) == ["voice: nova, now alloy"]
    assert changes({}, NARRATION) == []


def test_long_paragraphs_are_cut_between_sentences_and_nothing_is_lost() -> None:
    text = "The wind blew over the hills, and nobody came. " * 90 + "x" * 2500
    (chapter,) = plan(Book("B", "", "en", (Chapter("C", (Paragraph(text),)),)))
    assert max(len(piece.text) for piece in chapter.pieces) <= PIECE_CHARACTERS
    assert "".join(piece.text for piece in chapter.pieces).replace(" ", "") == text.replace(" ", "")
    assert all(piece.text.endswith(("came.", "x")) for piece in chapter.pieces)
    assert [piece.pause_s for piece in chapter.pieces[:-1]] == [0.3] * (len(chapter.pieces) - 1)
    assert halves("One two. Three four. Five six.", "en") == ["One two. Three four.", "Five six."]


def test_words_that_look_like_markup_are_spoken_as_words() -> None:
    (chapter,) = plan(Book("B", "", "en", (Chapter("C", (Paragraph("<speak> he typed, and pressed enter."),)),)))
    assert chapter.pieces[0].text == "speak he typed, and pressed enter."


@pytest.mark.parametrize(
    ("choice", "expected"), [(None, [1, 2, 3, 4]), ("2", [2]), ("3-4,1", [1, 3, 4]), ("1-2, 2-3", [1, 2, 3])]
)
def test_chapters_are_chosen(choice: str | None, expected: list[int]) -> None:
    assert chapter_numbers(choice, 4) == expected


@pytest.mark.parametrize("choice", ["", "0", "5", "3-2", "a", "1-", "-1", "1,,2", "²"])
def test_a_choice_that_cannot_be_is_refused(choice: str) -> None:
    with pytest.raises(InvalidRequestError):
        chapter_numbers(choice, 4)


def test_changed_settings_are_named_and_changed_words_alone_are_spoken_again(
    client: VoiceStackClient, tmp_path: Path
) -> None:
    told: list[str] = []

    def again(book: Book, narration: Narration) -> MadeBook:
        told.clear()
        maker = BookMaker(book, Narrator(client, narration), narration, Watcher(remark=told.append), keep_work=True)
        return maker.make(plan(book, narration), tmp_path / "a.wav")

    assert again(BOOK, NARRATION).spoken == 5
    assert (again(BOOK, NARRATION).spoken, told) == (0, [])
    corrected = replace(BOOK, chapters=(BOOK.chapters[0], Chapter("Two", (Paragraph("Two"), Paragraph("A cat.")))))
    # A chapter that is done has no pieces any more: all of the one that was changed are spoken.
    assert (again(corrected, NARRATION).spoken, told) == (2, [])
    made = again(BOOK, replace(NARRATION, speed=2.0))
    assert (made.spoken, made.kept) == (5, 0)
    assert told == ["Spoken anew, for it was begun otherwise: speed: 1.0, now 2.0."]


def test_another_engine_is_not_taken_by_the_way(client: VoiceStackClient, tmp_path: Path) -> None:
    output = tmp_path / "a.wav"
    with WorkFolder(folder_of(output)) as work:
        work.note(NARRATION, "kokoro/kokoro")
    with pytest.raises(EngineUnavailableError, match="begun by kokoro/kokoro, and now tone/tone answers"):
        make(client, output)
    maker = BookMaker(BOOK, Narrator(client, NARRATION), NARRATION, Watcher(), any_engine=True)
    assert maker.make(plan(), output).engine == "tone/tone"


def test_a_service_with_a_small_limit_is_given_less_at_once() -> None:
    words = "The man was walking along the road. " * 9
    with serve_tts(TONE | {"TTS_MAX_INPUT_CHARS": "100"}) as small, VoiceStackClient(small.v1) as client:
        spoken = Narrator(client, NARRATION).speak(words)
    assert len(spoken.pcm) / 48_000 > len(words.replace(" ", "")) * CHARACTER_S * 0.8
