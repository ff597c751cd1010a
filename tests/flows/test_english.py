"""One person reads English: every word of the bot that she sees is English, on cards, in answers, forms, refusals and rooms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import handlers
from bot.cards import forms
from bot.cards.model import Card, Form
from bot.platforms.sandbox.dialog import draw_form
from bot.talk import Ask, Invalid, Private, Refusal, Toast
from bot.words import Text
from tests.flows import story
from tests.flows.house import House
from tests.flows.page import words

CHINESE = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]+")
TYPED = (
    "上海仓下单报错，10 分钟前开始，客户说点下单没反应", "上海仓下单报错", "10 分钟前", "查主从延迟", "主从延迟 0.2 秒，正常",
    "未接 412 单", "19:50 灰度发布引起", "下单仍不可用，正在准备回滚", "冻结所有发布和配置变更", "回滚到 v5.1", "19:50 灰度后报错",
    "丢 19 分钟优惠券改动", "再发 v5.2", "摘缓存", "错误率从 12% 降到 0.3%", "回滚后 8 分钟错误率降到 0.3%",
    "手工单 412/412 补录，替代方案已停", "没有对外承诺未了", "不适用", "白班 08:00 接",
    "系统和业务都已平稳，剩余风险由运维盯到明早", "发布前自动比对缓存键", "演练一次", "流水线第 88 次运行", "看过", "财务已登记",
    "：见状态卡", "/报故障", "客户说点下单没反应",
)  # fmt: skip


def chinese(text: str, house: House) -> list[str]:
    """Chinese that nobody typed."""
    known = [*TYPED, *(summary for _, summary in story.SUMMARIES.values())]
    known += [person.name for person in house.app.plans.current.people.values()]
    known += ["中文", *(verb.usage for verb in handlers.COMMANDS), *(verb.zh for verb in handlers.COMMANDS)]  # words to type
    known += [point.name.zh for point in house.app.plans.current.documents.handover]
    for typed in sorted(known, key=len, reverse=True):
        text = text.replace(typed, "")
    return CHINESE.findall(text)


def undrafted(form: Form) -> Form:
    """Without what the bot drafts for a person to say: that is in the plan's language, like everything said in the room."""
    return replace(form, fields=tuple(replace(field, initial="") for field in form.fields))


def seen_by(person: str, house: House) -> Iterator[tuple[str, str]]:
    """Every message of the bot in every room the person is in, with the names of the rooms."""
    for room in house.person(person).rooms():
        yield "room", house.words(room.name, person)
        yield "topic", house.words(room.topic, person)
        for message in house.app.sandbox.recent(room.id, person, None, 10_000):
            if not message.author:
                title = house.words(message.body.title) if isinstance(message.body, Card) else message.kind
                yield title, house.shown(message, person)


def test_she_reads_english_in_every_room_at_every_stage_of_the_night(house: House) -> None:
    """LANGUAGE of one person; the others go on in Chinese in the same rooms."""
    house.person("gaobo").says("/语言 en", at="direct")
    left: dict[str, list[str]] = {}
    for chapter in story.CHAPTERS:
        chapter(house)
        house.settle()
        for slot in ("war", "@ecc", "@report"):
            house.app.sandbox.invite(house.room(slot), ["gaobo"])
        for where, said in seen_by("gaobo", house):
            if found := chinese(said, house):
                left[f"{chapter.__name__}: {where}"] = found
    assert left == {}


def test_every_verb_and_form_answers_her_in_english(busy_house: House) -> None:
    house = busy_house
    house.person("gaobo").says("/语言 en", at="direct")
    room, left = house.room("war"), {}
    viewer = house.app.viewer("gaobo")

    def reads(text: Text) -> str:
        return house.words(text, "gaobo")

    for verb in handlers.COMMANDS:
        match house.app.ears.say("gaobo", room, f"/{verb.en}", house.ident()):
            case Toast(text=text) | Refusal(text=text):
                said = reads(text)
            case Private(card=card):
                said = house.drawn(card, "gaobo")
            case Ask(form=form):
                said = words(str(draw_form(undrafted(form), viewer, house.app.humans())))
            case Invalid(errors=errors):
                said = " ".join(map(reads, errors.values()))
            case None:
                said = ""
        if found := chinese(f"{said} {reads(verb.help)}", house):
            left[verb.en] = found
    state, plan = house.state, house.app.plans.current
    for name, make in forms.FORMS_BY_ID.items():
        form = undrafted(make(state, plan, **({"now": house.app.now()} if name == "update.send" else {})))
        if found := chinese(words(str(draw_form(form, viewer, house.app.humans()))), house):
            left[f"form {name}"] = found
    assert left == {}, left
