"""Downloads of models as jobs."""

import asyncio
from collections.abc import Callable
from functools import partial

from voice_stack.core.rendered import rendered_json
from voice_stack.jobs.types import PULL, Json, NewJob, StoredResponse
from voice_stack.jobs.work.responses import store
from voice_stack.jobs.work.run import JobHandler, JobRun
from voice_stack.serving.background import in_background
from voice_stack.serving.model_manager import HostedModel, ModelManager
from voice_stack.serving.spec import Licence, ModelEntry


def pull_job(found: HostedModel, callback_url: str | None = None) -> NewJob:
    """The job that downloads a model; the same one for all who want it."""
    entry = found.entry
    return NewJob(
        kind=PULL,
        params={"model": entry.id, "kind": found.host.kind.value},
        callback_url=callback_url,
        context=f"{entry.engine} {entry.source}",
    )


def pull_handler(models: ModelManager, render: Callable[[ModelEntry, Licence], Json]) -> JobHandler:
    """Handler of such jobs. One that was interrupted goes on with what has arrived; its answer is the model.

    It is not tried again when it fails, for a server that cannot be reached now is not waited for in silence: the
    next request for the model goes on where this one ended.

    Args:
        render: makes the model's JSON, of the model and its terms.
    """

    async def pull(run: JobRun) -> StoredResponse:
        found = await asyncio.to_thread(models.find, run.params["model"], run.params["kind"])
        entry = await in_background(partial(models.pull, found, run.stop, run.progress), f"pull-{run.id}")
        return await store(rendered_json(render(entry, models.licence(entry))), run)

    return pull
