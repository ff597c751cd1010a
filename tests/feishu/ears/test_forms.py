"""Forms: what was typed stays until it is taken, errors stand at their fields, and a form is answered once."""

from __future__ import annotations

import pytest

from bot.store.database import Unavailable
from tests.feishu.double import Form
from tests.feishu.ears.toy import Stage


def filled(stage: Stage, symptom: str, scope: str = "全国") -> Form:
    stage.wang().clicks(stage.posted(), "报故障")
    form = stage.wang().form()
    return form.fill(named(form, "看到了什么"), symptom).fill(named(form, "范围"), scope).fill(named(form, "哪个仓"), ["宁波仓"])


def named(form: Form, name: str) -> str:
    """The whole label of a field: what may be left out says so in it."""
    return next(label for label in form.labels if label.startswith(name))


def value(form: Form, name: str) -> object:
    return form.values[named(form, name)]


def test_a_form_that_is_taken_says_what_was_sent_and_has_nothing_left_to_press(both: Stage) -> None:
    form = filled(both, "下单报错")
    seen = form.submit()
    assert (seen.error, seen.toast) == (None, "收到 1：下单报错")
    words = both.wang().reads(form)
    assert (form.open, "下单报错" in words, "宁波仓" in words, "王敏" in words) == (False, True, True, True)
    asked = both.toy.asked[-1]
    assert (asked.key, asked.record, asked.slot, asked.room) == ("feishu:form:F1:ou_wang", "INC-1", "war", both.room.id)
    assert (dict(asked.args), asked.values["sites"], both.feishu.violations) == ({}, "nb", [])


def test_an_error_stands_at_its_field_and_what_was_typed_stays(both: Stage) -> None:
    form = filled(both, "短")
    assert form.submit().toast == "再写长一点。"
    assert "再写长一点。" in form.words
    assert (value(form, "看到了什么"), value(form, "范围"), value(form, "哪个仓")) == ("短", "全国", ["nb"])
    form.fill(named(form, "看到了什么"), "下单报错").submit()
    assert (both.toy.deeds, form.open, both.feishu.violations) == (["下单报错"], False, [])


@pytest.mark.parametrize("trouble", [RuntimeError("a bug"), Unavailable("no database"), None])
def test_what_is_wrong_with_all_of_it_is_said_and_what_was_typed_stays(here: Stage, trouble: Exception | None) -> None:
    form = filled(here, "别报")
    here.toy.trouble += [trouble] if trouble else []
    seen = form.submit()
    assert seen.toast.startswith("没办成" if trouble else "这张表现在不能交。")
    assert (value(form, "看到了什么"), value(form, "范围")) == ("别报", "全国")
    form.fill(named(form, "看到了什么"), "下单报错").submit()
    assert (here.toy.deeds, here.feishu.violations) == (["下单报错"], [])


def test_a_refusal_keeps_the_form_and_offers_its_fix_above_it(here: Stage) -> None:
    form = filled(here, "没权")
    assert form.submit().toast == "只有指挥能做。"
    assert (form.open, value(form, "范围")) == (True, "全国")
    assert here.wang().clicks(form.where, "找指挥").toast == "叫了指挥"
    assert here.feishu.violations == []


def test_the_next_form_takes_the_place_of_the_first_and_is_a_request_of_its_own(both: Stage) -> None:
    form = filled(both, "还有")
    assert form.submit().error is None
    assert form.title == "还差一项"
    form.fill(named(form, "几点开始"), "20:10").submit()
    asked = both.toy.asked[-1]
    assert (both.toy.deeds, form.open) == (["INC-1 20:10"], False)
    assert (asked.key, asked.record, asked.room, dict(asked.args)) == ("feishu:form:F2:ou_wang", "INC-1", both.room.id, {"record": "INC-1"})
    assert both.feishu.violations == []


def test_a_card_that_was_asked_for_follows_the_form(here: Stage) -> None:
    form = filled(here, "看")
    form.submit()
    assert (form.open, "就是这样" in here.told()[-1]) == (False, True)


def test_a_form_sent_twice_is_taken_once(both: Stage) -> None:
    filled(both, "下单报错").submit()
    sent = both.feishu.delivered[-1]
    assert both.feishu.deliver(sent.kind, sent.payload).body == sent.reply.body
    other = {**sent.payload, "header": {**sent.payload["header"], "event_id": "from the other telephone"}}
    assert both.feishu.deliver(sent.kind, other).body == sent.reply.body
    both.ears = both.new_ears()
    assert both.feishu.deliver(sent.kind, other).body["toast"]["content"] == "收到 1：下单报错"
    assert both.toy.deeds == ["下单报错"]


def test_a_slow_form_says_so_and_is_redrawn_when_it_is_done(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    form = filled(hasty, "慢")
    assert form.submit().toast == "正在办，一会儿就好，不用再按。"
    assert value(form, "看到了什么") == "慢"
    hasty.toy.gate.set()
    hasty.settle()
    assert (form.open, hasty.told()[-1], hasty.feishu.violations) == (False, "收到 1：慢", [])


def test_a_slow_form_with_an_error_comes_back_with_everything_typed(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    form = filled(hasty, "慢", "错")
    form.submit()
    hasty.toy.gate.set()
    hasty.settle()
    assert ("范围写错了。" in form.words, value(form, "看到了什么")) == (True, "慢")
    assert hasty.feishu.violations == []
