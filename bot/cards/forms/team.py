"""Forms about people rather than an incident: leave, a duty swapped."""

from __future__ import annotations

from bot.cards.forms.asking import choice, form, person, posts, sites, when
from bot.cards.model import Form
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import line


def leave(state: Incident | None, plan: Plan, **ids: str) -> Form:
    """Whoever would leave a post empty must name a substitute (clause 2.1-1)."""
    return form(
        "team.leave",
        None,
        line("请假"),
        (
            person("person", line("谁"), initial=ids.get("person", "")),
            when("start", line("从"), line("例如：11-24 08:00、现在"), required=True),
            when("end", line("到"), line("例如：11-25 08:00"), required=True),
            person("substitute", line("谁顶班"), hint=line("没人顶就会空岗时，要填"), initial=ids.get("substitute", ""), required=False),
        ),
        line("请假"),
    )


def swap(state: Incident | None, plan: Plan, **ids: str) -> Form:
    return form(
        "team.swap",
        None,
        line("换班"),
        (
            choice("post", line("什么岗位"), posts(plan), initial=ids.get("post", "")),
            choice("site", line("哪个仓"), sites(plan), required=False, initial=ids.get("site", "")),
            person("person", line("谁来值"), initial=ids.get("person", "")),
            when("start", line("从"), line("例如：今晚 18:00"), required=True),
            when("end", line("到"), line("例如：明早 08:00"), required=True),
        ),
        line("换班"),
    )
