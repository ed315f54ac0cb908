"""Reports about settings: the example file, their values with their origin, names that are none."""

import difflib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from voice_stack.core.settings import Settings, SettingsGroup, is_secret
from voice_stack.core.sources import CONFIG_FILE, CONFIG_VARIABLE, FILE_SUFFIX

_NEAR = 0.8


@dataclass(frozen=True)
class Owned:
    """The variables that one class declares, by the field's name."""

    owner: type[SettingsGroup]
    variables: dict[str, str]

    @property
    def title(self) -> str:
        """The first line of the owner's docstring, with the module that it is in."""
        text = inspect.getdoc(self.owner) or self.owner.__name__
        module = self.owner.__module__.removeprefix("voice_stack.").removesuffix(".settings")
        return f"{text.partition(chr(10))[0].rstrip('.')} ({module})"


def owned_settings(*classes: type[SettingsGroup]) -> list[Owned]:
    """Every variable of the classes, of what they inherit and of the groups in them, once, beside its owner.

    A base that a class gives a prefix of its own (the engines of one kind) owns nothing: its variables are the class's.
    """
    found: list[Owned] = []
    seen: set[str] = set()
    for cls in classes:
        _walk(cls, seen, found)
    return [owned for owned in found if owned.variables]


def _walk(cls: type[SettingsGroup], seen: set[str], found: list[Owned]) -> None:
    variables = cls.variables()
    for base in reversed(cls.__mro__):
        if issubclass(base, SettingsGroup) and base.variables().items() <= variables.items():
            own = {name: variable for name, variable in base.variables().items() if variable not in seen}
            seen |= set(own.values())
            found.append(Owned(base, own))
            for nested in base.nested().values():
                _walk(nested, seen, found)


def misspelt_settings(
    settings: Settings, *further: type[SettingsGroup], prefix: str, everything: bool = False
) -> list[str]:
    """Names that look like a setting and are none, each with what may be meant.

    Args:
        settings: says which names there are, in the environment, `.env` and config.yaml.
        further: groups that `settings` does not hold.
        prefix: of the service's own variables (`ASR_`): with it, every name that is no setting is told; other names
            only where they resemble a setting.
        everything: no setting is unknown here, so that every other name in config.yaml is told too.
    """
    groups = owned_settings(type(settings), *settings.groups_read(), *further)
    known: set[str] = {CONFIG_VARIABLE}
    for owned in groups:
        for name, variable in owned.variables.items():
            known |= {variable, variable + FILE_SUFFIX} if is_secret(owned.owner.model_fields[name]) else {variable}
    lines = {}
    for name, origin, ours in settings.names():
        if name not in known and name not in lines:
            near = _nearest(name, known)
            if near or (prefix and name.startswith(prefix)) or (ours and everything):
                place = "" if origin == "environment" else f" ({origin})"
                lines[name] = f"{name}{place} is no setting" + (f"; is {near} meant?" if near else ".")
    return list(lines.values())


def _nearest(name: str, known: set[str]) -> str:
    """The most similar of the settings that begin with the same word; empty: none is."""
    if name.removesuffix(FILE_SUFFIX) in known:  # only secrets are read from files
        return name.removesuffix(FILE_SUFFIX)
    first = name.partition("_")[0]
    alike = [one for one in sorted(known) if one.partition("_")[0] == first]
    near = difflib.get_close_matches(name, alike, n=1, cutoff=_NEAR)
    return near[0] if near else ""


def render_env_example(*classes: type[SettingsGroup]) -> str:
    """The text of `.env.example`: every variable once, with its description and its default, in groups."""
    return "\n".join(_blocks(*classes))


def _blocks(*classes: type[SettingsGroup]) -> Iterator[str]:
    yield (
        "# Every setting with its default. Copy to .env and change what you need.\n"
        f"# {CONFIG_FILE} may hold the same (`asr_model: small`); {CONFIG_VARIABLE} names another file.\n"
        "# Instead of a secret, its name with _FILE may name a file that holds it.\n"
    )
    for owned in owned_settings(*classes):
        yield f"# ---- {owned.title} ----\n"
        for name, variable in owned.variables.items():
            yield _block(variable, owned.owner.model_fields[name])


def _block(variable: str, info: FieldInfo) -> str:
    return f"# {info.description or ''}\n{variable}={as_text(info.get_default(call_default_factory=True))}\n"


def as_text(value: object) -> str:
    """A value as it is written in the environment."""
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    if isinstance(value, dict):
        return ",".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Shown:
    """A setting as people are told of it.

    Attributes:
        owner: title of the group that declares it.
        value: as it is written in the environment; `***` for a secret that is set.
        origin: flag, NAME_FILE, environment, .env, config.yaml or default.
    """

    owner: str
    variable: str
    value: str
    origin: str
    description: str


def shown_settings(settings: Settings) -> list[Shown]:
    """Every setting of a service, and of the groups that it has read so far, by owner.

    Raises:
        SettingsError: a group that was not read yet cannot be read.
    """
    shown: list[Shown] = []
    for owned in owned_settings(type(settings), *settings.groups_read()):
        holder = settings if isinstance(settings, owned.owner) else settings.group(owned.owner)
        for name, variable in owned.variables.items():
            info = owned.owner.model_fields[name]
            text = as_text(getattr(holder, name))
            value = "***" if text and is_secret(info) else text
            origin = settings.origin(owned.owner, name)
            shown.append(Shown(owned.title, variable, value, origin, info.description or ""))
    return shown
