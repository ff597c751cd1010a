"""The description of the app asks for exactly what the code uses: no scope, event or callback too many, and none too few."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import handlers
from bot.platforms.feishu.ears import OWN
from bot.platforms.feishu.scopes import CALLBACKS, EVENTS, EVENTS_WITHOUT_SCOPE, SCOPES, WITHOUT_SCOPE, missing, unheard
from bot.platforms.spoken import CALLS, Spoken
from tests.feishu.double.methods import METHODS, find
from tests.feishu.double.tenant import EVENTS as TOLD
from tests.feishu.setup import description
from tests.house.tree import HOUSE, text

CODE = HOUSE / "bot/platforms/feishu"
SENT = {"call": None, "_sent": None, "pages": "GET", "upload": "POST"}
"""The client's ways to call: their first argument is the verb, or the verb is known."""
FAMILIES = "application|auth|bot|contact|im|interactive|ephemeral|cardkit"


def path_of(node: ast.expr, module: dict[str, str]) -> str | None:
    """A path as it is written, `:` for what is put into it."""
    match node:
        case ast.Constant(value=str(said)):
            return said
        case ast.JoinedStr(values=values):
            return "".join(str(each.value) if isinstance(each, ast.Constant) else ":" for each in values)
        case ast.Name(id=name) if name in module:
            return module[name]
        case _:
            return None


def calls() -> Iterator[str]:
    """Every call of the package as verb and path. scopes.py, the table itself, says nothing about what is used."""
    for path in sorted(CODE.glob("*.py")):
        if path.name == "scopes.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module: dict[str, str] = {}
        for assigned in [node for node in tree.body if isinstance(node, ast.Assign)]:
            first, value = assigned.targets[0], assigned.value
            targets = first.elts if isinstance(first, ast.Tuple) else [first]
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            for target, value in zip(targets, values, strict=False):
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    module[target.id] = value.value
        for name in ("TOKEN", "BOT"):
            if name in module:
                yield f"{'POST' if name == 'TOKEN' else 'GET'} {module[name]}"
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SENT):
                continue
            verb = SENT[node.func.attr] or path_of(node.args[0], {})
            where = path_of(node.args[1 if SENT[node.func.attr] is None else 0], module)
            if verb and where and re.match(rf"(?:{FAMILIES})/", where):
                yield f"{verb} {where}"


def written_paths() -> set[str]:
    """Every text of the package that looks like a path of the API, however it is used."""
    found: set[str] = set()
    for path in sorted(CODE.glob("*.py")):
        if path.name == "scopes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = path_of(node, {}) if isinstance(node, ast.Constant | ast.JoinedStr) else None
            if where and re.fullmatch(rf"(?:{FAMILIES})/v\d+/[a-z0-9_/:]*[a-z0-9_:]", where):  # ending in / it is a piece of a longer one
                found.add(where)
    return found


def fits(used: str, listed: str) -> bool:
    """`urgent_:` of the code is each of the three that the table lists."""
    return re.fullmatch(re.escape(used).replace("urgent_:", "urgent_[a-z]+"), listed) is not None


LISTED = {call for scope in SCOPES for call in scope.calls}


def test_all_paths_of_the_code_are_seen_by_this_test() -> None:
    seen = {used.partition(" ")[2] for used in calls()}
    assert {path for path in written_paths() if not any(path == it or it.startswith(f"{path}/") for it in seen)} == set()
    assert len(seen) >= 18


def test_every_call_we_make_has_its_scopes() -> None:
    assert sorted(used for used in set(calls()) if not any(fits(used, listed) for listed in LISTED | WITHOUT_SCOPE)) == []


def test_every_call_of_the_table_is_made() -> None:
    used = set(calls())
    assert sorted(listed for listed in LISTED | WITHOUT_SCOPE if not any(fits(each, listed) for each in used)) == []


def test_every_scope_is_needed_by_something_we_do() -> None:
    heard = {event.name for event in EVENTS}
    assert [scope.name for scope in SCOPES if not scope.calls and not heard & set(scope.events)] == []
    assert {event for scope in SCOPES for event in scope.events} | EVENTS_WITHOUT_SCOPE == heard


def test_the_double_knows_every_call_and_takes_our_scopes_for_it() -> None:
    """What tests run against and what the description asks for were written apart from each other."""
    asked: dict[str, set[str]] = {}
    for scope in SCOPES:
        for call in scope.calls:
            asked.setdefault(call, set()).add(scope.name)
    differing = {}
    for call, scopes in asked.items():
        verb, _, path = call.partition(" ")
        found = find(verb, "/" + path.replace(":", "x"))
        if found is None or (found[0].scopes and not set(found[0].scopes.split()) & scopes):
            differing[call] = scopes
    assert differing == {}


