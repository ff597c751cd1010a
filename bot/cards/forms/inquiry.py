"""Forms of questions from outside: who asked what, how it shall be answered, what was said instead."""

from __future__ import annotations

from bot.cards.forms.asking import choice, form, long, named, note, one, reason, when
from bot.cards.model import Form, Option
from bot.core.incident import Incident
from bot.core.outward import agreed, gate
from bot.plan.schema import Plan
from bot.words import line

GONE = line("这个问题不在了。发「咨询」看现在有哪些。")


def inquiry_log(state: Incident, plan: Plan, *, audience: str = "", who: str = "", question: str = "", **_: str) -> Form:
    asking = [one_ for one_ in plan.comms.audiences.values() if one_.id != gate.INTERNAL and one_.inquiry_min]
    usual = audience or ("customer" if any(one_.id == "customer" for one_ in asking) else asking[0].id if asking else "")
    return form(
        "inquiry.log",
        state,
        line("记一条咨询"),
        (
            choice("audience", line("谁来问的"), tuple(Option(one_.id, one_.name) for one_ in asking), initial=usual),
            one("who", line("哪一家、哪一位"), line("不知道就空着。例如：生鲜一号"), initial=who),
            long("question", line("问了什么"), line("照原话写。例如：今晚的配送还能到吗"), initial=question, required=True),
            when("at", line("什么时候问的"), line("空着就是现在。写成「20:10」或「10 分钟前」")),
        ),
        line("记下来"),
        intro=named(state),
    )


def answer_agree(state: Incident, plan: Plan, *, topic: str = "", value: str = "", **_: str) -> Form:
    found = agreed.find(state, topic or value)
    if found is None:
        return form("answer.agree", state, line("写口径"), (note("gone", GONE),), line("提交"), intro=named(state))
    return form(
        "answer.agree",
        state,
        line("写口径"),
        (
            long("text", line("怎么答"), line("只说已经核实的。例如：今天的配送照常，可能晚一小时以内"), initial=found.text, required=True),
            one("defence", line("标出来的词为什么这样说"), line("没有就空着。例如：数字已由仓储核实"), initial=found.defence),
        ),
        line("提交"),
        carry={"topic": found.id},
        intro=line("{question}。批完才能用，改了要重新批。", question=found.name),
    )


def answer_return(state: Incident, plan: Plan, *, topic: str = "", value: str = "", **_: str) -> Form:
    return form(
        "answer.return",
        state,
        line("退回口径"),
        (reason(line("要改什么"), line("例如：恢复时间没把握，改成下次更新时间")),),
        line("退回"),
        carry={"topic": topic or value},
    )


def inquiry_answer(state: Incident, plan: Plan, *, inquiry: str = "", value: str = "", **_: str) -> Form:
    return form(
        "inquiry.answer",
        state,
        line("答了别的话"),
        (long("text", line("怎么答的"), line("照原话写。例如：能到，晚半小时"), required=True),),
        line("记下来"),
        carry={"inquiry": inquiry or value},
        intro=line("记的是已经说出去的话。能照口径答，就照口径答。"),
    )
