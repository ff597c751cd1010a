"""The plan in one screen, for whoever looks it up in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bot.plan.schema import Plan
from bot.words import Bi, Language


def overview(plan: Plan, language: Language) -> str:
    """What the plan is, who belongs to which group, what each level demands, how much of everything there is."""
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


def _in(language: Language, text: Bi) -> str:
    return text.zh if language == "zh-CN" else text.en


def _list(language: Language, words: list[str]) -> str:
    return ("、" if language == "zh-CN" else ", ").join(words)
