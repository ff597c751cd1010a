"""Starting the response, calling people, arriving, commanding, handing over."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.views import lists
from bot.core import people
from bot.core.commands import (
    AcceptHandover,
    Activate,
    Arrive,
    AssignRole,
    BringBack,
    CallAgain,
    CallDeputy,
    CallPost,
    CallRoll,
    CancelPreActivation,
    CannotCome,
    DeclineHandover,
    LeaveRoom,
    OfferHandover,
    TakeRole,
)  # fmt: skip
from bot.core.errors import Refused
from bot.core.incident import Incident
from bot.core.post import absent
from bot.plan.schema import Plan
from bot.service import Outcome, Service
from bot.talk import Answer, Private, Request, Toast
from bot.words import Text, Who, line
from handlers.meant import ask, chosen, do, group, incident_of, named_people, need, person, post_or_role, record_of, rest, severity, site


def activate(request: Request, service: Service) -> Answer:
    """指挥中心启动响应：按评出的级别叫人、开群、起清单。
    The command centre starts the response at the graded level.
    启动 重大
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    level = request.args.get("level") or request.values.get("level") or None
    reason = request.values.get("reason", "")
    if words:
        word, _, reason = words.partition(" ")
        level = severity(word, plan)

    def reply(outcome: Outcome) -> Answer:
        after = outcome.after
        assert isinstance(after, Incident)
        if not outcome.events:
            return Toast(line("已经启动了。看点名卡还差谁。"))
        here = sum(1 for call in after.calls if call.here)
        return Toast(line("已启动。正在叫 {n} 个岗位，已到 {here}。", n=len(after.calls), here=here))

    return service.run(request, state.id, Activate(level, reason), reply)


def activate_form(request: Request, service: Service) -> Answer:
    return ask(request, service, "incident.activate")


def cancel_pre(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "incident.cancel_pre")
    return do(request, service, CancelPreActivation(request.values.get("reason", "")), line("预启动已取消，回到定级。"))


def arrive(request: Request, service: Service) -> Answer:
    """我到了。
    I am here.
    到位
    """
    record = record_of(request, service)
    call = request.args.get("call") or None
    everything = call == record  # a ring that is answered answers for every post the person was called for
    return do(request, service, Arrive(None if everything else call), _welcome(record, service, request.who), record, seen=True)


def _welcome(record: str, service: Service, who: str) -> Text:
    state = service.incident(record)
    assert state is not None
    plan = service.plan_of(record)
    mine = next((call.post for call in state.calls if any(a.person == who for a in call.attempts)), None)
    entry = (plan.posts.get(mine) or plan.roles.get(mine)) if mine else None
    return line("到位已记。你的第一步：{step}", step=entry.first_step) if entry else line("到位已记。")


def cannot(request: Request, service: Service) -> Answer:
    """来不了：马上换人，不用解释太多。"""
    if not request.values and "reason" not in request.args:
        return ask(request, service, "roll.cannot")
    reason = request.values.get("reason", request.args.get("reason", ""))
    return do(request, service, CannotCome(request.args.get("call") or None, reason), line("记下了，已经在叫下一个人。回去休息。"))


