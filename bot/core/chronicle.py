"""One short sentence for every kind of event: what happened, to what, with the reason given. Who and when stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, assert_never

from bot.core import events as e
from bot.core import housing, measures, people
from bot.core.events import Event
from bot.core.incident import Figure
from bot.core.outward import recounted, told
from bot.core.outward.events import DutyEvent, InquiryEvent, InquiryLogged, NoticeDrafted, NoticeEvent, NoticeSent, PromiseMade, TopicOpened
from bot.core.recovery import STAGES
from bot.core.spread import NAMES
from bot.plan.schema import Plan
from bot.words import Bi, Line, Text, When, Who, joined, line

Kind = Literal["fact", "decision", "note", "call", "chase"]
Told = tuple[Text, Kind]

SIDES: dict[str, Line] = {"technical": line("技术侧"), "business": line("业务侧")}
ELEMENTS: dict[str, Line] = {"symptom": line("现象"), "time": line("时间"), "scope": line("范围")}


@dataclass(slots=True)
class Names:
    """What the ids in events are called: from the plan, and from the events read so far."""

    plan: Plan
    known: dict[str, Text] = field(default_factory=dict)

    def of(self, *key: str) -> Text:
        return self.known.get(":".join(key), key[-1])

    def learn(self, event: Event) -> None:
        """Remember what later events will name by id only."""
        match event:
            case e.ChecklistLoaded(checklist=checklist):
                self.known[f"list:{checklist.id}"] = checklist.name
                self.known |= {f"item:{checklist.id}:{item.id}": item.text for item in checklist.items}
            case e.ItemAdded(checklist=checklist, item=item, text=text):
                self.known[f"item:{checklist}:{item}"] = text
            case e.TaskGiven(task=id, what=what) | e.ActionAdded(action=id, text=what) | e.CauseSuspected(cause=id, text=what):
                self.known[id] = what
            case e.BroadcastSent(broadcast=id, text=what):
                self.known[id] = what
            case e.MeasureProposed(measure=measure):
                self.known[measure.id] = measures.name(self.plan, measure.kind)
            case e.PostsCalled(calls=calls):
                self.known |= {f"call:{call.id}": people.short(self.plan, call.post) for call in calls}
            case e.VerificationStarted(checks=checks):
                self.known |= {f"check:{check.id}": check.text for check in checks}
            case NoticeDrafted(notice=notice):
                self.known[notice.id] = told.called(self.plan, notice.script)
            case NoticeSent(notice=id, deliveries=deliveries):
                self.known |= {f"{id}:{one.id}": told.recipient(self.plan, one.recipient) for one in deliveries}
            case PromiseMade(promise=promise):
                self.known[promise.id] = promise.text
            case TopicOpened(topic=topic):
                self.known[topic.id] = topic.name
            case InquiryLogged(inquiry=inquiry):
                self.known[inquiry.id] = inquiry.question
            case _:
                pass

    def severity(self, id: str) -> Text:
        return self.plan.severities[id].short if id in self.plan.severities else id

    def question(self, id: str) -> Text:
        return next((q.text for q in self.plan.grading.questions if q.id == id), id)

    def override(self, id: str) -> Text:
        return self.plan.grading.overrides[id].name if id in self.plan.grading.overrides else id

    def condition(self, id: str) -> Text:
        return next((c.short for c in self.plan.closing.conditions if c.id == id), id)

    def group(self, id: str) -> Text:
        return self.plan.groups[id].name if id in self.plan.groups else id

    def moment(self, id: str) -> Text:
        return self.plan.key_moments[id].name if id in self.plan.key_moments else id

    def role(self, id: str) -> Bi:
        return people.title(self.plan, id)


def everybody(who: tuple[str, ...]) -> Text:
    return joined([Who(person) for person in who])


def because(what: Text, reason: str) -> Text:
    """With the reason where one was given."""
    return line("{what}（{reason}）", what=what, reason=reason) if reason.strip() else what


def tell(event: Event, names: Names) -> Told:
    """The sentence and its kind; every event has one."""
    if isinstance(event, e.ReportEvent):
        return _report(event, names)
    if isinstance(event, e.GradingEvent):
        return _grading(event, names)
    if isinstance(event, e.CallingEvent):
        return _calling(event, names)
    if isinstance(event, e.CommandEvent):
        return _command(event, names)
    if isinstance(event, e.ChecklistEvent):
        return _checklist(event, names)
    if isinstance(event, e.WorkEvent):
        return _work(event, names)
    if isinstance(event, e.MeasureEvent):
        return _measure(event, names)
    if isinstance(event, e.UpdateEvent):
        return _update(event, names)
    if isinstance(event, e.RecoveryEvent):
        return _recovery(event, names)
    if isinstance(event, e.AfterEvent):
        return _after(event, names)
    if isinstance(event, NoticeEvent):
        return told.tell(event, names.plan, names.known)
    if isinstance(event, InquiryEvent):
        return recounted.inquiry(event, names.plan, names.known)
    if isinstance(event, DutyEvent):
        return recounted.duty(event, names.plan)
    if isinstance(event, e.BotEvent):
        return _bot(event)
    if isinstance(event, e.OutageEvent):
        return _outage(event)
    if isinstance(event, e.TeamEvent):
        return _team(event, names)
    assert_never(event)


def _report(event: e.ReportEvent, names: Names) -> Told:
    match event:
        case e.IncidentReported(report=report):
            return line("报告故障：{what}", what=report.words or report.symptom), "fact"
        case e.WarningRaised(report=report, warning=warning):
            return line("发布预警（{hazard}）：{what}", hazard=warning.hazard, what=report.words or report.symptom), "fact"
        case e.WarningCameTrue(note=note):
            return because(line("预警成真，转为故障"), note), "decision"
        case e.AssessorsCalled(assessors=assessors):
            return line("请来评估：{who}", who=everybody(tuple(a.person for a in assessors))), "call"
        case e.ReportAcknowledged():
            return line("指挥中心收到报告"), "fact"
        case e.ReportAdded(text=text):
            return line("补充：{text}", text=text), "fact"
        case e.MissingAsked(elements=elements):
            return line("追问待补：{what}", what=joined([ELEMENTS[each] for each in elements])), "chase"
        case e.FalseAlarmDeclared(reason=reason):
            return line("按误报关闭：{reason}", reason=reason), "decision"
        case e.IncidentMerged(into=into, reason=reason):
            return because(line("并入 {record}", record=into), reason), "decision"
        case e.IncidentAbsorbed(record=record, text=text):
            return because(line("{record} 并进来", record=record), text), "fact"
    assert_never(event)


def _grading(event: e.GradingEvent, names: Names) -> Told:
    match event:
        case e.OverridesAnswered():
            return _ruling(event, names), "fact"
        case e.QuestionAnswered(answer=answer):
            said: Text = line("{n} 分", n=answer.score) if answer.score else line("不知道")
            return line(
                "{side}答「{question}」：{said}", side=SIDES[answer.side], question=names.question(answer.question), said=said
            ), "fact"
        case e.GradingStopped(side=side):
            return line("{side}先答到这里", side=SIDES[side]), "fact"
        case e.LevelSet(grade=grade):
            level = names.severity(grade.level)
            what = line("定级：{level}（暂定）", level=level) if grade.provisional else line("定级：{level}", level=level)
            return because(what, grade.reason), "decision"
        case e.LossEstimated(loss=loss):
            high: Text = f"{loss.high:,}" if loss.high is not None else line("不封顶")
            source = loss.source or line("按定级回答")
            return line("估损 {low} 到 {high} 元（{source}）", low=f"{loss.low:,}", high=high, source=source), "fact"
        case e.EscalationPrompted(to=to):
            return line("提示升级为{level}", level=names.severity(to)), "chase"
    assert_never(event)


def _ruling(event: e.OverridesAnswered, names: Names) -> Text:
    side = SIDES[event.ruling.side]
    if event.ruling.unknown:
        return line("{side}答一票升级：不知道", side=side)
    hits = [names.override(hit) for hit in event.ruling.hits]
    return line("{side}答一票升级：{hits}", side=side, hits=joined(hits)) if hits else line("{side}答一票升级：都没有", side=side)


def _calling(event: e.CallingEvent, names: Names) -> Told:
    match event:
        case e.ResponseActivated(level=level, pre=pre, reason=reason):
            name = names.severity(level)
            what = line("预启动{level}响应，等指挥中心确认", level=name) if pre else line("启动{level}响应", level=name)
            return because(what, reason), "decision"
        case e.ActivationConfirmed(level=level):
            return line("确认启动{level}响应", level=names.severity(level)), "decision"
        case e.PreActivationCancelled(reason=reason):
            return line("取消预启动：{reason}", reason=reason), "decision"
        case e.PostsCalled(calls=calls):
            who = tuple(dict.fromkeys(attempt.person for call in calls for attempt in call.attempts))
            return line("呼叫 {n} 个岗位：{who}", n=len(calls), who=everybody(who)), "call"
        case e.Arrived(call=call, person=person):
            return line("{who}到位（{post}）", who=Who(person), post=names.of("call", call)), "fact"
        case e.Declined(call=call, person=person, reason=reason):
            return because(line("{who}来不了（{post}）", who=Who(person), post=names.of("call", call)), reason), "fact"
        case e.NextCalled(call=call, attempt=attempt):
            return line("改叫{who}（{post}）", who=Who(attempt.person), post=names.of("call", call)), "call"
        case e.LadderClimbed(call=call, exhausted=exhausted):
            post = names.of("call", call)
            return line("{post}没有人可叫了，报总指挥", post=post) if exhausted else line("{post}还没有回音，加急", post=post), "chase"
        case e.CalledAgain(people=who):
            return line("再叫一次：{who}", who=everybody(who)), "call"
        case e.RollCalled(people=who):
            return line("点名，还没到：{who}", who=everybody(who)), "chase"
    assert_never(event)


def _command(event: e.CommandEvent, names: Names) -> Told:
    match event:
        case e.RoleTaken(role=role, person=person):
            return line("{who}担任{role}", who=Who(person), role=names.role(role)), "decision"
        case e.HandoverOffered(role=role, giver=giver, taker=taker):
            return line("{giver}把{role}移交给{taker}，等确认", giver=Who(giver), role=names.role(role), taker=Who(taker)), "decision"
        case e.HandoverEnded(role=role, taker=taker, accepted=True):
            return line("{taker}接任{role}", taker=Who(taker), role=names.role(role)), "decision"
        case e.HandoverEnded(role=role, taker=taker, reason=reason):
            return because(line("{taker}没有接任{role}", taker=Who(taker), role=names.role(role)), reason), "decision"
        case e.CommanderSeen():
            return line("总指挥在群里说话"), "fact"
        case e.PersonLeft(person=person):
            return line("{who}离开了群，手上还有事", who=Who(person)), "fact"
        case e.PersonBack(person=person):
            return line("{who}回到群里", who=Who(person)), "fact"
        case e.CommanderSilent(person=person):
            return line("总指挥{who}很久没有动静，已告诉替补", who=Who(person)), "chase"
    assert_never(event)


def _checklist(event: e.ChecklistEvent, names: Names) -> Told:
    match event:
        case e.ChecklistLoaded(checklist=checklist):
            return line("载入清单：{name}", name=checklist.name), "fact"
        case e.ChecklistDropped(checklist=checklist, reason=reason):
            return because(line("换掉清单：{name}", name=names.of("list", checklist)), reason), "decision"
        case e.ItemChecked(checklist=checklist, item=item, note=note):
            return because(line("做完：{item}", item=names.of("item", checklist, item)), note), "fact"
        case e.ItemSkipped(checklist=checklist, item=item, reason=reason):
            return line("跳过：{item}（{reason}）", item=names.of("item", checklist, item), reason=reason), "decision"
        case e.ItemBlocked(checklist=checklist, item=item, reason=reason):
            return line("卡住：{item}（{reason}）", item=names.of("item", checklist, item), reason=reason), "fact"
        case e.ItemReopened(checklist=checklist, item=item):
            return line("撤回：{item}", item=names.of("item", checklist, item)), "fact"
        case e.ItemAssigned(checklist=checklist, item=item, person=person):
            return line("{who}来做：{item}", who=Who(person), item=names.of("item", checklist, item)), "decision"
        case e.ItemAdded(text=text):
            return line("清单加一步：{text}", text=text), "decision"
        case e.ItemChased(checklist=checklist, item=item):
            return line("到点没做完，提醒：{item}", item=names.of("item", checklist, item)), "chase"
    assert_never(event)


def _work(event: e.WorkEvent, names: Names) -> Told:
    match event:
        case e.TaskGiven(what=what, owner=owner, due_at=due):
            return line("派给{who}，{due} 前：{what}", who=Who(owner), due=When(due), what=what), "decision"
        case e.TaskAccepted(task=id):
            return line("接下任务：{what}", what=names.of(id)), "fact"
        case e.TaskDeclined(task=id, reason=reason):
            return line("做不了任务：{what}（{reason}）", what=names.of(id), reason=reason), "fact"
        case e.TaskFinished(task=id, result=result):
            return because(line("任务完成：{what}", what=names.of(id)), result), "fact"
        case e.TaskExtended(task=id, due_at=due, reason=reason):
            return line("任务延到 {due}：{what}（{reason}）", due=When(due), what=names.of(id), reason=reason), "decision"
        case e.TaskChased(task=id):
            return line("催任务：{what}", what=names.of(id)), "chase"
        case e.BroadcastSent(text=text, to=to):
            return line("广播给 {n} 人：{text}", n=len(to), text=text), "decision"
        case e.BroadcastConfirmed(person=person):
            return line("{who}确认广播", who=Who(person)), "fact"
        case e.BroadcastReminded(people=who):
            return line("催确认广播：{who}", who=everybody(who)), "chase"
        case e.ImpactReported(figures=figures):
            return line("上报影响：{figures}", figures=joined([_figure(figure, names.plan) for figure in figures])), "fact"
        case e.CauseSuspected(text=text):
            return line("疑似原因：{text}", text=text), "fact"
        case e.CauseProven(cause=id, evidence=evidence):
            return line("证实原因：{cause}（{evidence}）", cause=names.of(id), evidence=evidence), "decision"
        case e.CauseExcluded(cause=id, evidence=evidence):
            return line("排除原因：{cause}（{evidence}）", cause=names.of(id), evidence=evidence), "decision"
    assert_never(event)


def _figure(figure: Figure, plan: Plan) -> Text:
    return line("{value}（{source}）", value=figure.value, source=people.source(plan, figure.by, figure.source))


def _measure(event: e.MeasureEvent, names: Names) -> Told:
    match event:
        case e.MeasureProposed(measure=measure):
            return line("提案{name}：{what}", name=names.of(measure.id), what=measure.what), "decision"
        case e.MeasureApproved(measure=id, reason=reason):
            return because(line("批准{name}", name=names.of(id)), reason), "decision"
        case e.MeasureRejected(measure=id, reason=reason):
            return because(line("驳回{name}", name=names.of(id)), reason), "decision"
        case e.MeasureStarted(measure=id, executor=executor):
            return line("{who}执行{name}", who=Who(executor), name=names.of(id)), "fact"
        case e.MeasureExecuted(measure=id, checker=checker, result=result):
            what = line("{who}复核{name}", who=Who(checker), name=names.of(id)) if checker else line("{name}执行完", name=names.of(id))
            return because(what, result), "fact"
        case e.MeasureChased(measure=id):
            return line("{name}等总指挥决定", name=names.of(id)), "chase"
    assert_never(event)


def _update(event: e.UpdateEvent, names: Names) -> Told:
    match event:
        case e.UpdateSent(number=number, typed=typed):
            return because(line("第 {n} 报", n=number), typed.get("situation", "")), "fact"
        case e.UpdateChased():
            return line("提醒发态势更新"), "chase"
        case e.NoteTaken(text=text):
            return text, "note"
        case e.MomentReached(kind=kind, note=note):
            return because(names.moment(kind), note), "fact"
        case e.MomentAsked(kind=kind):
            return line("追问时刻：{moment}", moment=names.moment(kind)), "chase"
    assert_never(event)


def _recovery(event: e.RecoveryEvent, names: Names) -> Told:
    match event:
        case e.StageMoved(to=to):
            return line("进入：{stage}", stage=STAGES[to]), "fact"
        case e.DeviationNoted(what=what, reason=reason):
            said = next((name for stage, name in STAGES.items() if stage == what), what)
            return because(line("偏离方案：{what}", what=said), reason), "decision"
        case e.VerificationStarted(fix=fix, checks=checks):
            return because(line("开始恢复验证，{n} 项", n=len(checks)), fix), "decision"
        case e.CheckPassed(check=check, note=note):
            return because(line("验证通过：{check}", check=names.of("check", check)), note), "fact"
        case e.CheckFailed(check=check, note=note):
            return because(line("验证不通过：{check}", check=names.of("check", check)), note), "fact"
        case e.WaiverAsked(check=check, reason=reason):
            return because(line("申请豁免：{check}", check=names.of("check", check)), reason), "decision"
        case e.WaiverDecided(check=check, approved=approved, reason=reason):
            name = names.of("check", check)
            return because(
                line("批准豁免：{check}", check=name) if approved else line("不批豁免：{check}", check=name), reason
            ), "decision"
        case e.VerifiersReminded(people=who):
            return line("催验证：{who}", who=everybody(who)), "chase"
        case e.SeatsReminded(people=who):
            return line("催签认：{who}", who=everybody(who)), "chase"
        case e.ObservationStarted(until=until):
            return line("开始观察，到 {until}", until=When(until)), "fact"
        case e.ObservationPassed():
            return line("观察期满"), "fact"
        case e.RecoveryFailed(reason=reason):
            return because(line("退回处置"), reason), "decision"
        case e.ConditionAttested(condition=condition, note=note):
            return because(line("人工签认：{condition}", condition=names.condition(condition)), note), "decision"
        case e.EndProposed(assessment=assessment):
            return because(line("提请结束"), assessment), "decision"
        case e.EndApproved(seat=seat):
            return line("{seat}签认结束", seat=names.role(seat)), "decision"
        case e.IncidentEnded(review_at=at):
            return line("应急响应结束，复盘 {at}", at=When(at, "day")), "decision"
        case e.IncidentReopened(reason=reason):
            return because(line("重开了"), reason), "decision"
    assert_never(event)


def _after(event: e.AfterEvent, names: Names) -> Told:
    match event:
        case e.SummarySubmitted(group=group, text=text):
            return line("{group}交小结：{text}", group=names.group(group), text=text), "fact"
        case e.SummariesChased(groups=groups):
            return line("催小结：{groups}", groups=joined([names.group(group) for group in groups])), "chase"
        case e.ReviewMoved(at=at):
            return line("复盘改到 {at}", at=When(at, "day")), "decision"
        case e.ReviewReminded():
            return line("提醒开复盘"), "chase"
        case e.RoomsArchived():
            return line("各群归档"), "fact"
        case e.ReviewHeld(note=note):
            return because(line("开过复盘"), note), "fact"
        case e.ActionAdded(text=text, owner=owner):
            return line("改进项给{who}：{text}", who=Who(owner), text=text), "decision"
        case e.ActionFinished(action=id, evidence=evidence):
            return because(line("改进项做完：{text}", text=names.of(id)), evidence), "fact"
        case e.ActionVerified(action=id, ok=ok, note=note):
            name = names.of(id)
            return because(line("改进项复核通过：{text}", text=name) if ok else line("改进项退回：{text}", text=name), note), "decision"
        case e.ActionChased(action=id):
            return line("催改进项：{text}", text=names.of(id)), "chase"
        case e.IncidentClosed(reason=reason):
            return because(line("归档了"), reason), "decision"
    assert_never(event)


def _bot(event: e.BotEvent) -> Told:
    match event:
        case e.RoomOpened(slot=slot):
            return line("作战群建好了") if housing.plain(slot) == "war" else line("子群建好了"), "fact"
        case e.TroubleNoted(trouble=trouble) if trouble.kind == "waiting":
            return trouble.why, "fact"
        case e.TroubleNoted(trouble=trouble):
            return line("没做成：{why}", why=trouble.why), "fact"
        case e.TroubleCleared():
            return line("先前没做成的，做成了"), "fact"
    assert_never(event)


def _outage(event: e.OutageEvent) -> Told:
    match event:
        case e.OutageNoted(platform=platform, outage=outage) if outage.over:
            over = joined([_called(each) for each in outage.over])
            return line("{platform}连不上，改由{over}叫人", platform=_called(platform), over=over), "fact"
        case e.OutageNoted(platform=platform):
            return line("{platform}连不上，没有别的平台可用", platform=_called(platform)), "fact"
        case e.OutageOver(platform=platform):
            return line("{platform}恢复了", platform=_called(platform)), "fact"
    assert_never(event)


def _called(platform: str) -> Text:
    return NAMES.get(platform, platform)


def _team(event: e.TeamEvent, names: Names) -> Told:
    match event:
        case e.LeaveTaken(person=person, start=start, end=end):
            return line("{who}请假 {start} 到 {end}", who=Who(person), start=When(start, "day"), end=When(end, "day")), "fact"
        case e.DutySwapped(person=person, post=post, start=start, end=end):
            return line(
                "{who}值{post}班 {start} 到 {end}", who=Who(person), post=names.role(post), start=When(start, "day"), end=When(end, "day")
            ), "fact"
        case e.LanguageChosen(person=person):
            return line("{who}换了语言", who=Who(person)), "fact"
        case e.RoomBound(slot=slot):
            return line("绑定群 {slot}", slot=slot), "fact"
        case e.IdentityBound(person=person):
            return line("{who}绑定了账号", who=Who(person)), "fact"
        case e.GuestMet(person=person):
            return line("{who}第一次来", who=Who(person)), "fact"
        case e.AccountMissing(person=person, platform=platform):
            return line("{platform}上找不到{who}", platform=_called(platform), who=Who(person)), "fact"
        case e.PlatformLost(platform=platform):
            return line("{platform}连不上", platform=_called(platform)), "fact"
        case e.PlatformBack(platform=platform):
            return line("{platform}恢复了", platform=_called(platform)), "fact"
    assert_never(event)
