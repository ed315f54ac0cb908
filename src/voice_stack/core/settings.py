"""Settings in groups: a group of options stands beside its user, and a service composes the groups that it needs.

Nothing is read at import; `load_settings` is called once by the code that assembles a service, and what is wrong
stops the start with the variable's name, its value and what is allowed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, TypeGuard, TypeVar

from pydantic import BeforeValidator, Field, JsonValue, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from voice_stack.core.errors import SettingsError
from voice_stack.core.sources import DEFAULT, Found, Sources

G = TypeVar("G", bound="SettingsGroup")
S = TypeVar("S", bound="Settings")

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def split_commas(value: object) -> object:
    """Turn `"a, b"` into `["a", "b"]`; anything that is not text is left to the validation."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


# A list setting: comma-separated in the environment, never JSON.
CommaList = Annotated[list[str], NoDecode, BeforeValidator(split_commas)]


def check_device(value: str) -> str:
    """The name of a device as it is.

    Raises:
        ValueError: it is none of auto, cpu, cuda, cuda:N.
    """
    if not _DEVICE.fullmatch(value):
        raise ValueError("must be auto, cpu, cuda or cuda:N")
    return value


def setting(default: Any, *, description: str, shapes: bool = True, secret: bool = False, **constraints: Any) -> Any:
    """A field of a settings group.

    Args:
        default: the value where nothing is set.
        description: what it means, with its unit, for people who read `.env.example`.
        shapes: False: the value does not change what is answered, so answers that were kept stay good.
        secret: never shown, and also read from the file that NAME_FILE names.
        constraints: what pydantic's `Field` takes: ge, le, pattern, validation_alias ...
    """
    facts: dict[str, JsonValue] = {"shapes": shapes, "secret": secret}
    return Field(default, description=description, repr=not secret, json_schema_extra=facts, **constraints)


class SettingsGroup(BaseSettings):
    """Options of one owner. A field's variable is `env_prefix` and its name, or its own `validation_alias`.

    An instance that is made by hand has what it is given and defaults; only `load_settings` reads other places.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, populate_by_name=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but what is passed in: `Sources` has read every place."""
        return (init_settings,)

    @classmethod
    def variables(cls) -> dict[str, str]:
        """The variable of each field, by the field's name, without the fields of nested groups."""
        return dict(_variables(cls))

    @classmethod
    def nested(cls) -> dict[str, type["SettingsGroup"]]:
        """The fields that hold a group, with its class."""
        return {name: info.annotation for name, info in cls.model_fields.items() if _is_group(info.annotation)}


@cache
def _variables(cls: type[SettingsGroup]) -> dict[str, str]:
    prefix = cls.model_config.get("env_prefix", "")
    return {
        name: (info.validation_alias if isinstance(info.validation_alias, str) else prefix + name).upper()
        for name, info in cls.model_fields.items()
        if not _is_group(info.annotation)
    }


def _is_group(annotation: Any) -> TypeGuard[type[SettingsGroup]]:
    return isinstance(annotation, type) and issubclass(annotation, SettingsGroup)


def is_secret(info: FieldInfo) -> bool:
    """True for a field that must not be shown and may come from a file."""
    return info.repr is False


def does_shape(info: FieldInfo) -> bool:
    """True for a field whose value changes what is answered; so it is until somebody has thought about it."""
    facts = info.json_schema_extra
    return facts.get("shapes") is not False if isinstance(facts, dict) else True


@dataclass
class _Reading:
    """Places that a service's settings came from. Settings are equal when their values are, wherever they stood."""

    sources: Sources = field(default_factory=Sources, compare=False)
    groups: dict[type[SettingsGroup], SettingsGroup] = field(default_factory=dict, compare=False)


