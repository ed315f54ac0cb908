"""The audio track of a film that a request asks for."""

from collections.abc import Sequence

from voice_stack.audio.tracks import Track, TrackChoice, main_track
from voice_stack.core.errors import InvalidRequestError
from voice_stack.language.codes import base_code, find_language


def track_choice(asked: str | None) -> TrackChoice:
    """The choice that a request's `audio_track` stands for.

    Args:
        asked: a track's number, from 0, or a language by tag or name; None for the file's main track.

    Returns:
        The choice; it raises InvalidRequestError, with the tracks that there are, where the file has no such one.
    """

    def choose(tracks: Sequence[Track]) -> Track:
        if asked is None:
            return main_track(tracks)
        found = [track for track in tracks if _is_meant(track, asked.strip())]
        if not found:
            listed = "; ".join(map(str, tracks))
            raise InvalidRequestError(
                f"audio_track={asked[:40]!r} is no track of this file, whose audio tracks are {listed}. Send the "
                "number or the language of one, or leave audio_track out.",
                param="audio_track",
            )
        return main_track(found)

    return choose


def _is_meant(track: Track, asked: str) -> bool:
    if asked.isdecimal():
        return track.number == int(asked)
    return bool(track.language) and _language(track.language) == _language(asked)


def _language(tag: str) -> str:
    """A language by whatever tag; the tag itself, without its region, where nothing is known of it."""
    return find_language(tag) or base_code(tag)
