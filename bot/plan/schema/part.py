"""What every part of the plan has in common: frozen, no unknown key, no empty string, and ids that are taken from the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

GroupId = str
PostId = str
RoleId = str
PersonId = str
SeverityId = str
LinkId = str
SiteId = str
Who = str
"""A post or a role, by id: where the plan says who does something it may name either."""

Stage = Literal["reported", "assessing", "activated", "responding", "verifying", "observing", "ended", "reviewing", "closed"]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 30)]
Days = Annotated[int, Field(ge=0, le=3650)]
Score = Annotated[int, Field(ge=1, le=3)]


class Part(BaseModel):
    """A piece of the plan. The configuration reaches into `Bi` too: both languages, nothing else, neither empty."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1, str_strip_whitespace=True)


class Named(Part):
    """A piece that others refer to by its id, which is its key in the file."""

    id: str = Field("", min_length=0, description="Its key in the file; never written beside it.")


def _with_ids(value: Any) -> Any:
    """Write each key into its entry as `id`; an entry that says another id is wrong."""
    if not isinstance(value, Mapping):
        return value
    return {key: _with_id(key, entry) for key, entry in value.items()}


def _with_id(key: Any, entry: Any) -> Any:
    if isinstance(entry, Mapping) and isinstance(key, str) and entry.get("id", key) == key:
        return {**entry, "id": key}
    return entry


N = TypeVar("N", bound=Named)
ById = Annotated[Mapping[Name, N], BeforeValidator(_with_ids)]
