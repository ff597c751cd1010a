"""A stage for each test: over either transport, or over the webhook where the way there makes no difference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.feishu.ears.toy import Stage, Transport, stage


@pytest.fixture(params=["webhook", "socket"])
def both(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Over sealed HTTP, and once more over the long connection."""
    transport: Transport = request.param
    with stage(transport) as made:
        yield made


@pytest.fixture
def here() -> Iterator[Stage]:
    with stage("webhook") as made:
        yield made


@pytest.fixture
def hasty() -> Iterator[Stage]:
    """Waits a tenth of what people are made to wait."""
    with stage("webhook", longest=0.2) as made:
        yield made
