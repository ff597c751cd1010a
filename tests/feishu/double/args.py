"""The parameters of one request, as the gateway checks them before anything else happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.feishu.double.model import ApiError, Chat, Json, Message, User
from tests.feishu.double.tenant import Tenant

ID_TYPES = "open_id|union_id|user_id"


@dataclass(frozen=True)
class Field:
    """One parameter, written `name`, `name!` when it must be there, with `:str`, `:num`, `:bool`, `:list`, `:obj`, `:rows` or `:a|b`."""

    name: str
    needed: bool
    kind: str

    def wrong(self, value: Any) -> str | None:
        match self.kind:
            case "str":
                return None if isinstance(value, str) else "must be a string"
            case "num":
                return None if isinstance(value, int) and not isinstance(value, bool) else "must be an integer"
            case "bool":
                return None if isinstance(value, bool) else "must be a boolean"
            case "obj":
                return None if isinstance(value, dict) else "must be an object"
            case "list":
                return None if isinstance(value, list) and all(isinstance(it, str) for it in value) else "must be an array of strings"
            case "rows":
                return None if isinstance(value, list) and all(isinstance(it, dict) for it in value) else "must be an array of objects"
            case _:
                return None if value in self.kind.split("|") else f"options: [{self.kind.replace('|', ',')}]"


def fields(spec: str) -> list[Field]:
    found = []
    for word in spec.split():
        name, _, kind = word.partition(":")
        found.append(Field(name.removesuffix("!"), name.endswith("!"), kind or "str"))
    return found


def violations(spec: str, given: Json, *, query: bool) -> list[Json]:
    """What the gateway says of each field that is missing or of the wrong kind. Query parameters are words, whatever they mean."""
    found: list[Json] = []
    for field in fields(spec):
        if field.name not in given:
            if field.needed:
                found.append({"field": field.name, "value": "", "description": f"{field.name} is required"})
            continue
        value = given[field.name]
        wrong = field.wrong(meant(value, field.kind) if query else value)
        if wrong:
            found.append({"field": field.name, "value": str(value), "description": wrong})
    return found


def meant(value: Any, kind: str) -> Any:
    """A query parameter as what it stands for."""
    if kind == "bool" and value in ("true", "false"):
        return value == "true"
    if kind == "num" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if kind == "list":
        return [value] if isinstance(value, str) else value
    return value


class Args:
    """What was asked: path, query and body by name."""

    def __init__(self, tenant: Tenant, method: str, path: Json, query: Json, body: Json) -> None:
        self.tenant, self.method, self.path, self.query, self.body = tenant, method, path, query, body

    @property
    def id_type(self) -> str:
        return str(self.query.get("user_id_type") or self.query.get("member_id_type") or "open_id")

    def flag(self, name: str) -> bool:
        return self.query.get(name) in (True, "true")

    def user(self, id: str) -> User | None:
        return self.tenant.by_id(id, self.id_type)

    def chat(self, *, alive: bool = True) -> Chat:
        return self.tenant.reach(self.path["chat_id"], alive=alive)

    def message(self, id: str | None = None) -> Message:
        """A message that the bot can see."""
        found = self.tenant.messages.get(id if id is not None else self.path["message_id"])
        if found is None:
            raise ApiError(230001, "Your request contains an invalid request parameter. ext=invalid message_id")
        if not self.tenant.chats[found.chat].bot:
            raise ApiError(230002, "The bot can not be outside the group.")
        return found

    def page(self, items: list[Any], default: int = 20, most: int = 100) -> tuple[list[Any], Json]:
        size = int(self.query.get("page_size", default))
        if not 1 <= size <= most:
            raise ApiError(99992402, f"field validation failed: page_size is 1 to {most}")
        start = int(self.query.get("page_token") or 0)
        more = start + size < len(items)
        return items[start : start + size], {"has_more": more, "page_token": str(start + size) if more else ""}

    def frown(self, kind: str, words: str) -> None:
        self.tenant.frown(kind, self.method, words)
