"""Every speaker embedding engine of the registry does what the contract says."""

import pytest

from tests.engines.conformance import Check, judge
from tests.engines.subject import Listener
from voice_stack.serving.spec import Kind

KIND = Kind.EMBEDDING


def test_conformance(subject: Listener, check: Check, request: pytest.FixtureRequest) -> None:
    judge(subject, check, request.config)
