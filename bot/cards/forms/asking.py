"""What all forms share: how options are made from the plan and the record, and what comes back with the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.cards.model import Field, Form, Option
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

SHORT = 200  # characters of a one-line answer
LONG = 3000


def form(
    id: str,
    state: Incident | None,
    title: Text,
    fields: Iterable[Field | None],
    submit: Text,
    *,
    carry: Mapping[str, str] | None = None,
    intro: Text | None = None,
    danger: bool = False,
) -> Form:
    """A form of a record: its number comes back with the answer, as do the ids that it was opened with."""
    known = {"record": state.id} if state is not None else {}
    args = tuple((key, value) for key, value in {**known, **(carry or {})}.items() if value)
    return Form(id, title, tuple(field for field in fields if field is not None), submit, args, intro, danger=danger)


def named(state: Incident) -> Text:
    """Which incident a form is about: the first line of every one that could be opened from a direct message."""
    symptom = " ".join(state.report.symptom.split())
    return line("{id} {what}", id=state.id, what=symptom if len(symptom) <= 40 else symptom[:39] + "…")


def one(key: str, label: Text, hint: Text | None = None, *, initial: str = "", required: bool = False) -> Field:
    return Field(key, label, "line", required, hint, initial, limit=SHORT)


def long(key: str, label: Text, hint: Text | None = None, *, initial: str = "", required: bool = False) -> Field:
    return Field(key, label, "text", required, hint, initial, limit=LONG)


def when(key: str, label: Text, hint: Text | None = None, *, initial: str = "", required: bool = False) -> Field:
    """A time as people type it: 20:10, 10 分钟前, 昨晚 23:40."""
    return Field(key, label, "time", required, hint, initial, limit=60)


def note(key: str, label: Text, hint: Text | None = None) -> Field:
    """A paragraph to read, not an input."""
    return Field(key, label, "note", hint=hint)


def choice(
    key: str, label: Text, options: Iterable[Option], *, hint: Text | None = None, initial: str = "", required: bool = True
) -> Field:
    return Field(key, label, "choice", required, hint, initial, tuple(options))


def choices(key: str, label: Text, options: Iterable[Option], *, hint: Text | None = None, initial: Iterable[str] = ()) -> Field:
    return Field(key, label, "choices", False, hint, ",".join(initial), tuple(options))


def person(key: str, label: Text, *, hint: Text | None = None, initial: str = "", required: bool = True) -> Field:
    """Anybody of the roster; the platform offers its own picker."""
    return Field(key, label, "person", required, hint, initial)


def reason(label: Text, hint: Text, *, key: str = "reason", required: bool = True) -> Field:
    return long(key, label, hint, required=required)


# --- options ----------------------------------------------------------------------------------------------------------------


def services(plan: Plan) -> tuple[Option, ...]:
    return tuple(Option(service.id, service.name) for service in plan.services.values())


def links(plan: Plan) -> tuple[Option, ...]:
    return tuple(Option(link.id, link.name) for link in plan.links.values())


def sites(plan: Plan) -> tuple[Option, ...]:
    return tuple(Option(site.id, site.name) for site in plan.sites.values())


def levels(plan: Plan) -> tuple[Option, ...]:
    """From the lightest, each with what the plan means by it."""
    return tuple(Option(severity.id, severity.short, severity.definition) for severity in plan.severities.values())


def groups(plan: Plan) -> tuple[Option, ...]:
    return tuple(Option(group.id, group.name) for group in plan.groups.values())


def posts(plan: Plan) -> tuple[Option, ...]:
    return tuple(Option(post.id, post.name) for post in plan.posts.values())


def roles(plan: Plan) -> tuple[Option, ...]:
    return tuple(Option(role.id, role.name, role.duties) for role in plan.roles.values())


def owners(state: Incident, plan: Plan) -> tuple[Option, ...]:
    """Those of this incident, with what they are here: who may get hands-on work. The commander is left out (clause 2.1-2)."""
    return tuple(Option(who, Who(who), _hat(state, plan, who)) for who in state.people if who != state.commander)


def _hat(state: Incident, plan: Plan, who: str) -> Text | None:
    roles = [plan.roles[role].short for role, held in state.roles.items() if held.person == who and role in plan.roles]
    found = dict.fromkeys(call.post for call in state.calls if any(a.person == who and a.state == "here" for a in call.attempts))
    posts = [(plan.posts.get(post) or plan.roles[post]).short for post in found if post in plan.posts or post in plan.roles]
    hats = list(dict.fromkeys([*roles, *posts]))
    return joined([*hats]) if hats else None
