"""Settings of subtitles; a request has fields of the same names."""

from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from voice_stack.asr.subtitles.profiles import Profile, Shape
from voice_stack.core.settings import SettingsGroup, setting

_TRUE: Final = ("true", "1", "yes", "on")
_FALSE: Final = ("false", "0", "no", "off")


class SubtitleOptions(SettingsGroup):
    """Subtitles: their profile, and its numbers. Empty: as the profile has it. Requests may say otherwise."""

    model_config = SettingsConfigDict(env_prefix="ASR_SUBTITLE_")

    profile: Profile = setting(
        Profile.NONE,
        description="Profile of subtitles (srt, vtt, ass, ttml, lrc) where a request names none: none (segments as "
        "they are heard), netflix, netflix-kids, bbc.",
    )
    bazarr_profile: Profile = setting(Profile.NETFLIX, description="The same on the Bazarr routes.")
    max_line_width: float | None = setting(
        None, ge=8, le=250, description="Characters of a line; of Chinese, Japanese and Korean, full-width ones."
    )
    max_line_count: int | None = setting(None, ge=1, le=10, description="Lines of a subtitle.")
    max_cps: float | None = setting(None, ge=1, le=100, description="Characters a second that can be read.")
    max_wpm: float | None = setting(None, ge=20, le=1000, description="Words a minute that can be read.")
    min_duration: float | None = setting(
        None, ge=0, le=10, description="Seconds that a subtitle is shown at least, unless max_duration is less."
    )
    max_duration: float | None = setting(None, ge=0.5, le=60, description="Seconds that it is shown at most.")
    min_gap: float | None = setting(None, ge=0, le=5, description="Seconds between two subtitles.")
    close_gap: float | None = setting(
        None, ge=0, le=10, description="Seconds: a gap that is shorter is closed to min_gap."
    )
    max_gap: float | None = setting(None, ge=0.1, le=60, description="Seconds of a pause that always ends a subtitle.")
    drop_non_speech: bool | None = setting(
        None, description="Leave out what is no speech: [Music], (applause), credits that recognisers make up."
    )
    drop_repetitions: bool | None = setting(
        None, description="Leave out all but the first of what is repeated as nobody speaks."
    )
    dialogue_dashes: bool | None = setting(
        None, description="Show a short exchange of two speakers together, a line and a dash each."
    )
    start_offset: float = setting(
        0.0, ge=-86_400, le=86_400, description="Seconds that subtitles come later; below 0: earlier."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_default(cls, value: object, info: ValidationInfo) -> object:
        return cls.model_fields[str(info.field_name)].default if value == "" else value

    def shape(self, *, bazarr: bool = False) -> Shape:
        """The subtitles that these options ask for.

        Args:
            bazarr: whether the request is Bazarr's.
        """
        numbers = tuple((name, value) for name in NUMBERS if (value := getattr(self, name)) is not None)
        return Shape(self.bazarr_profile if bazarr else self.profile, numbers, self.start_offset)


@dataclass(frozen=True, slots=True)
class Number:
    """An option that takes the place of a profile's, as it is read from text.

    Attributes:
        kind: float, int or bool.
        least, most: bounds of a number.
        description: what it means.
    """

    kind: type
    least: float
    most: float
    description: str

    @property
    def allowed(self) -> str:
        """The values that are allowed, as a predicate."""
        if self.kind is bool:
            return "must be true or false"
        return f"must be a {'whole ' if self.kind is int else ''}number from {self.least:g} to {self.most:g}"

    def read(self, text: str) -> float | bool:
        """The value that a text says.

        Raises:
            ValueError: with what is allowed.
        """
        if self.kind is bool:
            word = text.strip().lower()
            if word not in _TRUE and word not in _FALSE:
                raise ValueError(self.allowed)
            return word in _TRUE
        try:
            number = float(text)
        except ValueError:
            raise ValueError(self.allowed) from None
        if not self.least <= number <= self.most or (self.kind is int and not number.is_integer()):
            raise ValueError(self.allowed)
        return int(number) if self.kind is int else number


def _number(name: str) -> Number:
    info = SubtitleOptions.model_fields[name]
    kind: Any = next(iter(get_args(info.annotation)), info.annotation)
    bounds: dict[str, Any] = {"ge": 0.0, "le": 0.0}
    for one in info.metadata:
        bounds |= {bound: getattr(one, bound) for bound in bounds if hasattr(one, bound)}
    return Number(kind, bounds["ge"], bounds["le"], info.description or "")


OFFSET: Final = "start_offset"
NUMBERS: Final = tuple(
    name for name in SubtitleOptions.model_fields if name not in ("profile", "bazarr_profile", OFFSET)
)
"""Options that take the place of a profile's."""
FIELDS: Final = {name: _number(name) for name in (*NUMBERS, OFFSET)}
"""Fields of a request beside its profile."""
