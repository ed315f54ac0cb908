"""Every diarization engine of the registry does what the contract says."""

import pytest

from tests.engines.conformance import Check, judge
from tests.engines.subject import Diarist
from voice_stack.serving.spec import Kind

KIND = Kind.DIARIZATION


def test_conformance(subject: Diarist, check: Check, request: pytest.FixtureRequest) -> None:
    judge(subject, check, request.config)
