"""What the plan's words to the outside can lack: a row of the table, a signature, a way to somebody, a wording that is itself wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.core.outward import wording
from bot.plan.errors import Path, nearest
from bot.plan.schema import Address, Audience, Cell, Contact, Plan
from bot.plan.schema.comms import Via
from bot.words import LANGUAGES, Bi

Said = Iterator[tuple[Path, str]]

PHASES = ("initial", "update", "resolved")
INSIDE = "internal"
FILLED = ("severity_insert", "cadence")
"""Variables of the plan that come from the audience's row, not from a `fill` of their own."""
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{2,24}")
MAIL = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
STANDING = ("report",)
"""Standing rooms that are no group's: a room with people from outside cannot be called so."""


def audiences(plan: Plan) -> Said:
    for audience in plan.comms.audiences.values():
        at: Path = ("comms", "audiences", audience.id)
        yield from _approval(plan, audience, at)
        for phase in PHASES:
            row = getattr(audience, phase)
            for missing in (severity for severity in plan.severities if severity not in row):
                yield (*at, phase), f'severity "{missing}" is missing: need: none where nothing is owed'
            for severity, cell in row.items():
                yield from _cell(phase, cell, (*at, phase, severity))
            written = [script for script in plan.comms.scripts.values() if (script.audience, script.phase) == (audience.id, phase)]
            if any(cell.need != "none" for cell in row.values()) and not written:
                yield (*at, phase), "no script is written for it"


def _approval(plan: Plan, audience: Audience, at: Path) -> Said:
    for missing in (severity for severity in plan.severities if severity not in audience.approval):
        yield (*at, "approval"), f'severity "{missing}" is missing'
    for severity, seats in audience.approval.items():
        if not seats and audience.id != INSIDE:
            yield (*at, "approval", severity), f'nobody signs: only "{INSIDE}" goes without'
        for index in (index for index, seat in enumerate(seats) if seat in seats[:index]):
            yield (*at, "approval", severity, index), f'"{seats[index]}" stands twice'


def _cell(phase: str, cell: Cell, at: Path) -> Said:
    if cell.need == "required" and phase == "update" and not cell.every:
        yield at, "is required and has no cadence: every"
    if cell.need == "required" and phase != "update" and cell.due is None:
        yield at, "is required and has no time: due"
    if cell.every_after_2h is not None and (cell.every is None or cell.every_after_2h < cell.every):
        yield (*at, "every_after_2h"), "is faster than before: updates slow down after two hours"


def scripts(plan: Plan) -> Said:
    for script in plan.comms.scripts.values():
        at: Path = ("comms", "scripts", script.id)
        for index in (index for index, name in enumerate(script.variables) if name in script.variables[:index]):
            yield (*at, "variables", index), f'"{script.variables[index]}" stands twice'
        if script.phase in ("initial", "update") and "next_update" not in script.variables:
            yield (*at, "variables"), "says no next update: next_update"
        if script.phase == "resolved" and "recovered" not in script.requires:
            yield (*at, "requires"), "says that it is over before it is: recovered"
        if "cause_verified" in script.variables and "cause_proven" not in script.requires:
            yield (*at, "requires"), "says the cause before it is proven: cause_proven"
        audience = plan.comms.audiences.get(script.audience)
        for index, via in enumerate(script.vias if audience else ()):
            if audience and via not in audience.vias:
                yield (*at, "vias", index), f'"{audience.id}" is not told by {via}'
    used = {name for script in plan.comms.scripts.values() for name in script.variables}
    for variable in plan.comms.variables.values():
        place: Path = ("comms", "variables", variable.id)
        if variable.id not in used:
            yield place, "no script uses it"
        if variable.source == "plan" and variable.fill is None and variable.id not in FILLED:
            yield place, "comes from the plan, which says nothing: fill"
        if variable.source != "plan" and variable.fill is not None:
            yield (*place, "fill"), f"is never used: source is {variable.source}"


# --- what is never said


def rules(plan: Plan) -> Said:
    broken = False
    for rule in plan.comms.wording.values():
        at: Path = ("comms", "wording", rule.id)
        for index, pattern in enumerate(rule.patterns):
            for message in _pattern(pattern):
                broken = True
                yield (*at, "patterns", index), message
        if not (rule.words or rule.words_en or rule.patterns or rule.kind == "names"):
            yield at, "finds nothing: words, words_en or patterns"
    if not broken:
        for rule in plan.comms.wording.values():
            yield from _better(plan, ("comms", "wording", rule.id), rule.better, rule.instead)


