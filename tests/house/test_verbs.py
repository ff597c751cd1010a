"""The verbs people speak: those of the table are those of the guide, and those that others rely on are among them."""

from __future__ import annotations

import re

import handlers
from bot.words import Bi
from tests.house.tree import text

KEPT = {
    "报故障": "report", "补充": "add", "定级": "grade", "启动": "activate", "到位": "arrive", "呼叫": "call", "点名": "rollcall",
    "谁在指挥": "commander", "移交": "handover", "角色": "role", "值班": "duty", "请假": "leave", "绑定": "bind", "身份": "identity",
    "语言": "language", "任务": "task", "清单": "check", "故障类型": "fault", "提案": "measure", "批准": "approve", "驳回": "reject",
    "态势": "update", "时间线": "timeline", "记": "note", "影响": "impact", "原因": "cause", "广播": "broadcast", "事件": "incident",
    "列表": "list", "方案": "plan", "预警": "warning", "验证": "verify", "结束": "end", "重开": "reopen", "合并": "merge",
    "误报": "false-alarm", "小结": "summary", "复盘": "review", "改进": "actions", "风险": "risk", "帮助": "help",
}  # fmt: skip


def spoken() -> dict[str, str]:
    return {verb.zh: verb.en for verb in handlers.COMMANDS}


def written() -> dict[str, str]:
    return dict(re.findall(r"^### (\S+) · (\S+)$", text("docs/user.md"), re.MULTILINE))


def test_the_verbs_that_others_rely_on_are_spoken() -> None:
    assert KEPT.items() <= spoken().items()


def test_every_verb_is_in_the_users_guide_and_nothing_else() -> None:
    assert written() == spoken()


def test_every_verb_in_the_guide_has_the_example_that_help_gives() -> None:
    sections = [section.splitlines() for section in re.split(r"^### ", text("docs/user.md"), flags=re.MULTILINE)[1:]]
    shown = {section[0].split(" ")[0]: re.findall(r"`([^`]+)`", section[1]) for section in sections}
    assert {verb.zh: verb.usage for verb in handlers.COMMANDS if verb.usage not in shown.get(verb.zh, [])} == {}


def test_every_verb_explains_itself_in_both_languages_with_an_example() -> None:
    mute = []
    for verb in handlers.COMMANDS:
        said = verb.help
        if not (isinstance(said, Bi) and said.zh and said.en and verb.usage):
            mute.append(verb.zh)
    assert mute == []
