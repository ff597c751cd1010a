"""What every part of the plan has in common: frozen, no unknown key, no empty string, and ids that are taken from the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


@dataclass(frozen=True, slots=True)
class Ref:
    """Says of an id what it must be the id of; `into` are paths in the plan, `*` is every entry."""

    noun: str
    into: tuple[str, ...]


GroupId = Annotated[str, Ref("group", ("groups",))]
PostId = Annotated[str, Ref("post", ("posts",))]
RoleId = Annotated[str, Ref("role", ("roles",))]
Who = Annotated[str, Ref("post or role", ("posts", "roles"))]
PersonId = Annotated[str, Ref("person", ("people",))]
ShiftId = Annotated[str, Ref("shift", ("shifts",))]
LinkId = Annotated[str, Ref("link", ("links",))]
SiteId = Annotated[str, Ref("site", ("sites",))]
ServiceId = Annotated[str, Ref("service or dependency", ("services", "dependencies"))]
OwnerId = Annotated[str, Ref("post or party", ("posts", "parties"))]
PackId = Annotated[str, Ref("pack", ("packs",))]
MeasureId = Annotated[str, Ref("measure", ("measures",))]
SeverityId = Annotated[str, Ref("severity", ("severities",))]
QuestionId = Annotated[str, Ref("question", ("grading.questions",))]
OverrideId = Annotated[str, Ref("override", ("grading.overrides",))]
RiskId = Annotated[str, Ref("risk", ("risks",))]
ChecklistId = Annotated[str, Ref("checklist", ("checklists",))]
CauseId = Annotated[str, Ref("cause", ("fault_types.*.causes",))]
PlaybookId = Annotated[str, Ref("playbook", ("playbooks",))]
RunbookId = Annotated[str, Ref("checklist or playbook", ("checklists", "playbooks"))]
FormId = Annotated[str, Ref("form", ("forms",))]
DrillId = Annotated[str, Ref("drill", ("drills",))]
ObjectiveId = Annotated[str, Ref("objective", ("drill_program.objectives",))]

Stage = Literal["reported", "assessing", "activated", "responding", "verifying", "observing", "ended", "reviewing", "closed"]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=60 * 24 * 30)]
Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Score = Annotated[int, Field(ge=1, le=3)]


class Part(BaseModel):
    """A piece of the plan. The configuration reaches into `Bi` too: both languages, nothing else, neither empty."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_min_length=1, str_strip_whitespace=True, allow_inf_nan=False, defer_build=True
    )


class Named(Part):
    """A piece that others refer to by its id, which is its key in the file."""

    id: str = Field("", min_length=0, description="Its key in the file; never written beside it.")


def _with_ids(value: Any) -> Any:
    """Write each key into its entry as `id`."""
    if not isinstance(value, Mapping):
        return value
    return {key: {**entry, "id": key} if isinstance(entry, Mapping) else entry for key, entry in value.items()}


N = TypeVar("N", bound=Named)
ById = Annotated[Mapping[Name, N], BeforeValidator(_with_ids)]
