"""The plan on paper: one screen for whoever looks it up, one card for each pocket when every screen is dark."""

from __future__ import annotations

from collections.abc import Iterator

from bot.plan.schema import DutyRule, Person, Plan
from bot.words import Bi, Language

CUT = "- " * 30
DAYS: dict[Language, tuple[str, ...]] = {
    "zh-CN": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def overview(plan: Plan, language: Language) -> str:
    """The plan in one screen: what it is, who belongs to which group, what each level demands, how much of everything there is."""
    return "\n".join(
        (
            f"{_in(language, plan.name)} {plan.version} · {plan.effective} · {plan.hash[:12]}",
            "",
            *_groups(plan, language),
            "",
            *_levels(plan, language),
            "",
            *_counts(plan, language),
        )
    )  # fmt: skip


def _groups(plan: Plan, language: Language) -> Iterator[str]:
    for group in plan.groups.values():
        yield f"{_in(language, group.name)}: {_list(language, [_in(language, plan.posts[seat].short) for seat in group.seats])}"


def _levels(plan: Plan, language: Language) -> Iterator[str]:
    for severity in plan.severities.values():
        answer = severity.response
        yield _in(
            language,
            Bi(
                f"{severity.short.zh}：{answer.ack_min} 分钟内应答，{answer.room_min} 分钟内成群，每 {answer.update_every_min} 分钟一报，"
                f"{answer.target_recover_min} 分钟内恢复，观察 {answer.observe_min} 分钟",
                f"{severity.short.en}: answer in {answer.ack_min} min, room in {answer.room_min}, update every {answer.update_every_min}, "
                f"recover in {answer.target_recover_min}, observe {answer.observe_min}",
            ),
        )


def _counts(plan: Plan, language: Language) -> Iterator[str]:
    yield _in(
        language,
        Bi(
            f"{len(plan.people)} 人，{len(plan.services)} 个服务，{len(plan.sites)} 个仓，{len(plan.checklists)} 份技术清单，"
            f"{len(plan.playbooks)} 份业务手册，{len(plan.measures)} 项重大措施，{len(plan.risks)} 项风险，{len(plan.drills)} 个演练",
            f"{len(plan.people)} people, {len(plan.services)} services, {len(plan.sites)} sites, {len(plan.checklists)} checklists, "
            f"{len(plan.playbooks)} playbooks, {len(plan.measures)} major measures, {len(plan.risks)} risks, {len(plan.drills)} drills",
        ),
    )


def cards(plan: Plan, people: tuple[Person, ...] | None = None) -> str:
    """A pocket card for each of the people (all when None), in their own language, with a line to cut along."""
    return f"\n{CUT}\n".join("\n".join(_card(plan, person)) for person in people or plan.people.values())


def _card(plan: Plan, person: Person) -> Iterator[str]:
    language = person.language

    def say(zh: str, en: str) -> str:
        return zh if language == "zh-CN" else en

    yield f"{_name(person, language)}  {person.phone}  ·  {_in(language, plan.name)} {plan.version}"
    for post in (plan.posts[one] for one in person.posts):
        yield f"[{_in(language, plan.groups[post.group].name)} · {_in(language, post.name)}]"
        yield f"  {say('先做', 'First')}: {_in(language, post.first_step)}"
        yield f"  {say('职责', 'Duty')}: {_in(language, post.duties)}"
    for rule in _own_rules(plan, person):
        yield f"  {say('值班', 'On duty')}: {_when(plan, rule, language)}"
    deputies = [plan.people[one] for one in person.deputies]
    if deputies:
        yield f"{say('替补', 'Deputies')}: {_list(language, [f'{_name(one, language)} {one.phone}' for one in deputies])}"
    yield f"{say('指挥中心', 'Command centre')}: {_list(language, list(_centre(plan, language)))}"
    yield say(
        "报：在任何房间打「报故障 …」，一句就行。被叫到：按「我到了」；来不了按「来不了」。聊天用不了：打电话给指挥中心。",
        'Report: type "report …" in any room, one line. When called: press "I am here", or say you cannot come. '
        "No chat: telephone the command centre.",
    )


def _own_rules(plan: Plan, person: Person) -> Iterator[DutyRule]:
    """When the person is the first to be called; deputising comes by itself."""
    return (rule for rule in plan.rota if rule.people[0] == person.id)


def _when(plan: Plan, rule: DutyRule, language: Language) -> str:
    shift = plan.shifts[rule.shift]
    site = f" {_in(language, plan.sites[rule.site].name)}" if rule.site else ""
    days = "" if len(rule.weekdays) == 7 else " " + _list(language, [DAYS[language][day - 1] for day in rule.weekdays])
    hours = "" if shift.start == shift.end else f" {shift.start:%H:%M}-{shift.end:%H:%M}"
    return f"{_in(language, plan.posts[rule.post].short)}{site} · {_in(language, shift.name)}{hours}{days}"


def _centre(plan: Plan, language: Language) -> Iterator[str]:
    """The first of every seat, with the number that rings at night."""
    for seat in plan.groups["ecc"].seats:
        first = next((rule.people[0] for rule in plan.rota if rule.post == seat), None)
        if first is not None:
            yield f"{_name(plan.people[first], language)} {plan.people[first].phone}"


def _name(person: Person, language: Language) -> str:
    return person.name if language == "zh-CN" else person.name_en


def _in(language: Language, text: Bi) -> str:
    return text.zh if language == "zh-CN" else text.en


def _list(language: Language, words: list[str]) -> str:
    return ("、" if language == "zh-CN" else ", ").join(words)
