"""A form on its way into a job, and back out of it."""

from collections.abc import Collection
from contextlib import ExitStack
from typing import BinaryIO

from starlette.requests import Request

from voice_stack.jobs.types import JobInput, Json
from voice_stack.jobs.work.run import JobRun
from voice_stack.web.forms import Form, UploadedFile

# About the way of the answer rather than the answer itself.
_DELIVERY = ("async", "callback_url")


def request_params(request: Request, form: Form, *, ignored: Collection[str] = ()) -> Json:
    """The fields and the query of a request as a job keeps them: name and value, in their order.

    Args:
        ignored: further names that have no bearing on the answer.
    """
    left_out = {*_DELIVERY, *ignored}
    return {
        "fields": [list(field) for field in form.fields if field[0] not in left_out],
        "query": [list(item) for item in request.query_params.multi_items() if item[0] not in left_out],
    }


def form_inputs(form: Form) -> list[JobInput]:
    """The files of a form; they stay the form's."""
    return [JobInput(name, file.file, file.filename, file.content_type) for name, file in form.files.items()]


def callback_of(request: Request, form: Form) -> str | None:
    """The request's `callback_url`, in the query or as a field."""
    return request.query_params.get("callback_url") or form.get("callback_url") or None


def open_form(run: JobRun) -> Form:
    """The request's form as the route had it; closing it closes the files. Blocking, for a moment."""
    with ExitStack() as stack:
        files = {}
        for name, file in run.files.items():
            opened: BinaryIO = stack.enter_context(file.path.open("rb"))
            files[name] = UploadedFile(opened, file.size, file.filename, file.content_type)
        stack.pop_all()
    return Form([(name, value) for name, value in run.params["fields"]], files)
