"""Which track of a film is meant."""

import pytest

from voice_stack.asr.recognition.tracks import track_choice
from voice_stack.audio.tracks import Track
from voice_stack.core.errors import InvalidRequestError

# As containers have them: bibliographic codes, terminological ones, tags, and none.
FILM = (
    Track(0, "ger"),
    Track(1, "fre", default=True),
    Track(2, "fra"),
    Track(3),
    Track(4, "pt-BR"),
    Track(5, "por"),
    Track(6, "zxx"),
)


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (None, 1),
        ("und", 1),
        ("auto", 1),
        ("0", 0),
        ("003", 3),
        ("de", 0),
        ("deu", 0),
        ("German", 0),
        ("de-AT", 0),
        ("fr", 1),
        ("FRA", 2),
        ("french", 1),
        ("pt-BR", 4),
        ("pt", 4),
        ("por", 5),
        ("zxx", 6),
    ],
)
def test_track_is_found_by_number_and_by_language(asked: str | None, number: int) -> None:
    assert track_choice(asked)(FILM).number == number


@pytest.mark.parametrize(
    "asked", ["7", "-1", "1.0", "0x1", "9" * 5000, "٣٣", "en", "klingon", "commentary", "x" * 9000]
)
def test_error_names_the_tracks_that_there_are(asked: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        track_choice(asked)(FILM)
    assert caught.value.param == "audio_track"
    assert "0 (ger); 1 (fre, default); 2 (fra); 3 (no language)" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_error_is_no_longer_than_it_helps() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        track_choice("x")([Track(number, "eng") for number in range(1000)])
    assert "19 (eng); ..." in str(caught.value)


@pytest.mark.parametrize(
    ("spoken", "number"), [("fr", 1), ("de", 0), ("pt", 4), ("en", 1), (None, 1)], ids=lambda value: str(value)
)
def test_language_of_the_request_chooses_where_the_tracks_name_theirs(spoken: str | None, number: int) -> None:
    assert track_choice(None, spoken)(FILM).number == number
    assert track_choice("3", spoken)(FILM).number == 3


def test_main_track_without_a_language_may_be_in_any() -> None:
    assert track_choice(None, "fr")([Track(0), Track(1, "fre")]).number == 0
