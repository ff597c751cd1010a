"""The only way in which a text reaches a channel: `letter` makes one of a notice that was approved as it stands and may leave now.

Everything that keeps a text inside is asked here once more at the moment of sending, whatever was asked before.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from bot.cards.model import Button, press
from bot.core.grading import affected_links
from bot.core.incident import Incident
from bot.core.outward import facts
from bot.core.outward.facts import Lack
from bot.core.outward.letter import Letter
from bot.core.outward.state import Delivery, Notice, Phase, Recipient
from bot.plan.schema import Plan
from bot.words import Bi, Language, line

INTERNAL = "internal"
"""The audience that is ourselves: its texts need no confirmed activation, and its updates are the situation reports."""
OVER = ("closed", "merged", "false_alarm")
TITLES: dict[Phase, Bi] = {
    "initial": Bi("服务异常通知", "Service disruption notice"),
    "update": Bi("处理进展通知", "Service update"),
    "resolved": Bi("服务恢复通知", "Service restored"),
}
"""What stands above a text of each phase; a special one is called as its script is."""


def digest(notice: Notice) -> str:
    """What a signature is under: both texts, the recipients, the promised time. 16 hex characters of SHA-256."""
    promised = notice.next_at.astimezone(UTC).isoformat() if notice.next_at else ""
    whole = [notice.text.zh, notice.text.en, [[one.contact, one.via] for one in notice.to], promised]
    return hashlib.sha256(json.dumps(whole, separators=(",", ":")).encode()).hexdigest()[:16]


def find(state: Incident, id: str) -> Notice | None:
    return next((notice for notice in state.outward.notices if notice.id == id), None)


def hindrance(state: Incident, plan: Plan, notice: Notice) -> Lack | None:
    """Why the text may not leave now, however it was approved: the incident is over, only pre-activated, or not what the text says."""
    if state.stage in OVER:
        return Lack("over", line("{record} 已经关闭，不再对外发。", record=state.id))
    if notice.audience != INTERNAL and not state.external_allowed:
        button = Button(line("启动响应"), press("incident.activate_form", record=state.id), "primary")
        if state.activation:
            return Lack("confirmed", line("现在只是预启动，指挥中心确认以后才能对外发。草稿和批准可以先做。"), button)
        return Lack("confirmed", line("还没启动响应，不能对外发。草稿和批准可以先做。"), button)
    if state.stage in ("ended", "reviewing") and notice.phase in ("initial", "update"):
        again = press("notice.draft", record=state.id, audience=notice.audience, phase="resolved")
        return Lack("ended", line("应急响应已经结束，这份不能再发。改发恢复通知。"), Button(line("起草恢复通知"), again, "primary"))
    script = plan.comms.scripts.get(notice.script)
    lacking = facts.lacking(state, plan, script.requires) if script else ()
    return lacking[0] if lacking else None


def letter(state: Incident, plan: Plan, notice_id: str, delivery_id: str, promised: str) -> Letter | None:
    """The text for one recipient, or None: whatever is not a real incident's approved and still valid text does not leave.

    `promised` is the digest with which the delivery was promised; it must be that of what was approved and of what stands now.
    """
    notice = find(state, notice_id)
    if notice is None or state.mode != "real" or notice.state not in ("sending", "sent") or notice.sent_at is None:
        return None
    if not promised or not (promised == notice.approved == digest(notice)) or hindrance(state, plan, notice):
        return None
    delivery = next((one for one in notice.deliveries if one.id == delivery_id), None)
    if delivery is None or delivery.state != "waiting" or delivery.recipient not in notice.to:
        return None
    to = address(plan, notice.audience, delivery.recipient)
    return None if to is None else _written(state, plan, notice, delivery, to, notice.sent_at)


def _written(state: Incident, plan: Plan, notice: Notice, delivery: Delivery, to: str, sent_at: datetime) -> Letter:
    title, language, recipient = _title(state, plan, notice), delivery.language, delivery.recipient
    contact = plan.comms.contacts.get(recipient.contact)
    return Letter(
        subject=_in(title, language), text=_in(notice.text, language), language=language, audience=notice.audience, phase=notice.phase,
        to=to, contact_name=_in(contact.name, language) if contact else "", via=recipient.via, record=state.id, at=sent_at,
        next_at=notice.next_at, components=components(state, plan), level=notice.severity, contact=recipient.contact, title=title,
        both=notice.text,
    )  # fmt: skip


def _in(text: Bi, language: Language) -> str:
    return text.zh if language == "zh-CN" else text.en


def _title(state: Incident, plan: Plan, notice: Notice) -> Bi:
    script = plan.comms.scripts.get(notice.script)
    title = TITLES.get(notice.phase) or (script.name if script else Bi("通知", "Notice"))
    if notice.audience != INTERNAL:
        return title
    return Bi(f"{state.id} {title.zh}", f"{state.id} {title.en}")


def address(plan: Plan, audience: str, recipient: Recipient) -> str | None:
    """Where the recipient is reached that way; "" is the public, None that the contact book does not have it.

    Without a contact a room is that where all of us are, for what we say among ourselves.
    """
    if not recipient.contact:
        inside = "@report" if recipient.via == "room" and audience == INTERNAL else None
        return "" if recipient.via in ("status", "file") else inside
    contact = plan.comms.contacts.get(recipient.contact)
    fitting = [one.to for one in contact.addresses if one.via == recipient.via] if contact else []
    return fitting[0] if fitting else None


def components(state: Incident, plan: Plan) -> tuple[str, ...]:
    """The lines of the public page that depend on what is affected: the services said, else those of the links said."""
    said = set(state.report.services)
    if not said:
        links = set(affected_links(state, plan))
        said = {service.id for service in plan.services.values() if service.link in links}
    return tuple(id for id, component in plan.comms.status.components.items() if said & set(component.services))