def _pattern(pattern: str) -> Iterator[str]:
    try:
        empty = re.compile(pattern).search("")
    except re.error as error:
        yield f"is no regular expression: {error}"
        return
    if empty:
        yield "matches nothing at all"
    if re.search(r"(?<!\\)[A-Z]", pattern):
        yield "is written in small letters: texts are compared so"


def _better(plan: Plan, at: Path, better: Mapping[str, Bi | None], instead: Bi | None) -> Said:
    """A better wording that draws a remark would never come to rest."""
    named: list[tuple[Path, Bi | None]] = [((*at, "instead"), instead), *(((*at, "better", word), said) for word, said in better.items())]
    for path, said in named:
        for language, text in zip(LANGUAGES, (said.zh, said.en), strict=True) if said else ():
            for remark in wording.remarks(text, language, plan, None)[:1]:
                yield path, f'"{remark.word}" is itself remarked on by "{remark.rule}"'


# --- the contact book


def contacts(plan: Plan) -> Said:
    seen: dict[tuple[str, Via, str], str] = {}
    for contact in plan.comms.contacts.values():
        for index, address in enumerate(contact.addresses):
            at: Path = ("comms", "contacts", contact.id, "addresses", index)
            wrong = _address(plan, contact, address)
            if wrong:
                yield (*at, "to"), wrong
            audience = plan.comms.audiences.get(contact.audience)
            if audience and address.via not in audience.vias:
                yield (*at, "via"), f'"{audience.id}" is not told by {address.via}'
            other = seen.setdefault((contact.audience, address.via, address.to.casefold()), contact.id)
            if other != contact.id and address.via in ("mail", "webhook"):
                yield (*at, "to"), f"is {other}'s too: they would get it twice"
    if plan.comms.contacts:
        known = {contact.party for contact in plan.comms.contacts.values()}
        for party in (party for party in plan.parties if party not in known):
            yield ("comms", "contacts"), f'nobody of party "{party}" is in it'


def _address(plan: Plan, contact: Contact, address: Address) -> str | None:
    match address.via:
        case "mail" if not MAIL.fullmatch(address.to):
            return f'"{address.to}" is no mail address: name@example.com'
        case "webhook":
            return _url(address.to)
        case "sms" | "phone" if not PHONE.fullmatch(address.to):
            return f'"{address.to}" is no telephone number'
        case "room":
            return _room(plan, contact, address.to)
        case "status" if address.to:
            return "the status page has no address"
    return None


def _url(to: str) -> str | None:
    """Where it may lead is looked at again when it is called; what can never be right is said here."""
    try:
        parts = urlsplit(to)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f'"{to}" is no URL'
    if parts.scheme != "https" or not host or parts.username or parts.password or parts.fragment:
        return f'"{to}" must be https://host/…, without a name or password in it'
    try:
        ip_address(host)
    except ValueError:
        return None if "." in host else f'"{host}" is no host of the public internet'
    return "name the host, not its IP address"


def _room(plan: Plan, contact: Contact, to: str) -> str | None:
    rooms = plan.comms.rooms
    if not to.startswith("@") or to[1:] not in rooms:
        return f'no room "{to}"{nearest(to, [f"@{name}" for name in rooms])}'
    room = rooms[to[1:]]
    return None if room.audience == contact.audience else f'room "{to}" is for "{room.audience}"'


def rooms(plan: Plan) -> Said:
    for name in plan.comms.rooms:
        if name in plan.groups or name in STANDING:
            yield ("comms", "rooms", name), "is already the name of a room of ours"


def components(plan: Plan) -> Said:
    covered = {service for component in plan.comms.status.components.values() for service in component.services}
    for missing in (service for service in plan.services if plan.comms.status.components and service not in covered):
        yield ("comms", "status", "components"), f'service "{missing}" is in none'


def reached(plan: Plan) -> Said:
    """Whoever must be told can be: by somebody in the contact book, or by the status page."""
    there = {contact.audience for contact in plan.comms.contacts.values()}
    for audience in plan.comms.audiences.values():
        owed = any(cell.need == "required" for phase in PHASES for cell in getattr(audience, phase).values())
        if owed and audience.id != INSIDE and audience.id not in there and "status" not in audience.vias:
            yield ("comms", "audiences", audience.id), "must be told, and nobody of the contact book is told as one of them"


def overdue(plan: Plan, today: date) -> Iterator[str]:
    """Entries of the contact book that nobody has tried for too long: nothing is wrong with the plan, somebody should make a call."""
    limit = timedelta(days=plan.comms.review_days)
    for contact in plan.comms.contacts.values():
        if today - contact.checked > limit:
            owner = plan.people.get(contact.owner)
            yield f"comms.contacts.{contact.id}: last tried {contact.checked}; {owner.name_en if owner else contact.owner} tries it again"
