"""重大 「下单报错」 from report to archive with fourteen people, in the sandbox on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from bot.core.events import RollCalled
from tests import postgres
from tests.flows.house import House, opened
from tests.flows.night import Claims, Night, played


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The story, played once for all the claims of this file."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("night") / "fenghuo.db"
        shutil.copyfile(request.getfixturevalue("migrated"), file)
        url = f"sqlite:///{file}"
    else:
        server: Path = request.getfixturevalue("postgres_server")
        url = postgres.create(server, f"night{id(request)}")
    with opened(url) as house:
        yield played(house)


class TestInTheSandbox(Claims):
    def test_all_requests_sent_once_more_change_nothing(self, night: Night) -> None:
        house = cast(House, night.house)
        before = house.counts()
        assert len(house.sent) > 80
        for deed in house.sent:
            deed()
        assert house.counts() == before
        assert not any(isinstance(event, RollCalled) for event in house.events())
