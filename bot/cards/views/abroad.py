"""The words to the outside of that night: a notice in every state of its life, on its way to people who are reached and who are not."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.views.evening import assembled, responding
from bot.cards.views.night import at
from bot.core.incident import Incident
from bot.core.outward.gate import digest
from bot.core.outward.state import Delivery, Edit, Notice, Outward, Phase, Promise, Recipient, Signature, Talk
from bot.words import Bi, line

_NEXT = at("21:16")
_CUSTOMERS = Bi(
    "尊敬的客户：\n自 11 月 23 日 19:52（北京时间）起，上海、杭州地区线上下单提交失败。\n"
    "您的订单：提交成功的照常配送；显示「处理中」的，我们逐单核对后告知\n"
    "您可以：拨打热线人工下单，请备好客户号、品名和送达时段\n热线：400-000-0000\n"
    "下次更新：11 月 23 日 21:16（北京时间）前，没有新进展也会告知。\n给您带来不便，我们深表歉意。",
    "Dear customer,\nSince 19:52 on 23 November (Beijing time), orders placed online in Shanghai and Hangzhou are not going through.\n"
    "Your orders: those that went through are delivered as usual; those shown as pending are checked one by one\n"
    "What you can do: order by phone with your customer number, items and delivery time at hand\nHotline: 400-000-0000\n"
    "Next update: by 21:16 on 23 November (Beijing time), even if there is nothing new.\nWe are sorry for the inconvenience.",
)
_PARTNERS = Bi(
    "合作伙伴，您好：\n自 11 月 23 日 19:52（北京时间）起，订单支付接口异常：支付请求超时。\n请贵方：暂停批量扣款，保留期间流水\n"
    "下次更新：11 月 23 日 21:16（北京时间）前，没有新进展也会告知。",
    "Dear partner,\nSince 19:52 on 23 November (Beijing time), the order payment interface has been disturbed: payment requests time out.\n"
    "What we ask of you: pause bulk charges and keep the records of this time\n"
    "Next update: by 21:16 on 23 November (Beijing time), even if there is nothing new.",
)
_SUPPLIERS = Bi(
    "供应商伙伴，您好：\n自 11 月 23 日 19:52（北京时间）起，我方系统异常，马上就好。\n请您：发车前致电采购联络台确认数量与时段",
    "Dear supplier,\nSince 19:52 on 23 November (Beijing time) our system has been disturbed: 马上就好.\n"
    "What we ask of you: call the procurement desk to confirm quantity and time before setting out",
)
_MEDIA = Bi(
    "关于上海、杭州地区线上下单服务异常的说明\n自 11 月 23 日 19:52（北京时间）起，上述服务出现异常。我们已启动应急响应。\n"
    "下次说明：11 月 23 日 21:16（北京时间）前。",
    "Statement on online ordering in Shanghai and Hangzhou\nSince 19:52 on 23 November (Beijing time) this service has been disturbed.\n"
    "Next statement: by 21:16 on 23 November (Beijing time).",
)


def _notice(id: str, audience: str, text: Bi, to: tuple[Recipient, ...], who: str, clock: str, phase: Phase = "initial") -> Notice:
    return Notice(id, f"{audience}_{phase}", audience, phase, "major", {}, text, text, to, who, at(clock), _NEXT)


def _signed(notice: Notice, *who: tuple[str, str, str]) -> Notice:
    """Before its seats, with these signatures, as (seat, person, clock)."""
    signatures = tuple(Signature(seat, person, at(clock), digest(notice)) for seat, person, clock in who)
    seats = ("commander", "pr")
    return replace(notice, state="asked", needed=seats, signatures=signatures, asked_at=at("20:40"), asked=("chenhai", "xunuo"))


def _approved(notice: Notice) -> Notice:
    whole = _signed(notice, ("commander", "chenhai", "20:41"), ("pr", "xunuo", "20:43"))
    return replace(whole, state="approved", approved=digest(notice), valid_until=at("21:13"))


def _delivery(number: int, recipient: Recipient, state: str, why: str = "", by: str = "", clock: str = "20:45") -> Delivery:
    made = Delivery(f"d{number}", recipient, "en" if recipient.contact == "expat_bistro" else "zh-CN")
    return replace(made, state=state, why=why, by=by or None, at=at(clock))  # type: ignore[arg-type]  # the callers name its states


def _to_customers() -> tuple[Recipient, ...]:
    named = (("restaurant_chain", "room"), ("hospital_canteen", "mail"), ("school_meals", "mail"), ("expat_bistro", "sms"))
    return (*(Recipient(contact, via) for contact, via in named), Recipient("", "status"))  # type: ignore[arg-type]  # ways that Via names


def _to_partners() -> tuple[Recipient, ...]:
    return Recipient("carrier_north", "room"), Recipient("pay_channel", "mail")


def telling() -> Incident:
    """Half past eight: the customers' notice is going out, the partners' waits for its second signature, two are still being written."""
    to = _to_customers()
    customers = replace(
        _approved(_notice("n1", "customer", _CUSTOMERS, to, "wangmin", "20:36")),
        state="sending",
        sent_at=at("20:44"),
        sent_by="wangmin",
        deliveries=(
            _delivery(1, to[0], "sent"),
            _delivery(2, to[1], "failed", "对方邮箱拒收：邮箱已满"),
            _delivery(3, to[2], "waiting"),
            _delivery(4, to[3], "by_hand"),
            _delivery(5, to[4], "sent"),
        ),
    )
    partners = _signed(_notice("n2", "partner", _PARTNERS, _to_partners(), "suqing", "20:38"), ("commander", "chenhai", "20:42"))
    farms = (Recipient("veg_base", "room"), Recipient("andes_fruit", "mail"))
    suppliers = _notice("n3", "supplier", _SUPPLIERS, farms, "zhengyan", "20:42")
    before = Bi(_MEDIA.zh.replace("我们已启动应急响应。", "我们的工程师正在排查。"), _MEDIA.en)
    media = replace(
        _notice("n4", "media", _MEDIA, (Recipient("press_list", "mail"), Recipient("", "status")), "xunuo", "20:39"),
        state="returned",
        returned_by="chenhai",
        reason="先不提地区，写「部分地区」",
        edits=(Edit("xunuo", at("20:41"), before, _MEDIA),),
    )
    return replace(responding(), outward=Outward((customers, partners, suppliers, media)))


def told() -> Incident:
    """Later: everybody has the first notice but one who may have it; one approval ran out, one is ready, one was dropped."""
    to, partners = _to_customers(), _to_partners()
    sent = replace(
        telling().outward.notices[0],
        state="sent",
        deliveries=(
            *(_delivery(number, one, "sent") for number, one in enumerate(to[:3], 1)),
            _delivery(4, to[3], "handed", "电话，店长接的", "wangmin", "20:52"),
            _delivery(5, to[4], "sent"),
        ),
    )
    doubted = replace(
        _approved(_notice("n2", "partner", _PARTNERS, partners, "suqing", "20:38")),
        state="sent",
        sent_at=at("20:46"),
        sent_by="suqing",
        deliveries=(_delivery(1, partners[0], "sent"), _delivery(2, partners[1], "doubt", "对方服务器没有回答")),
    )
    ready = _approved(_notice("n3", "customer", _CUSTOMERS, to, "wangmin", "20:50", "update"))
    late = _approved(_notice("n4", "media", _MEDIA, (Recipient("press_list", "mail"),), "xunuo", "20:39"))
    dropped = replace(_notice("n5", "supplier", _SUPPLIERS, (), "zhengyan", "20:42"), state="withdrawn", reason="改打电话")
    promises = (
        Promise("p1", line("告知进展"), "customer", _NEXT, "wangmin", at("20:44"), "n1"),
        Promise("p2", "把司机名单发过去", "carrier_north", at("20:50"), "dinglei", at("20:35")),
        Promise("p3", "明早回电", "仁和医院王主任", None, "lixiang", at("20:37"), kept_at=at("20:55"), kept_by="lixiang"),
    )
    talks = (Talk("carrier_north", "phone", "今晚改人工派车，对方同意", "dinglei", at("20:35")),)
    notices = (sent, doubted, ready, replace(late, state="expired", approved="", signatures=()), dropped)
    return replace(responding(), outward=Outward(notices, promises, talks))


def telling_late() -> Incident:
    """The first notices are overdue and nobody has begun one; everybody is here."""
    return replace(assembled(), outward=Outward(chased=dict.fromkeys(("supplier:initial", "customer:initial", "partner:initial"), 3)))


def telling_drill() -> Incident:
    """As a rehearsal it goes as far as the sending, and nothing leaves."""
    to = _to_customers()
    made = tuple(replace(_delivery(number, one, "drill"), why=line("演练：不外发")) for number, one in enumerate(to, 1))
    notice = replace(_approved(_notice("n1", "customer", _CUSTOMERS, to, "wangmin", "20:36")), state="sent", deliveries=made)
    sent = replace(notice, sent_at=at("20:44"), sent_by="wangmin")
    return replace(responding(), id="DRILL-7", mode="drill", outward=Outward((sent,)))
