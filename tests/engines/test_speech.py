"""Every voice of the registry does what the contract says."""

import pytest

from tests.engines.conformance import Check, judge
from tests.engines.subject import Speaker
from voice_stack.serving.spec import Kind

KIND = Kind.SPEECH


def test_conformance(subject: Speaker, check: Check, request: pytest.FixtureRequest) -> None:
    judge(subject, check, request.config)
