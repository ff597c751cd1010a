"""The questions from outside of that night, and what of it may have to be reported: asked, judged, drafted, submitted."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.views.evening import responding
from bot.cards.views.night import at
from bot.core.incident import Incident
from bot.core.outward.agreed import digest
from bot.core.outward.duty_paper import digest as version
from bot.core.outward.state import Duty, Finding, Inquiry, Outward, Paper, Signature, Submission, Topic, Verdict, Waiver

CAC, PIPL = "cac_4h", "pipl_notice"
_SEATS = ("commander", "pr")


def _answered(topic: Topic, *who: tuple[str, str, str]) -> Topic:
    signatures = tuple(Signature(seat, person, at(clock), digest(topic)) for seat, person, clock in who)
    whole = len(signatures) == len(_SEATS)
    return replace(topic, needed=_SEATS, signatures=signatures, approved=digest(topic) if whole else "")


def inquired() -> Incident:
    """Two customers ask the same and have an answer, a third question waits for its signatures, the press for its one voice."""
    first = Topic("k1", "customer", "今晚的配送还能到吗", "wangmin", "今晚的配送照常，可能晚一小时以内。", "wangmin", at("20:30"))
    pay = Topic("k2", "customer", "付了款订单还在吗", "wangmin", "付款成功的订单都在，照常配送。", "wangmin", at("20:40"))
    press = Topic("k3", "media", "出了什么事，影响多少家", "xunuo")
    ready = _answered(first, ("commander", "chenhai", "20:31"), ("pr", "xunuo", "20:33"))
    topics = (ready, _answered(pay, ("pr", "xunuo", "20:42")), press)
    asked = (
        Inquiry("q1", "customer", "hospital_canteen", "今晚的配送还能到吗", "k1", "wangmin", at("20:26"), at("20:56"), None, None,
                at("20:35"), "wangmin", first.text, True),
        Inquiry("q2", "customer", "school_meals", "送得到吗今晚", "k1", "wangmin", at("20:28"), at("20:58"), chased=2),
        Inquiry("q3", "customer", "", "付了款订单还在吗", "k2", "wangmin", at("20:38"), at("21:08")),
        Inquiry("q4", "media", "经济报 刘", "出了什么事，影响多少家", "k3", "wangmin", at("20:45"), at("21:45"), at("20:46"), "wangmin"),
    )  # fmt: skip
    return replace(responding(), outward=Outward(inquiries=asked, topics=topics))


def inquired_back() -> Incident:
    """The answer about payment was returned."""
    before = inquired()
    back = tuple(replace(one, signatures=(), reason="先等财务核对") if one.id == "k2" else one for one in before.outward.topics)
    return replace(before, outward=replace(before.outward, topics=back))


def _duty(id: str, *answers: str) -> Duty:
    findings = {str(n): Finding(answer, "chenhai", at("20:30")) for n, answer in enumerate(answers, 2)}  # type: ignore[arg-type]  # as named
    return Duty(id, at("20:18"), ("level:major",), findings)


def _with(*duties: Duty) -> Incident:
    return replace(responding(), outward=Outward(duties=duties))


def duty_asked() -> Incident:
    """Graded 重大: is it one for the authority too? Two questions answered; of personal data nobody knows yet."""
    return _with(_duty(CAC, "no", "unknown"), replace(_duty(PIPL), why=("override:personal_info_leak_suspected",), waiver=None))


def _judged(answers: tuple[str, ...], *, applies: bool, reason: str) -> Duty:
    return replace(_duty(CAC, *answers), verdict=Verdict(applies, reason, "chenhai", at("20:50")), official="1" if applies else "")


def _drafted() -> Duty:
    paper = Paper(
        {"0": "快驴生鲜，下单系统", "1": "20:10 发现，上海、杭州", "2": "软件缺陷", "3": "较大网络安全事件", "4": "两地线上下单中断",
         "5": "已回滚"},
        "suqing", at("21:05"),
    )  # fmt: skip
    return replace(_judged(("no", "yes", "yes", "yes", "no"), applies=True, reason="重要系统中断，法务同意按较大报"), drafts=(paper,))


def duty_owed() -> Incident:
    """It must be reported: the draft has what the first report needs; individuals need not be told, says the lawyer."""
    told = replace(_duty(PIPL, "yes"), verdict=Verdict(True, "疑似手机号外泄", "chenhai", at("20:52")),
                   waiver=Waiver("法务签认：已强制改密", "chenhai", at("20:55")))  # fmt: skip
    return _with(_drafted(), told)


def duty_late() -> Incident:
    """The four hours are over and nothing was submitted."""
    return _with(replace(_drafted(), drafts=(), chased={"first": 5}))


def duty_reported() -> Incident:
    """Submitted by a person, with its number; the summary is owed in thirty days."""
    drafted = _drafted()
    done = Submission("first", "12387 热线", "SH-20261123-017", "chenhai", at("21:20"), version(drafted.drafts[-1]), "chenhai")
    return _with(replace(drafted, submissions=(done,)))


def duty_unneeded() -> Incident:
    return _with(_judged(("no", "no", "no", "no", "no"), applies=False, reason="影响两地四十分钟，法务同意不够较大"))
