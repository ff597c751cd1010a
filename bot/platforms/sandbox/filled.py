"""What a browser sends of a dialog and of a control, as checked values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import HTTPException
from starlette.datastructures import FormData


@dataclass(frozen=True, slots=True)
class Filled:
    """A dialog as it is sent; what is not one is refused (422)."""

    room: int
    ident: str
    form: str
    args: Mapping[str, str]
    values: Mapping[str, str]

    @classmethod
    def of(cls, typed: FormData) -> Filled:
        values: dict[str, str] = {}
        for key, value in typed.multi_items():
            if key.startswith("v:") and isinstance(value, str):
                values[key[2:]] = f"{values[key[2:]]},{as_typed(value)}" if values.get(key[2:]) else as_typed(value)
        room, ident, form = (str(typed.get(name, "")) for name in ("room", "id", "form"))
        if not room.isdigit() or not 8 <= len(ident) <= 64:
            raise HTTPException(422)
        return cls(int(room), ident, form, strings(str(typed.get("args", "{}"))), values)


def as_typed(text: str) -> str:
    """Browsers send every line break as CR LF, whatever was typed; NUL, which PostgreSQL cannot keep, becomes the sign for it."""
    return text.replace("\r\n", "\n").replace("\0", "␀")


def strings(text: str) -> dict[str, str]:
    """Arguments a control carried; anything that is not a flat object of strings is not ours."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise HTTPException(422, "args") from wrong
    if not isinstance(found, dict) or not all(isinstance(key, str) and isinstance(value, str) for key, value in found.items()):
        raise HTTPException(422, "args")
    return found
