"""Places that settings come from, the first that has a variable wins, and each value with its origin:

    flags > NAME_FILE (secrets) > environment > .env > ~/.config/voice-stack/config.yaml

Every value but a flag's is a text, or in config.yaml a list of texts, so that it means the same wherever it stands.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

from voice_stack.core.errors import SettingsError

logger = logging.getLogger("voice_stack.settings")

FLAG, ENVIRONMENT, DEFAULT = "flag", "environment", "default"
CONFIG_FILE = "~/.config/voice-stack/config.yaml"
CONFIG_VARIABLE = "VOICE_STACK_CONFIG"
FILE_SUFFIX = "_FILE"

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Found:
    """A variable's value as it stands somewhere, and where: flag, environment, .env, NAME_FILE or config.yaml."""

    value: object
    origin: str
    path: str = ""
    """Of the file that NAME_FILE names."""

    @property
    def note(self) -> str:
        """The origin for an error's line; empty for the plain environment, where one looks first anyway."""
        if self.origin in (ENVIRONMENT, FLAG):
            return ""
        return f" ({self.origin}: {Path(self.path).name})" if self.path else f" ({self.origin})"


class Sources:
    """All places, read once; without arguments: none, so that every setting has its default.

    Args:
        flags: values by variable name, in any case.
        environment: texts by variable name in lower case.
        env_file: the same, of `.env`.
        env_file_name: what `.env` is called.
        config: texts and lists of texts by variable name in lower case.
        config_name: what config.yaml is called.
    """

    def __init__(
        self,
        flags: Mapping[str, object] | None = None,
        environment: Mapping[str, str | None] | None = None,
        env_file: Mapping[str, str | None] | None = None,
        env_file_name: str = ".env",
        config: Mapping[str, object] | None = None,
        config_name: str = "config.yaml",
    ) -> None:
        self._flags = {name.lower(): value for name, value in (flags or {}).items()}
        self._texts: list[tuple[str, Mapping[str, object]]] = [
            (ENVIRONMENT, environment or {}),
            (env_file_name, env_file or {}),
            (config_name, config or {}),
        ]
        self._found: dict[str, Found | None] = {}

    @classmethod
    def read(cls, flags: Mapping[str, object], env_file: str | Path | None) -> "Sources":
        """Read the environment, `.env` and the configuration file.

        Args:
            flags: values by variable name, in any case.
            env_file: None: no such file is looked for.

        Raises:
            SettingsError: a file that is there cannot be read.
        """
        environment = EnvSettingsSource(BaseSettings).env_vars
        try:
            dotenv = DotEnvSettingsSource(BaseSettings, env_file=env_file, env_file_encoding="utf-8").env_vars
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{env_file}: cannot be read: {error}") from error
        name = CONFIG_VARIABLE.lower()
        config = _config_path(environment.get(name, dotenv.get(name)))
        return cls(
            flags,
            environment,
            dotenv,
            Path(env_file).name if env_file else ".env",
            read_config(config) if config else {},
            config.name if config else "config.yaml",
        )

    def find(self, variable: str, *, secret: bool) -> Found | None:
        """The value of a variable and its origin; None: it stands nowhere.

        Args:
            secret: look for NAME_FILE too.

        Raises:
            SettingsError: the file that NAME_FILE names cannot be read.
        """
        if variable not in self._found:
            self._found[variable] = self._look_for(variable.lower(), secret=secret)
        return self._found[variable]

    def names(self) -> Iterator[tuple[str, str, bool]]:
        """Every name in every place, in upper case, with its origin, and True where nobody but us writes names."""
        yield from ((name.upper(), FLAG, True) for name in sorted(self._flags))
        for origin, texts in self._texts:
            ours = texts is self._texts[-1][1]
            yield from ((name.upper(), origin, ours) for name in sorted(texts))

    def _look_for(self, name: str, *, secret: bool) -> Found | None:
        if name in self._flags:
            return Found(self._flags[name], FLAG)
        plain = self._look_in_texts(name)
        file = self._look_in_texts(name + FILE_SUFFIX.lower()) if secret else None
        if file is None or not file.value:
            return plain
        variable = name.upper()
        if plain is not None:
            logger.warning("%s_FILE is used, and not %s, which is set too (%s).", variable, variable, plain.origin)
        path = str(file.value)
        return Found(_read_secret(variable + FILE_SUFFIX, path), variable + FILE_SUFFIX, path)

    def _look_in_texts(self, name: str) -> Found | None:
        for origin, texts in self._texts:
            value = texts.get(name)
            if value is not None:
                return Found(value, origin)
        return None


def read_config(path: Path) -> dict[str, object]:
    """Content of a configuration file: variables in lower case, with a text or a list of texts each.

    Raises:
        SettingsError: unreadable, not YAML, or not flat; names file and line.
    """
    import yaml

    from voice_stack.core.located_yaml import mistake, read_yaml

    root = read_yaml(path)
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise mistake(path, root, "must hold names and values, such as `asr_model: small`.")
    values: dict[str, object] = {}
    for key, node in root.value:
        if not isinstance(key, yaml.ScalarNode):
            raise mistake(path, key, "must be the name of a setting.")
        name = str(key.value).lower()
        if name in values:
            raise mistake(path, key, f"{key.value} stands here twice.")
        if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
            values[name] = [str(item.value) for item in node.value]
        elif isinstance(node, yaml.ScalarNode):
            values[name] = str(node.value)
        else:
            raise mistake(path, node, f"{key.value} must be a text, a number or a list of them.")
    return values


def _config_path(named: str | None) -> Path | None:
    """The configuration file: the one that VOICE_STACK_CONFIG names, which then must be there; empty: none."""
    if named is not None:
        return Path(named).expanduser() if named else None
    try:
        usual = Path(CONFIG_FILE).expanduser()
        return usual if usual.is_file() else None
    except (OSError, RuntimeError):  # no home, or nobody may look into it
        return None


def _read_secret(variable: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8"
        raise SettingsError(f"{variable}={path!r}: cannot be read: {reason}.") from error
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{variable}={path!r}: is larger than {_MOST_BYTES // 1024} KiB, which no secret is.")
    return text.removesuffix("\n").removesuffix("\r")
