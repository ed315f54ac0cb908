"""The schema of a speech request says of a body what the server does."""

from typing import Any

import pytest
from pydantic import ValidationError

from voice_stack.tts.schemas import SpeechBody
from voice_stack.web.documents import inlined, told

LINES = [{"voice": "nova", "text": "Hello."}, {"text": "Hi!"}]


def accepted(body: dict[str, Any]) -> bool:
    try:
        SpeechBody.model_validate(body)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("fields", "good"),
    [
        ({"input": "Hello."}, True),
        ({"input": "[nova]: Hello.", "dialogue": True}, True),
        ({"dialogue": LINES}, True),
        ({"dialogue": LINES, "input": "-"}, True),
        ({}, False),
        ({"dialogue": True}, False),
        ({"dialogue": None}, False),
        ({"dialogue": []}, False),
        ({"dialogue": LINES, "input": 5}, False),
        ({"dialogue": LINES, "input": " "}, False),
        ({"dialogue": [{"voice": "nova"}]}, False),
    ],
)
def test_a_text_or_the_lines_of_a_dialogue_are_required(fields: dict[str, Any], good: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema_rs", reason="comes with schemathesis (extra `dev`)")
    schema = told({"body": inlined(SpeechBody)})["body"]
    body = {"model": "tts-1", "voice": "alloy", **fields}
    assert (jsonschema.is_valid(schema, body), accepted(body)) == (good, good)
