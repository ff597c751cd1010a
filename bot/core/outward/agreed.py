"""What is known of questions from outside: which are open, which answer may be given, who alone speaks to whom."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core import people
from bot.core.incident import Incident, PersonId
from bot.core.outward import approval, gate
from bot.core.outward.state import Inquiry, Notice, Topic
from bot.core.world import World
from bot.plan.schema import Plan
from bot.words import Bi, Text, joined, line

BEFORE = datetime(1970, 1, 1, tzinfo=UTC)  # of an answer that nobody has written


@dataclass(frozen=True, slots=True)
class Served:
    """How questions were served. late: of those answered, after their time."""

    asked: int
    answered: int
    late: int


def find(state: Incident, id: str) -> Topic | None:
    return next((one for one in state.outward.topics if one.id == id), None)


def waiting(state: Incident) -> tuple[Inquiry, ...]:
    """What nobody has answered yet, the oldest first."""
    return tuple(sorted((one for one in state.outward.inquiries if one.answered_at is None), key=lambda one: one.at))


def served(state: Incident) -> Served:
    done = [one for one in state.outward.inquiries if one.answered_at]
    late = [one for one in done if one.due_at and one.answered_at and one.answered_at > one.due_at]
    return Served(len(state.outward.inquiries), len(done), len(late))


def topics(state: Incident) -> tuple[tuple[Topic, int], ...]:
    """The topics with how often each was asked, the most asked first; one whose questions were all moved away is gone."""
    counted = [(one, sum(asked.topic == one.id for asked in state.outward.inquiries)) for one in state.outward.topics]
    return tuple(sorted((pair for pair in counted if pair[1]), key=lambda pair: -pair[1]))


# --- the answer -------------------------------------------------------------------------------------------------------------


def digest(topic: Topic) -> str:
    """What a signature is under: whom it is for, and the words. 16 hex characters of SHA-256."""
    return hashlib.sha256(f"{topic.audience}\n{topic.text}".encode()).hexdigest()[:16]


def seats(state: Incident, plan: Plan, topic: Topic) -> tuple[str, ...]:
    """Who must sign it at the level of now."""
    return approval.seats_now(state, plan, as_notice(topic))


def usable(state: Incident, plan: Plan, topic: Topic) -> str | None:
    """The answer, where it may be given now: signed as it stands by everybody whom the level of now needs, the activation confirmed."""
    signed = bool(topic.text) and topic.approved == digest(topic) and set(seats(state, plan, topic)) <= set(topic.needed)
    return topic.text if signed and state.external_allowed and state.stage not in gate.OVER else None


def ready(state: Incident, plan: Plan, topic: Topic) -> Text:
    """Why it may not be given yet."""
    if not topic.text:
        return line("还没有统一口径。先写口径，别各答各的。")
    if topic.reason:
        return line("口径退回了：{reason}。改好再提交。", reason=topic.reason)
    if not topic.approved:
        left = joined([people.short(plan, seat) for seat in as_notice(topic).waiting])
        return line("口径待批，还不能用。还差{seats}。", seats=left)
    if not set(seats(state, plan, topic)) <= set(topic.needed):
        return line("级别升了，要批的人多了。请写口径的人重新提交。")
    return line("响应还没有正式启动，口径还不能用。先回「收到，会答复」。")


def as_notice(topic: Topic) -> Notice:
    """An answer is signed by the rules by which a notice is."""
    text = Bi(topic.text, topic.text)
    return Notice(
        topic.id, "", topic.audience, "special", "", {}, text, text, (), topic.by or "", topic.at or BEFORE, state="asked",
        needed=topic.needed, signatures=topic.signatures, chased=topic.chased,
    )  # fmt: skip


# --- who speaks -------------------------------------------------------------------------------------------------------------


def mouth(plan: Plan, audience: str) -> str | None:
    """The one post that speaks to them, where the plan names one (clause 2.4-5)."""
    party = plan.parties.get(audience)
    return party.single_exit if party else None


def mouths(state: Incident, post: str, world: World) -> tuple[PersonId, ...]:
    return tuple(dict.fromkeys((*approval.holders(state, post, world), *approval.stand_ins(state, post, world))))