class Settings(SettingsGroup):
    """Settings of a service: fields of its own, and fields that hold a group."""

    _reading: _Reading = PrivateAttr(default_factory=_Reading)

    def group(self, cls: type[G]) -> G:
        """A further group, such as an engine's options, read from where these settings were read; made once.

        Raises:
            SettingsError: one line for each bad variable.
        """
        groups = self._reading.groups
        if cls not in groups:
            reader = _Reader(self._reading.sources)
            group = reader.build(cls)
            if group is None:
                raise SettingsError("\n".join(reader.problems))
            if isinstance(group, Settings):  # of another service, in the same process
                group._reading = _Reading(self._reading.sources, reader.groups)
            groups |= reader.groups
        return groups[cls]  # type: ignore[return-value]

    def origin(self, cls: type[SettingsGroup], name: str) -> str:
        """The place that the value of a group's field is from: flag, NAME_FILE, environment, .env, config.yaml or
        default."""
        found = self._reading.sources.find(cls.variables()[name], secret=is_secret(cls.model_fields[name]))
        return DEFAULT if found is None else found.origin

    def names(self) -> Iterator[tuple[str, str, bool]]:
        """Every name in the places that these settings were read from; see `Sources.names`."""
        return self._reading.sources.names()

    def groups_read(self) -> list[type[SettingsGroup]]:
        """The classes of the groups that have been read so far."""
        return list(self._reading.groups)


class _Reader:
    """Builds groups from the sources and collects what is wrong with them."""

    def __init__(self, sources: Sources) -> None:
        self.problems: list[str] = []
        self.groups: dict[type[SettingsGroup], SettingsGroup] = {}
        self._sources = sources

    def build(self, cls: type[G]) -> G | None:
        """The group, or None and further `problems`."""
        before = len(self.problems)
        found = self._find_all(cls)
        values: dict[str, Any] = {name: one.value for name, one in found.items()}
        for name, nested in cls.nested().items():
            group = self.build(nested)
            if group is not None:
                values[name] = group
        try:
            made = cls(**values)
        except ValidationError as error:
            self.problems.extend(_explain(cls, error, found))
            return None
        if len(self.problems) > before:
            return None
        self.groups[cls] = made
        return made

    def _find_all(self, cls: type[SettingsGroup]) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for name, variable in cls.variables().items():
            try:
                one = self._sources.find(variable, secret=is_secret(cls.model_fields[name]))
            except SettingsError as error:
                self.problems.append(str(error))
            else:
                if one is not None:
                    found[name] = one
        return found


def load_settings(cls: type[S], *further: type[SettingsGroup], **flags: Any) -> S:
    """Read the settings, or say what is wrong with them.

    Args:
        cls: the settings class of the service.
        further: groups that it does not hold and that shall be found right too, such as engines' options.
        flags: values that win over every other place, by variable name in lower case, whatever group they are in, also
            one that is only read later by `Settings.group` (command-line options, tests). `_env_file` is another file
            than `.env`; None: none.

    Raises:
        SettingsError: one line for each bad variable of all groups: its name, its value, what is allowed.
    """
    env_file = flags.pop("_env_file", SettingsGroup.model_config.get("env_file"))
    sources = Sources.read(flags, env_file)
    reader = _Reader(sources)
    made = reader.build(cls)
    for group in further:
        reader.build(group)
    if made is None or reader.problems:
        raise SettingsError("\n".join(dict.fromkeys(reader.problems)))
    made._reading = _Reading(sources, reader.groups)
    return made


def shaping_settings(*groups: SettingsGroup) -> list[tuple[str, object]]:
    """The variables that answers depend on, with their values: all of the groups, and of the groups in them, but those
    with `shapes=False`."""
    shaping: list[tuple[str, object]] = []
    for group in groups:
        for name, variable in group.variables().items():
            if does_shape(type(group).model_fields[name]):
                shaping.append((variable, getattr(group, name)))
        shaping += shaping_settings(*(getattr(group, name) for name in group.nested()))
    return shaping


def _explain(cls: type[SettingsGroup], error: ValidationError, found: dict[str, Found]) -> Iterator[str]:
    variables = cls.variables()
    fields = {variable: name for name, variable in variables.items()}
    for problem in error.errors():
        place = str(problem["loc"][0]) if problem["loc"] else ""
        name = place if place in cls.model_fields else fields.get(place.upper(), "")
        if name in cls.nested():
            continue
        info = cls.model_fields.get(name)
        shown = "(hidden)" if info is not None and is_secret(info) else repr(problem.get("input"))
        origin = found[name].note if name in found else ""
        line = f"{variables.get(name, cls.__name__)}={shown}{origin}: {problem['msg']}."
        if info is not None and info.description:
            line += f" {info.description}"
        yield line