def test_what_may_stand_in_for_a_scope_allows_the_same() -> None:
    taken = {call: method.scopes.split() for call in LISTED for method in METHODS if (found := _method(call)) and found == method.name}
    wrong = [
        (scope.name, others, call)
        for scope in SCOPES
        for others in scope.instead
        for call in scope.calls
        if not set(others) & set(taken[call])
    ]
    assert wrong == []


def _method(call: str) -> str | None:
    verb, _, path = call.partition(" ")
    found = find(verb, "/" + path.replace(":", "x"))
    return found[0].name if found else None


def test_the_scopes_are_those_of_the_table_each_with_what_it_is_for() -> None:
    rows = re.findall(r"^  - ([a-z_:.0-9]+) # (.+)$", text(description.PATH), re.MULTILINE)
    told = {name: said for name, said in rows if ":" in name}
    assert told == {scope.name: f"{scope.says.zh} · {scope.says.en}" for scope in SCOPES}
    app = description.app()
    assert app["scopes"] == [scope.name for scope in SCOPES if not scope.optional]
    assert app["optional_scopes"] == [scope.name for scope in SCOPES if scope.optional]
    assert app["scopes"] == sorted(app["scopes"])


def test_the_events_and_callbacks_are_those_of_the_table() -> None:
    app = description.app()
    assert app["events"] == sorted(event.name for event in EVENTS)
    assert app["callbacks"] == [event.name for event in CALLBACKS]
    rows = dict(re.findall(r"^  - ([a-z_.0-9]+) # (.+)$", text(description.PATH), re.MULTILINE))
    assert {it.name: f"{it.says.zh} · {it.says.en}" for it in (*EVENTS, *CALLBACKS)}.items() <= rows.items()


def heard_by_the_ears() -> set[str]:
    """The types that the ears tell apart."""
    tree = ast.parse((CODE / "ears.py").read_text(encoding="utf-8"))
    (heard,) = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node.name == "_heard"]
    values = [node.value for node in ast.walk(heard) if isinstance(node, ast.MatchValue)]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def test_what_we_subscribe_to_is_what_we_listen_to() -> None:
    assert {it.name for it in (*EVENTS, *CALLBACKS)} == heard_by_the_ears()
    assert {event.name for event in EVENTS} <= TOLD


def test_the_menu_says_verbs_that_exist_and_fits_into_the_bot() -> None:
    keys = [item["event_key"] for item in description.menu()]
    spoken = Spoken(handlers.COMMANDS)
    assert [key for key in keys if key not in OWN and spoken.parse(key)[0] is None] == []
    assert len(keys) == len(set(keys))
    assert max(map(len, keys)) <= 30
    items = description.app()["bot_menu"]
    assert len(items) <= 3
    assert max(len(item.get("items", [])) for item in items) <= 5


def test_the_slash_commands_arrive_as_lines_that_we_understand() -> None:
    spoken = Spoken(handlers.COMMANDS)
    for command in description.app()["slash_commands"]:
        assert set(command) == {"command", "description"}
        assert set(command["description"]["i18n"]) == {"zh_cn", "en_us"}
        line = f"/{command['command']} 下单报错"
        called = CALLS.match(line)
        assert called is not None
        verb, rest = spoken.parse(line[called.end() :])
        assert (verb is not None, rest) == (True, "下单报错")


def test_what_is_missing_is_named_in_the_order_of_the_table_and_parts_stand_for_the_whole() -> None:
    needed = {scope.name for scope in SCOPES if not scope.optional}
    assert [scope.name for scope in missing(needed - {"im:message:update", "contact:group:readonly", "im:message:send_as_bot"})] == [
        "contact:group:readonly",
        "im:message:send_as_bot",
        "im:message:update",
    ]
    assert missing(needed) == ()
    assert [scope.name for scope in missing(needed, optional=True)] == description.app()["optional_scopes"]
    assert missing({name for name in needed if not name.startswith("im:message:")} | {"im:message"}) == ()
    parts = next(scope.instead[0] for scope in SCOPES if scope.name == "im:chat")
    assert missing((needed - {"im:chat"}) | set(parts)) == ()
    assert [scope.name for scope in missing((needed - {"im:chat"}) | set(parts[1:]))] == ["im:chat"]
    assert [event.name for event in unheard({"im.message.receive_v1"}, EVENTS)] == sorted(
        {event.name for event in EVENTS} - {"im.message.receive_v1"}
    )
