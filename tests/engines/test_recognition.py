"""Every recogniser of the registry does what the contract says."""

import pytest

from tests.engines.conformance import Check, judge
from tests.engines.subject import Recogniser
from voice_stack.serving.spec import Kind

KIND = Kind.RECOGNITION


def test_conformance(subject: Recogniser, check: Check, request: pytest.FixtureRequest) -> None:
    judge(subject, check, request.config)
