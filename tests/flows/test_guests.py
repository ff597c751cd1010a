"""Somebody of the chat platform whom the plan does not know presses everything, says everything, and breaks nothing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import handlers
from bot.cards import forms
from bot.core.commands import MeetGuest
from bot.core.events import IncidentAbsorbed, IncidentReported, ReportAdded
from bot.talk import Answer, Ask, Refusal, Request, Toast
from handlers.verb import Handler
from tests.flows import story
from tests.flows.house import House
from tests.flows.test_hostile import IDS, looks

GUEST = "slack:U0GUEST"


def asked(house: House, handler: Handler, words: str = "", args: Mapping[str, str] | None = None, **values: str) -> Answer:
    request = Request(
        house.ident(), GUEST, "slack", house.app.now(), record=house.record, slot="war", words=words, args=args or {}, values=values,
    )  # fmt: skip
    answer = handler(request, house.app.service)
    looks(house, answer, GUEST)
    return answer


def test_a_guest_may_press_say_and_send_everything_and_changes_only_reports(busy_house: House) -> None:
    house = busy_house
    house.app.service.run(
        Request(house.ident(), GUEST, "slack", house.app.now()), "team", MeetGuest(GUEST, "Ann", "en"), lambda outcome: Toast("")
    )
    before = {record: len(house.events(record)) for record in ("INC-1", "team")}
    plan, state = house.app.plans.current, house.state
    for verb, words in itertools.product(handlers.COMMANDS, ("", "INC-1 上海仓 @陈海 15 分钟", "m1", "林远", "slack U0X")):
        asked(house, verb.handler, words)
    for action, value in itertools.product(handlers.ACTIONS.values(), ("", "no-such-id")):
        args = {"record": "INC-1"} | (dict.fromkeys(IDS, value) if value else {})
        answer = asked(house, action, args=args)
        assert not isinstance(answer, Ask) or answer.form.id in handlers.GUEST_FORMS
    for id, make in forms.FORMS_BY_ID.items():
        made = make(state, plan, **({"now": house.app.now()} if id == "update.send" else {}))
        values = {field.key: field.initial or "x" for field in made.fields if field.kind != "note"}
        asked(house, handlers.FORMS[id], args={**dict(made.args), "record": "INC-1"}, **values)
    done = {type(event) for event in house.events("INC-1")[before["INC-1"] :]}
    assert done <= {ReportAdded, IncidentAbsorbed}
    assert {type(event).__name__ for event in house.events("team")[before["team"] :]} <= {"LanguageChosen"}


def test_a_guest_reports_looks_and_is_told_politely_what_is_for_others(house: House) -> None:
    commands = {verb.zh: verb.handler for verb in handlers.COMMANDS}
    answer = asked(house, commands["报故障"], "上海仓下单报错，10 分钟前开始")
    assert isinstance(answer, Toast)
    house.settle()
    assert house.state.report.reporter == GUEST
    assert isinstance(house.events()[0], IncidentReported)
    assert "INC-1" in looks(house, asked(house, commands["列表"]), GUEST)
    assert "下单报错" in looks(house, asked(house, commands["事件"]), GUEST)
    assert isinstance(asked(house, commands["补充"], "杭州仓也不行"), Toast)
    refused = asked(house, commands["任务"], "@何川 查主从延迟")
    assert isinstance(refused, Refusal)
    assert "身份 @你的名字 slack U0GUEST" in looks(house, refused, GUEST)
    claim = looks(house, asked(house, commands["身份"], "陈海"), GUEST)
    assert "身份 @陈海 slack U0GUEST" in claim
    story.graded(house)  # the night goes on as with any reporter
    story.activated(house)
