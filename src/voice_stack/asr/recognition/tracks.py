"""The audio track of a film that a request is about."""

from collections.abc import Sequence
from typing import Final

from voice_stack.audio.tracks import Track, TrackChoice, main_track
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import find_language, names_no_language

# Of a file's tracks, how many a message names.
_LISTED: Final = 20


def track_choice(asked: str | None, spoken: str | None = None) -> TrackChoice:
    """The choice that a request's `audio_track` stands for.

    Args:
        asked: a track's number, from 0, or a language by tag or name; None, `und` and the like for the main track.
        spoken: code of the language that the audio is said to be in. Without `asked`, a track in it is chosen over a
            main one in another language; where the main one does not name its language, it stays.

    Returns:
        The choice; it raises InvalidRequestError, with the tracks that there are, where the file has none as asked.
    """

    def choose(tracks: Sequence[Track]) -> Track:
        if asked is None or (names_no_language(asked) and not _named(tracks, asked)):
            main = main_track(tracks)
            others = _in_language(tracks, spoken) if spoken and main.language else []
            return main if main in others or not others else main_track(others)
        found = _numbered(tracks, asked) if asked.isdecimal() else _named(tracks, asked) or _in_language(tracks, asked)
        if not found:
            raise _no_such_track(tracks, asked)
        return main_track(found)

    return choose


def _numbered(tracks: Sequence[Track], asked: str) -> list[Track]:
    # As text: a number may have more digits than Python reads.
    return [track for track in tracks if str(track.number) == (asked.lstrip("0") or "0")]


def _named(tracks: Sequence[Track], asked: str) -> list[Track]:
    """The tracks of the very tag."""
    return [track for track in tracks if track.language and track.language.casefold() == asked.casefold()]


def _in_language(tracks: Sequence[Track], asked: str) -> list[Track]:
    code = find_language(asked)
    return [track for track in tracks if code is not None and find_language(track.language) == code]


def _no_such_track(tracks: Sequence[Track], asked: str) -> InvalidRequestError:
    listed = "; ".join(map(str, tracks[:_LISTED])) + ("; ..." if len(tracks) > _LISTED else "")
    return InvalidRequestError(
        f"audio_track={asked[:40]!r} is no audio track of this file, which has: {listed}. Send the number or the "
        "language of one, or leave audio_track out.",
        param="audio_track",
    )
