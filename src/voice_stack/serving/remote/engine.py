"""Base of the engines `remote` of all kinds: their row, their facts, and the upstream that they hold."""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from voice_stack.serving.engine import Engine, EngineConfig
from voice_stack.serving.remote.client import Facts, Upstream
from voice_stack.serving.remote.options import UpstreamOptions
from voice_stack.serving.spec import EngineSpec, Kind, Licence, ModelEntry

logger = logging.getLogger("voice_stack.serving")

ENGINE_NAME: Final = "remote"


class UpstreamEngine(Engine, abstract=True):
    """An engine whose work another server does. Comes before the kind's own contract among the bases.

    Attributes:
        upstream: the server.
        is_voice_stack: it is another Voice Stack, which takes and tells more than OpenAI's API has.
    """

    name: ClassVar[str] = ENGINE_NAME

    def __init__(self, config: EngineConfig[Any]) -> None:
        self.model = config.model or config.options.model
        self.device = ENGINE_NAME
        self._options = config.options
        self.upstream = Upstream(config.options)
        try:
            self.is_voice_stack = (self.upstream.check() or Facts()).is_voice_stack
        except BaseException:
            self.upstream.close()
            raise
        logger.info("remote: %s is asked for %s", config.options.url, self.model)

    @classmethod
    def obstacle(cls, config: EngineConfig[Any]) -> str | None:
        options: UpstreamOptions = config.options
        return options.obstacle

    @classmethod
    def is_downloaded(cls, config: EngineConfig[Any]) -> bool:
        return True

    def check(self) -> None:
        facts = self.upstream.check()
        if facts is not None:  # it may be another server by now
            self.is_voice_stack = facts.is_voice_stack

    def close(self) -> None:
        self.upstream.close()


def upstream_spec(kind: Kind, place: str, options: type[UpstreamOptions], created: int) -> EngineSpec:
    """The row of an upstream. It has the one model that the settings name; what else is there is its own affair.

    Args:
        created: Unix seconds: what an upstream says of its models is not known before it is asked.
    """

    def models(config: EngineConfig[Any]) -> Sequence[ModelEntry]:
        name = config.model or config.options.model
        return [ModelEntry(name, ENGINE_NAME, name, ENGINE_NAME, created, installed=bool(config.options.url))]

    def find(name: str, config: EngineConfig[Any]) -> ModelEntry | None:
        return models(config)[0] if config.options.url and name == config.options.model else None

    licence = Licence("MIT", "as the upstream", by_voice=True)
    return EngineSpec(kind, ENGINE_NAME, place, "voice-stack", licence, models=models, find=find, options=options)
