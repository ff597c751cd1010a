"""What one person needs when every screen is dark: whom to telephone, the first ten minutes, and a report to fill in by hand.

Clause 5.3-1 asks for a way that works without the chat; this is it, on a folded sheet that fits a pocket (A6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.plan.schema import Person, Plan, Post, Severity, Site
from bot.words import Bi, Language


@dataclass(frozen=True, slots=True)
class Number:
    """A post with the one who fills it and the next one; `sites` where it is filled by site and not by the same everywhere."""

    post: Post
    sites: tuple[Site, ...]
    person: Person
    deputy: Person | None


@dataclass(frozen=True, slots=True)
class Step:
    """What to do by how many minutes after the call."""

    minute: int
    text: Bi


@dataclass(frozen=True, slots=True)
class Pocket:
    """One person's card. `calls` is whom they telephone when the chat is down; together the cards reach every post."""

    person: Person
    posts: tuple[Post, ...]
    steps: tuple[Step, ...]
    centre: tuple[Number, ...]
    own: tuple[Number, ...]
    calls: tuple[Number, ...]
    rules: tuple[Bi, ...]
    levels: tuple[Severity, ...]
    plan: Plan

    @property
    def language(self) -> Language:
        return self.person.language


def pocket(plan: Plan, person: Person) -> Pocket:
    """The card of one person; the same plan gives the same card."""
    posts = tuple(plan.posts[post] for post in person.posts)
    groups = tuple(dict.fromkeys(post.group for post in posts))
    own = tuple(
        number
        for group in groups
        if group != "ecc"
        for seat in plan.groups[group].seats
        for number in numbers(plan, plan.posts[seat], person)
    )
    return Pocket(
        person=person,
        posts=posts,
        steps=tuple(_first_ten_minutes(plan, posts)),
        centre=tuple(number for seat in plan.groups["ecc"].seats for number in numbers(plan, plan.posts[seat], person)),
        own=own,
        calls=tuple(_calls(plan, person, posts)),
        rules=tuple(rule for group in ("ecc", *(group for group in groups if group != "ecc")) for rule in plan.groups[group].rules),
        levels=tuple(plan.severities.values()),
        plan=plan,
    )


def numbers(plan: Plan, post: Post, reader: Person) -> Iterator[Number]:
    """Who fills a post first and next: one row for everybody who does, with the reader's sites they do it for."""
    sites = [site for site in plan.sites.values() if not reader.sites or site.id in reader.sites] if post.scoped else [None]
    found: dict[str, Number] = {}
    for site in sites:
        rule = next((rule for rule in plan.rota if rule.post == post.id and (site is None or rule.site in (None, site.id))), None)
        if rule is None:
            continue
        first, *others = (plan.people[who] for who in (*rule.people, *plan.people[rule.people[0]].deputies))
        deputy = next((other for other in others if other.id != first.id), None)
        row = found.setdefault(first.id, Number(post, (), first, deputy))
        if site is not None and rule.site is not None:
            found[first.id] = replace(row, sites=(*row.sites, site))
    return iter(found.values())


def _calls(plan: Plan, person: Person, posts: tuple[Post, ...]) -> Iterator[Number]:
    """The tree: the first seat of the centre calls its other seats and the first seat of each group; each seat calls the next one."""
    seats = dict.fromkeys(seat for post in posts for seat in _next_seats(plan, post))
    return (number for seat in seats for number in numbers(plan, plan.posts[seat], person) if number.person.id != person.id)


def _next_seats(plan: Plan, post: Post) -> tuple[str, ...]:
    seats = plan.groups[post.group].seats
    at = seats.index(post.id)
    if post.group == "ecc":
        return (*seats[1:], *(group.seats[0] for group in plan.groups.values() if group.id != "ecc")) if at == 0 else ()
    return seats[at + 1 : at + 2]


def _first_ten_minutes(plan: Plan, posts: tuple[Post, ...]) -> Iterator[Step]:
    answer = min(severity.response.ack_min for severity in plan.severities.values())
    yield Step(
        0,
        Bi(
            "接电话。说你是谁、在哪、几点能到；来不了就说来不了。",
            "Answer. Say who you are, where, when you can be there; if you cannot come, say so.",
        ),
    )
    for post in posts:
        yield Step(answer, Bi(f"【{post.short.zh}】{post.first_step.zh}", f"[{post.short.en}] {post.first_step.en}"))
    yield Step(
        answer,
        Bi("聊天用不了：按电话树打，打通一个划一个。", "No chat: telephone along the tree, strike out whoever answered."),
    )
    yield Step(
        plan.timing.silence_commander_min,
        Bi(
            "还没人指挥：打给指挥中心下一席。对外只说「正在处理」。",
            "Nobody commands yet: telephone the next seat of the command centre. Outside, say only “we are on it”.",
        ),
    )


REPORT: tuple[Bi, ...] = (
    Bi("现象（看到什么，报什么错）", "What is wrong (what is seen, which error)"),
    Bi("几点开始", "Since when"),
    Bi("几点发现，谁发现", "Noticed when, by whom"),
    Bi("哪个仓、哪个环节、多少客户或订单", "Which site, which link, how many customers or orders"),
    Bi("已经做了什么", "What has been done"),
    Bi("级别　□ 一般　□ 严重　□ 重大　□ 不知道", "Level  □ minor  □ severe  □ major  □ not known"),
    Bi("报给谁，几点", "Told whom, when"),
    Bi("填表人、电话", "Filled in by, telephone"),
)
"""The report on paper. 级别 may stay open: the command centre decides it."""
