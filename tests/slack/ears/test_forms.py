"""Forms: what was typed stays until it is taken, errors stand at their fields, and one modal may show one form after another."""

from __future__ import annotations

import json

import pytest

from bot.store.database import Unavailable
from tests.slack.double import Modal
from tests.slack.ears.test_presses import hasty, last, whispers
from tests.slack.ears.toy import Stage

__all__ = ["hasty"]


def filled(stage: Stage, symptom: str, scope: str = "全国") -> Modal:
    modal: Modal = stage.wang().command("报故障", stage.room).modal
    return modal.fill("看到了什么", symptom).fill("范围", scope).fill("哪个仓", ["宁波仓"])


def test_an_error_stands_at_its_field_and_what_was_typed_stays(both: Stage) -> None:
    modal = filled(both, "短")
    seen = modal.submit()
    assert (seen.error, dict(seen.errors)) == (None, {"看到了什么": "再写长一点。"})
    assert modal.values == {"看到了什么": "短", "范围": "全国", "哪个仓": ["nb"]}
    modal.fill("看到了什么", "下单报错").submit()
    assert (both.toy.deeds, both.wang().modal, both.slack.violations) == (["下单报错"], None, [])


@pytest.mark.parametrize("trouble", [RuntimeError("a bug"), Unavailable("no database"), None])
def test_what_is_wrong_with_all_of_it_stands_on_top_and_what_was_typed_stays(here: Stage, trouble: Exception | None) -> None:
    modal = filled(here, "别报")
    here.toy.trouble += [trouble] if trouble else []
    modal.submit()
    told = "没办成，再按一次。" if trouble else "这张表现在不能交。"
    assert told in here.wang().modal.words
    assert here.wang().modal.values == {"看到了什么": "别报", "范围": "全国", "哪个仓": ["nb"]}
    here.wang().modal.fill("看到了什么", "下单报错").submit()
    assert (here.toy.deeds, here.slack.violations) == (["下单报错"], [])


def test_a_refusal_keeps_the_form_and_offers_its_fix(here: Stage) -> None:
    modal = filled(here, "没权")
    modal.submit()
    here.wang().modal.submit()
    here.wang().modal.clicks("找指挥")
    here.settle()
    assert "叫了指挥" in here.wang().modal.words
    assert here.wang().modal.values["范围"] == "全国"
    assert here.slack.violations == []


def test_the_next_form_takes_the_place_of_the_first_and_is_a_request_of_its_own(both: Stage) -> None:
    filled(both, "还有").submit()
    first = last(both).key
    assert both.wang().modal.title == "还差一项"
    both.wang().modal.fill("几点开始", "20:10").submit()
    both.settle()
    assert (both.toy.deeds, both.wang().modal) == (["INC-1 20:10"], None)
    assert (last(both).key, last(both).record, last(both).room) == (f"{first}:2", "INC-1", both.room.id)
    assert both.slack.violations == []


def test_a_card_that_was_asked_for_takes_the_place_of_the_form(here: Stage) -> None:
    filled(here, "看").submit()
    assert (here.wang().modal.title, "就是这样" in here.wang().modal.words) == ("结果", True)


def test_a_form_sent_twice_is_taken_once(here: Stage) -> None:
    filled(here, "下单报错").submit()
    sent = here.slack.delivered[-1]
    assert here.slack.deliver(sent.kind, sent.payload).body == sent.reply.body
    here.settle()
    assert here.toy.deeds == ["下单报错"]


def test_the_metadata_of_a_form_holds_ids_only(here: Stage) -> None:
    modal = filled(here, "下单报错")
    assert json.loads(modal.view.body["private_metadata"]) == {"args": {}, "room": here.room.id, "record": "INC-1"}
    modal.submit()
    assert last(here).key == f"slack:view:{modal.view.id}"


def test_a_form_of_the_global_shortcut_is_answered_in_their_own_chat(here: Stage) -> None:
    here.wang().shortcut("report_fault").modal.fill("看到了什么", "下单报错").submit()
    here.settle()
    assert here.wang().message(here.wang().bot_dm, "收到 1：下单报错").user == here.ws.bot_user


def test_a_form_that_we_cannot_have_made_is_logged_and_reaches_no_handler(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    filled(here, "下单报错").submit()
    sent = here.slack.delivered[-1].payload
    for metadata in ("no json", "[]", '{"args": 7}', '{"args": {"record": 7}}'):
        forged = {**sent, "view": {**sent["view"], "id": f"V{hash(metadata)}", "private_metadata": metadata}}
        assert here.slack.deliver("interactive", forged).error is None
    assert len(here.toy.asked) == 2
    assert caplog.text.count("forged form") + caplog.text.count("without private_metadata") == 4


def test_a_slow_form_waits_in_its_modal_and_shows_the_outcome_there(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    modal = filled(hasty, "慢")
    assert modal.submit().error is None
    assert (hasty.wang().modal.title, hasty.slack.delivered[-1].seconds < 0.6) == ("稍等", True)
    hasty.toy.gate.set()
    hasty.settle()
    assert (hasty.wang().modal.title, hasty.toy.deeds, hasty.slack.violations) == ("好了", ["慢"], [])


def test_a_slow_form_that_is_wrong_comes_back_as_it_was_typed(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    filled(hasty, "慢", "错").submit()
    hasty.toy.gate.set()
    hasty.settle()
    assert "范围：范围写错了。" in hasty.wang().modal.words
    assert hasty.wang().modal.values == {"看到了什么": "慢", "范围": "错", "哪个仓": ["nb"]}
    hasty.wang().modal.fill("范围", "全国").submit()
    assert (hasty.toy.deeds, whispers(hasty, hasty.room), hasty.slack.violations) == (["慢"], ["收到 1：慢"], [])
