"""A notice to the outside through the doors of the sandbox: what is owed, drafted, mended, signed, sent, missed, and told at last."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bot.cards.model import press
from bot.channels.mail import Mail
from bot.core.commands import ReportIncident
from bot.core.errors import Never
from bot.core.outward.letter import Letter
from bot.core.outward.state import Notice
from bot.talk import Ask, Request, Toast
from bot.words import Bi
from tests.core.drive import report_of
from tests.flows.house import House, opened

DRAFT = {
    "what": "orders placed online fail", "your_order": "as usual", "measures": "handled by hand",
    "workaround_for_you": "call the hotline",
}  # fmt: skip
LETTER = "letter:n1"
FULL = "catering@renhe.example.com"


class Postbox:
    """A mail server that refuses who has no room, as one would, and keeps the rest."""

    def __init__(self) -> None:
        self.refused, self.taken = {FULL}, list[tuple[str, str]]()

    async def send(self, letter: Letter, key: str, in_doubt: bool) -> str:
        if letter.to in self.refused:
            raise Never("550 mailbox full")
        self.taken.append((letter.to, letter.text))
        return key


def begun(house: House, mode: Literal["real", "drill"] = "real") -> None:
    """王敏 reports, 林远 starts a 重大 and commands, 公关 is here."""
    if mode == "drill":
        request = Request(house.ident(), "linyuan", "sandbox", house.app.now())
        house.app.service.run(request, None, ReportIncident(report_of(), "drill"), lambda outcome: Toast(""))
        house.record = "DRILL-1"
    else:
        house.wangmin.says("/报故障 上海仓下单报错，10 分钟前开始", at="@report")
    house.settle()
    house.linyuan.says(f"/定级 {house.record} 重大 全站下单不可用", at="@ecc")
    house.linyuan.presses("启动响应", on="centre")
    house.settle()
    for person in ("wangmin", "xunuo", "zhengyan"):
        house.person(person).presses("我到了", on=f"call:{person}")


@pytest.fixture(scope="module")
def started(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("notices") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    with opened(f"sqlite:///{file}") as built:
        begun(built)
        built.holds()
    return file


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Postbox:
    found = Postbox()
    monkeypatch.setattr(Mail, "send", lambda self, letter, key, in_doubt: found.send(letter, key, in_doubt))
    return found


@pytest.fixture
def house(started: Path, tmp_path: Path, box: Postbox) -> Iterator[House]:
    shutil.copyfile(started, tmp_path / "fenghuo.db")
    url, server = f"sqlite:///{tmp_path / 'fenghuo.db'}", "smtp://127.0.0.1:9"
    with opened(url, smtp_url=server, mail_from="service@fenghuo.example.com", outbox_dir=str(tmp_path)) as built:
        yield built
        built.holds()


def drafted(house: House, **values: str) -> Notice:
    house.wangmin.says("/话术 客户 首次", fill=DRAFT | values)
    house.settle()
    return notice(house)


def notice(house: House) -> Notice:
    return house.state.outward.notices[-1]


def signed(house: House) -> None:
    house.wangmin.presses("提交审批", on=LETTER)
    house.linyuan.presses("批准", on=LETTER)
    house.xunuo.presses("批准", on=LETTER)


def fates(house: House) -> dict[str, str]:
    return {f"{one.recipient.contact}:{one.recipient.via}": one.state for one in notice(house).deliveries}


# --- drafting -----------------------------------------------------------------------------------------------------------------


def test_what_is_owed_stands_first_with_its_button_and_on_the_headline(house: House) -> None:
    shown = house.wangmin.says("/对外")
    assert shown.index("给供应商的首次通知 20:40 前发") < shown.index("给媒体的首次通知 20:55 前发") < shown.index("起草别的")
    assert "给供应商的首次通知等 3 份" in house.wangmin.card("status")
    assert house.wangmin.presses("话术", on="status") == shown
    assert "草稿：客户首次" in house.wangmin.presses_whisper("起草给客户的首次通知", **DRAFT)


def test_the_form_shows_the_text_with_its_blanks_and_the_preview_fills_them(house: House) -> None:
    ears, war = house.app.ears, house.room("war")
    asked = ears.say("wangmin", war, "/话术 客户 首次", house.ident())
    assert isinstance(asked, Ask)
    fields = {field.key: field for field in asked.form.fields}
    preview = fields.pop("preview").label
    assert isinstance(preview, Bi)
    assert "您的订单：〔对方的订单〕" in preview.zh
    assert "Your orders: [Their orders]" in preview.en
    assert set(fields) == set(DRAFT)
    before = house.counts()
    values = {"what": "<b>{{7*7}}</b>", "your_order": "不知道", "measures": " "}
    shown = ears.preview("wangmin", war, asked.form.id, dict(asked.form.args), values, house.ident())
    assert isinstance(shown, Bi)
    for words in ("<b>{{7*7}}</b>", "您的订单：待核实", "〔我们正在做〕"):
        assert words in shown.zh
    assert "Your orders: to be confirmed" in shown.en
    assert ears.preview("wangmin", war, asked.form.id, {"script": "none"}, values, house.ident()) is None
    assert house.counts() == before


def test_what_is_missing_is_said_at_its_field_and_a_time_must_lie_ahead(house: House) -> None:
    empty = house.wangmin.is_refused(lambda: house.wangmin.says("/话术 客户 首次", fill={**DRAFT, "measures": " "}))
    assert "measures: 「我们正在做」还没写" in str(empty)
    reply = {"reporter": "刘", "approved_line": "部分地区线上下单异常，正在处理"}
    past = house.xunuo.is_refused(lambda: house.xunuo.says("/话术 媒体来问先回", fill={**reply, "reply_by": "19:00\nBcc: x@evil.example"}))
    assert "reply_by" in str(past)
    shown = house.xunuo.says("/话术 媒体来问先回", fill={**reply, "reply_by": "0:20"})
    assert "11 月 24 日 00:20" in shown
    assert "许诺点「修改」选发给谁" in shown


def test_a_cause_is_not_drafted_before_it_is_proven(house: House) -> None:
    refused = house.xunuo.is_refused(lambda: house.xunuo.says("/话术 媒体恢复（含原因）"))
    assert refused.offers == ("记原因",)


def test_hostile_words_stand_as_typed_and_do_nothing(house: House) -> None:
    nasty = "<script>alert(1)</script> {{7*7}} {% raw %} 【演练】"
    made = drafted(house, what=nasty)
    assert nasty in made.text.zh
    assert nasty in made.text.en
    assert nasty in house.wangmin.card(LETTER)


# --- the whole way ------------------------------------------------------------------------------------------------------------


def test_a_notice_goes_from_its_draft_to_everybody(house: House, box: Postbox) -> None:
    drafted(house, what="部分地区线上下单失败，马上就好")
    card = house.wangmin.card(LETTER)
    assert "〖马上就好〗" in card
    assert "英文里还有中文，补上英文再提交。" in card
    assert "点「修改」补上" in house.wangmin.presses("换成建议的说法", on=LETTER)
    made = notice(house)
    assert "失败，正在处理" in made.text.zh
    english = re.sub(r"[\u3400-\u9fff，]+", " is disturbed, ", made.text.en)
    assert "改好了" in house.wangmin.presses("修改", on=LETTER, text_en=english)
    assert "英文里还有中文" not in house.wangmin.card(LETTER)
    assert "要批的人已经叫到" in house.wangmin.presses("提交审批", on=LETTER)
    house.settle()
    assert "林远、许诺：「客户首次」等你批准" in house.said()[-1]

    assert "理由已告诉起草人" in house.xunuo.presses("退回", on=LETTER, reason="写上海地区")
    house.settle()
    assert "许诺退回：写上海地区" in house.wangmin.card(LETTER)
    text = notice(house).text.zh.replace("部分地区", "上海地区")
    house.wangmin.presses("修改", on=LETTER, text_zh=text, next_at="20:50")
    card = house.wangmin.card(LETTER)
    assert "「部分」→「上海」" in card
    assert "「20:40」→「20:50」" in card
    assert "下次更新：11 月 23 日 20:50" in card

    house.wangmin.presses("提交审批", on=LETTER)
    own = house.wangmin.is_refused(lambda: house.wangmin.presses("批准", on=LETTER))
    assert "自己写的、改的要别人批" in str(own)
    assert own.offers == ("叫林远",)
    assert house.linyuan.presses("批准", on=LETTER) == "批准了，还差公关。"
    assert "差 1 个签字" in house.wangmin.card(LETTER)
    assert house.xunuo.says("/批准 n1") == "批齐了，王敏 20:40 前发出。"

    house.wangmin.presses("发出（6 处）", on=LETTER)
    house.settle()
    found = fates(house)
    assert (found["hospital_canteen:mail"], found["expat_bistro:mail"], found[":status"]) == ("failed", "sent", "sent")
    assert "没发到：550 mailbox full" in house.wangmin.card(LETTER)
    assert "给客户的进展更新 20:50 前发" in house.wangmin.says("/话术")
    box.refused.clear()
    house.wangmin.presses("重发没发到的 2 处", on=LETTER)
    house.settle()
    assert [to for to, _ in box.taken] == ["kitchen@harbour.example.com", FULL]
    assert "is disturbed" in box.taken[0][1]
    left = house.wangmin.chooses("App 公告（接口）", "已由人发出，或问过收到了", on=LETTER, note="打电话给值班")
    assert left == "记下了。这份都有着落了。"
    assert "已由王敏 20:10 发出" in house.wangmin.card(LETTER)
    house.linyuan.says("/外联 记录")
    assert "王敏 → 客户" in house.drawn(house.whispers["linyuan"][1])


def test_a_change_after_the_approval_voids_it_and_what_was_seen_is_what_is_signed(house: House) -> None:
    drafted(house)
    house.wangmin.presses("提交审批", on=LETTER)
    seen = house.xunuo.sees(LETTER)
    pressed = house.xunuo._button(seen, "批准", "")
    house.linyuan.presses("批准", on=LETTER)
    house.zhengyan.presses("修改", on=LETTER, to="status:")
    assert (notice(house).state, notice(house).signatures) == ("draft", ())
    house.zhengyan.presses("提交审批", on=LETTER)
    refused = house.xunuo.is_refused(lambda: house.xunuo._press(seen, pressed, None))
    assert refused.offers == ("看这份",)
    house.linyuan.presses("批准", on=LETTER)
    house.xunuo.presses("批准", on=LETTER)
    house.wangmin.presses("修改", on=LETTER, text_zh=notice(house).text.zh + "谢谢。")
    assert notice(house).state == "draft"
    early = house.wangmin.is_refused(lambda: house.wangmin._press(seen, press("notice.send", record="INC-1", notice="n1"), None))
    assert early.offers == ("提交审批",)


def test_a_notice_is_shown_returned_and_withdrawn_by_its_number(house: House) -> None:
    drafted(house)
    house.wangmin.presses("提交审批", on=LETTER)
    assert "等批准：客户首次" in house.xunuo.says("/话术 n1")
    house.linyuan.says("/驳回 n1 先不提地区")
    assert notice(house).reason == "先不提地区"
    house.wangmin.presses("撤回", on=LETTER, reason="改打电话")
    assert "改打电话" in house.wangmin.card(LETTER)


# --- what does not leave --------------------------------------------------------------------------------------------------------


def test_before_the_activation_is_confirmed_it_is_drafted_and_signed_but_does_not_leave(sqlite_url: str, box: Postbox) -> None:
    with opened(sqlite_url) as house:
        house.wangmin.says("/报故障 上海仓下单报错，10 分钟前开始", at="@report")
        house.settle()
        house.linyuan.says("/定级 重大 全站下单不可用")
        assert not house.state.external_allowed
        drafted(house)
        house.wangmin.presses("提交审批", on=LETTER)
        for person in notice(house).asked:
            house.person(person).presses("批准", on=LETTER)
        assert notice(house).state == "approved"
        refused = house.wangmin.is_refused(lambda: house.wangmin.presses("发出（6 处）", on=LETTER))
        assert "还没启动响应，不能对外发。草稿和批准可以先做。" in str(refused)
        assert refused.offers == ("启动响应",)
        assert notice(house).deliveries == ()


def test_a_drill_goes_as_far_as_the_sending_and_nothing_leaves(sqlite_url: str, box: Postbox) -> None:
    with opened(sqlite_url) as house:
        begun(house, "drill")
        drafted(house)
        signed(house)
        assert "演练：没有外发" in house.wangmin.presses("发出（7 处）", on=LETTER)
        house.settle()
        assert set(fates(house).values()) == {"drill"}
        assert "演练，不外发" in house.wangmin.card(LETTER)
        assert box.taken == []


# --- talks and contacts -----------------------------------------------------------------------------------------------------------


def test_a_talk_is_logged_and_its_promise_waits_until_it_is_kept(house: House) -> None:
    told = {"to": "承运商王经理", "text": "今晚改人工派车", "promise": "把司机名单发过去"}
    past = house.wangmin.is_refused(lambda: house.wangmin.says("/外联 记", fill={**told, "due_at": "昨天 8:00"}))
    assert "due_at" in str(past)
    assert "到点会提醒" in house.wangmin.says("/外联 记", fill={**told, "due_at": "20:14"})
    house.advance(4)
    assert any("把司机名单发过去" in said for said in house.said()[-4:])
    shown = house.wangmin.says("/外联 记录")
    assert shown.index("答应了还没做的") < shown.index("王敏 → 承运商王经理")


def test_the_contact_book_shows_one_party_with_when_it_is_told(house: House) -> None:
    assert "仁和医院营养科" in house.wangmin.says("/外联")
    one = house.wangmin.says("/外联 仁和医院")
    assert "30 分钟内首次，之后每 30 分钟，总指挥、公关批" in one
    assert "例如" in str(house.wangmin.is_refused(lambda: house.wangmin.says("/外联 不存在")))


# --- English ----------------------------------------------------------------------------------------------------------------------


def test_somebody_who_reads_english_drafts_and_signs_in_english(house: House) -> None:
    house.wangmin.says("/语言 en", at="direct")
    assert "First draft the first notice to Suppliers." in house.wangmin.says("/script")
    shown = house.wangmin.says("/script customer first", fill=DRAFT)
    assert "Draft: Customers, first" in shown
    assert "Put forward; those who sign have been called." in house.wangmin.presses("Ask for approval", on=LETTER)
    own = house.wangmin.is_refused(lambda: house.wangmin.says("/approve n1"))
    assert re.search(r"[\u3400-\u9fff]", str(own)) is None