def call(request: Request, service: Service) -> Answer:
    """呼叫一个岗位、角色或人，可带仓。
    Call a post, a role or a person, at a site.
    呼叫 物流 上海仓
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    named, words = named_people(words, plan)
    if not words and not named:
        return ask(request, service, "roll.call", post=request.args.get("post", ""))
    parts = words.split()
    where = next((found for part in parts if (found := site(part, plan))), None)
    wanted = [part for part in parts if site(part, plan) is None]
    team = group(wanted[0], plan) if wanted else None
    if team and team not in plan.posts:
        return _call_group(request, service, state, team, where)
    post = post_or_role(wanted[0], plan) if wanted else _post_of(named[0], plan)
    somebody = named[0] if named else None
    return do(request, service, CallPost(post, _scoped(post, where, state, plan), somebody), line("正在呼叫，没人应会自动换人。"), state.id)


def _post_of(who: str, plan: Plan) -> str:
    posts = people.posts_of(plan, who)
    if not posts:
        raise Refused(line("{who} 没有岗位。写上叫来做什么岗位。", who=Who(who)))
    return posts[0]


def _scoped(post: str, where: str | None, state: Incident, plan: Plan) -> str | None:
    if post not in plan.posts or not plan.posts[post].scoped:
        return None
    return where or (state.report.sites[0] if state.report.sites else None)


def _call_group(request: Request, service: Service, state: Incident, team: str, where: str | None) -> Answer:
    """Every post of a group, one command each under its own key."""
    plan = service.plan_of(state.id)
    for number, post in enumerate(plan.groups[team].seats):
        sub = Request(f"{request.key}:{number}", request.who, request.platform, request.at, request.language)
        answer = service.run(sub, state.id, CallPost(post, _scoped(post, where, state, plan)), lambda outcome: Toast(""))
        if not isinstance(answer, Toast):
            return answer
    return Toast(line("正在呼叫{group}全部岗位，没人应会自动换人。", group=plan.groups[team].name))


def called(request: Request, service: Service) -> Answer:
    """The calling form."""
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    post = need(request, "post", line("选一个岗位。"))
    somebody = request.values.get("person") or None
    where = request.values.get("site") or None
    return do(request, service, CallPost(post, _scoped(post, where, state, plan), somebody), line("正在呼叫，没人应会自动换人。"), state.id)


def again(request: Request, service: Service) -> Answer:
    return do(request, service, CallAgain(chosen(request, "call")), line("又响了一遍。还没人应就选「现在叫替补」。"))


def deputy(request: Request, service: Service) -> Answer:
    return do(request, service, CallDeputy(chosen(request, "call")), line("正在叫替补。"))


def rollcall(request: Request, service: Service) -> Answer:
    """点名：谁到了、还差谁，并再叫一次没到的。
    Roll call: who is here, who is missing; the missing are asked again.
    点名
    """
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    if not state.calls:
        raise Refused(line("还没启动，没有人可点。指挥中心启动后自动叫人。"))

    def reply(outcome: Outcome) -> Answer:
        assert isinstance(outcome.after, Incident)
        return Private(lists.rollcall(outcome.after, plan))

    return service.run(request, state.id, CallRoll(), reply)


def roll_show(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Private(lists.rollcall(state, service.plan_of(state.id)))


def commander(request: Request, service: Service) -> Answer:
    """谁在指挥，从什么时候起。
    Who commands, and since when.
    谁在指挥
    """
    state = incident_of(request, service)
    return Private(lists.commander(state, service.plan_of(state.id)))


def take_role(request: Request, service: Service) -> Answer:
    role = request.args.get("role", "commander")
    state = incident_of(request, service)
    name = people.title(service.plan_of(state.id), role)
    return do(request, service, TakeRole(role), line("你现在是{role}。看置顶的状态卡，下一步在上面。", role=name), state.id, seen=True)


def role(request: Request, service: Service) -> Answer:
    """指派角色，或不写人就自己担任。
    Give a role to somebody, or take it yourself.
    角色 书记员 @苏晴
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    named, words = named_people(words, plan)
    if not words:
        return ask(request, service, "role.assign")
    wanted = post_or_role(words, plan)
    name = people.title(plan, wanted)
    if not named or named[0] == request.who:
        return do(request, service, TakeRole(wanted), line("你现在是{role}。", role=name), state.id)
    return do(request, service, AssignRole(wanted, named[0]), line("{who} 现在是{role}。", who=Who(named[0]), role=name), state.id)


def assigned(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    wanted, who = need(request, "role", line("选一个角色。")), need(request, "person", line("选一个人。"))
    said = line("{who} 现在是{role}。", who=Who(who), role=people.title(plan, wanted))
    return do(request, service, AssignRole(wanted, who), said, state.id)


def handover(request: Request, service: Service) -> Answer:
    """移交指挥或角色：填九项交接，接任者点「我接任」才生效。
    Hand over command or a role: nine points, and the successor accepts.
    移交 @李想
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    named, _ = named_people(words, plan)
    mine = next((r for r, holder in state.roles.items() if holder.person == request.who), "commander")
    return ask(request, service, "handover.offer", role=request.args.get("role", mine), taker=named[0] if named else "")


def handover_offered(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    taker = person(need(request, "taker", line("选接任的人。")), plan, "taker")
    brief = {point.id: request.values.get(point.id, "") for point in plan.documents.handover}
    command = OfferHandover(request.args.get("role", "commander"), taker, brief)
    return do(request, service, command, line("已请 {who} 接任。对方点「我接任」之前仍由你负责。", who=Who(taker)), state.id)


def handover_accept(request: Request, service: Service) -> Answer:
    return do(request, service, AcceptHandover(), line("你已接任，群里都通知了。先看状态卡，再发一次态势。"))


def handover_decline(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "handover.decline")
    return do(request, service, DeclineHandover(request.values.get("reason", "")), line("记下了，仍由原任负责。"))


# --- who goes and who comes -------------------------------------------------------------------------------------------------


def on_left(request: Request, service: Service) -> Answer | None:
    """`request.who` is no longer in the room `request.slot` of `request.record`. Those who stay are asked; nobody is answered."""
    state = service.incident(request.record) if request.record else None
    if state is not None and state.live and request.slot and not people.guest(request.who):
        service.run(request, state.id, LeaveRoom(request.who, request.slot), lambda outcome: Toast(""))
    return None


def on_joined(request: Request, service: Service) -> Answer | None:
    """They are in the room again, by themselves or because somebody invited them."""
    returned(request, service)
    return None


def returned(request: Request, service: Service) -> None:
    """Whoever was missed is there: the question is settled."""
    state = service.incident(request.record) if request.record else None
    if state is not None and state.live and absent(state, request.who) and state.absences[request.who].slot == request.slot:
        service.run(replace(request, key=f"{request.key}:back"), state.id, BringBack(request.who), lambda outcome: Toast(""))


def back(request: Request, service: Service) -> Answer:
    """Somebody who left is invited again."""
    who = chosen(request, "person")
    said = line("已再请 {who} 进群。", who=Who(who))
    return do(request, service, BringBack(who), said, seen=True)
