"""What a decision may look at beside the record itself: the plan it runs under, the time, the team, and the other open incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.core.people import Team
from bot.plan.schema import Plan


@dataclass(frozen=True, slots=True)
class World:
    """`plan` is the record's pinned plan; for a new record it is the current one. `record` is the id of the record being decided.

    `served` names the platforms of this deployment.
    """

    plan: Plan
    now: datetime
    team: Team
    record: str
    served: tuple[str, ...] = ()

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.plan.time_zone)
