"""The API as it describes itself: schemathesis asks every operation for right things and for wrong ones."""

import asyncio
import json
import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from playground.api import api
from tests.hostile.doors import CSRF, Answer

EACH = 2  # cases of an operation, of right ones and of wrong ones
PATIENCE = 15.0  # seconds: other tests, and other people, use this machine too
PROOF = {"Cookie": f"csrftoken={CSRF}", "X-CSRFToken": CSRF}


def operations() -> list[Any]:
    described = json.loads(json.dumps(api.get_openapi_schema()))
    return [found.ok() for found in schemathesis.openapi.from_dict(described).get_all_operations()]


@pytest.mark.django_db(transaction=True)
async def test_no_request_that_can_be_described_is_a_fault(address: str) -> None:
    tried = await asyncio.to_thread(try_all, address)
    assert tried.keys() == {operation.label for operation in operations()}
    assert any(200 in statuses for statuses in tried.values())
    assert any(422 in statuses for statuses in tried.values())


def try_all(address: str) -> dict[str, set[int]]:
    """The statuses that each operation answered with; AssertionError at the first that may not be."""
    tried: dict[str, set[int]] = {}
    for operation in operations():
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

        @seed(7)
        @settings(
            max_examples=2 * EACH, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(cases)
        def each(case: Any) -> None:
            case.headers = PROOF
            begin = time.monotonic()
            told = case.call(base_url=f"http://{address}", timeout=60)
            answer = Answer(told.status_code, told.content, time.monotonic() - begin)
            assert not answer.fault(PATIENCE), (case.as_curl_command(), answer.fault(PATIENCE))
            tried.setdefault(case.operation.label, set()).add(told.status_code)

        each()
    return tried
