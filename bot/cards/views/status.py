"""The headline of an incident: one card, pinned, always redrawn. Where it stands, who commands, who is missing, what is next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.cards import headings
from bot.cards.model import Block, Card, Fact, Facts, Stage, Stages, Tone, Words
from bot.cards.views import controls, outage, owed
from bot.cards.views import phrases as p
from bot.core import calling, ending, grading, measures, report, updates
from bot.core.incident import Call, Incident, Measure
from bot.core.incident import Stage as StageId
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

WAY: tuple[tuple[StageId, Text], ...] = (
    ("reported", line("报告")),
    ("assessing", line("定级")),
    ("activated", line("启动")),
    ("responding", line("处置")),
    ("verifying", line("验证")),
    ("observing", line("观察")),
    ("ended", line("结束")),
)
ORDER: tuple[StageId, ...] = (*(stage for stage, _ in WAY), "reviewing", "closed")


def status(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """From the first report to the archive the same card; red only when something is late or broken."""
    over = not state.live
    return p.card(
        state,
        plan,
        p.headline(state),
        stages(state) if state.stage not in ("warning", "false_alarm", "merged") else None,
        _trouble(state),
        outage.blocks(state, plan),
        _pre(state),
        None if over else elements(state, plan),
        _facts(state, plan),
        then=following(state, plan),
        controls=controls.controls(state, plan),
        tone=_tone(state, plan),
        chip=_chip(state, plan),
        meta=line("{at} 更新 · {plan}", at=p.clock(state, touched(state)), plan=p.by_plan(state)),
        badge=True,
        icon="flag",
        done=over,
    )


# --- state in one word ------------------------------------------------------------------------------------------------------


def tone(state: Incident) -> Tone:
    """Alarm: late, failed or nobody to be had. Warn: somebody is missing or a decision waits. A calm 重大 is white."""
    if state.stage in ("ended", "reviewing", "closed"):
        return "good"
    if not state.live:
        return "calm"
    if update_late(state) or any(call.exhausted and call.here is None for call in state.calls) or parked(state):
        return "alarm"
    waits = (missing(state), waiting_measures(state), state.handover, state.report.missing, state.troubles, undecided(state), state.outages)
    return "warn" if any(waits) else "calm"


def _tone(state: Incident, plan: Plan) -> Tone:
    """As `tone`; somebody outside who waits for a word is somebody missing."""
    found = tone(state)
    return "warn" if found == "calm" and state.live and owed.late(state, owed.first(state, plan)) else found


def update_late(state: Incident) -> bool:
    """Its time has come and gone: the first reminder stands before it, the second at it, the third after it."""
    return state.responding and state.update_chased >= 2


def undecided(state: Incident) -> bool:
    """A level stands and nobody has started the response, or only the bot has."""
    return (state.activation is None and bool(state.grades)) or (state.activation is not None and not state.external_allowed)


def parked(state: Incident) -> bool:
    return any(trouble.kind == "parked" for trouble in state.troubles)


def missing(state: Incident) -> tuple[Call, ...]:
    """Required posts that nobody has answered for yet."""
    return calling.missing(state) if state.live else ()


def waiting_measures(state: Incident) -> tuple[Measure, ...]:
    return tuple(measure for measure in state.measures if measure.state == "proposed") if state.live else ()


def touched(state: Incident) -> datetime:
    """When something that this card shows last changed."""
    marks = [state.reported_at, state.stage_since]
    marks += [grade.at for grade in state.grades[-1:]] + [sent.at for sent in state.sitreps[-1:]]
    marks += [held.since for held in state.roles.values()] + [addition.at for addition in state.additions[-1:]]
    marks += [gone.since for gone in state.outages.values()]
    marks += [attempt.answered_at for call in state.calls for attempt in call.attempts if attempt.answered_at]
    marks += [notice.sent_at or notice.at for notice in state.outward.notices]
    marks += [measure.decided_at or measure.at for measure in state.measures] + [trouble.at for trouble in state.troubles]
    return max(marks)


# --- body -------------------------------------------------------------------------------------------------------------------


def stages(state: Incident) -> Stages:
    """The seven steps with the times that are known; one passed over without its act is 跳过."""
    now = ORDER.index(state.stage)
    ended = state.ending.ended_at if state.ending else None
    times: dict[StageId, datetime | None] = {
        "reported": state.reported_at,
        "assessing": state.grades[0].at if state.grades else None,
        "activated": state.activation.at if state.activation else None,
        "observing": state.observation.started_at if state.observation else None,
        "ended": ended,
    }
    needed = {"assessing": bool(state.grades), "activated": state.activation is not None, "observing": state.observation is not None}
    items = []
    for place, (stage, name) in enumerate(WAY):
        if place > now:
            items.append(Stage(name, "todo"))
        elif place == now and stage != "ended":
            items.append(Stage(name, "now", state.stage_since if stage != "reported" else state.reported_at))
        else:
            items.append(Stage(name, "done" if needed.get(stage, True) else "skipped", times.get(stage)))
    return Stages(tuple(items))


def elements(state: Incident, plan: Plan) -> Facts:
    """The three elements of clause 4.1-4; what is not known says 待补 and how such a thing is written."""
    known, lacking = state.report, state.report.missing
    told = line("{at} 报告", at=p.clock(state, state.reported_at))
    began: Text = p.PENDING if "time" in lacking else line("{since} 起", since=p.since(state))
    scope: Text = known.scope.strip() or p.places(state, plan) or p.PENDING
    beside = p.places(state, plan) if known.scope.strip() else None
    rows = [
        Fact(headings.SYMPTOM, known.symptom.strip() or p.PENDING, tone="warn" if "symptom" in lacking else "calm"),
        Fact(headings.TIME, began, told, tone="warn" if "time" in lacking else "calm"),
        Fact(headings.SCOPE, scope, beside, tone="warn" if "scope" in lacking else "calm"),
    ]
    if known.unknown and state.live:
        words = joined([line("「{word}」", word=word) for word in known.unknown[:5]])
        rows.append(Fact(line("没认出"), words, line("是哪个仓、哪个功能？点「补充」选一下"), tone="warn"))
    return Facts(tuple(rows), "rows")


def _facts(state: Incident, plan: Plan) -> Facts | None:
    found = [_level(state, plan), _commander(state, plan), _staffing(state, plan), _warning(state, plan)]
    if state.live:
        found += [_update(state, plan), owed.fact(state, owed.first(state, plan), plan), _observation(state), _target(state, plan)]
    elif state.ending:
        found += [_duration(state), _signed(state)]
    shown = tuple(fact for fact in found if fact is not None)
    return Facts(shown) if shown else None


def _level(state: Incident, plan: Plan) -> Fact | None:
    if not state.grades:
        return None
    return Fact(line("级别"), p.graded(state, plan), grading.explain(state.grades[-1], plan), tone="warn" if state.provisional else "calm")


def _commander(state: Incident, plan: Plan) -> Fact | None:
    held = state.roles.get("commander")
    if held is None:
        return Fact(p.post(plan, "commander"), line("还没有"), tone="warn") if state.responding else None
    return Fact(p.post(plan, "commander"), Who(held.person), line("{at} 起", at=p.clock(state, held.since)))


def _staffing(state: Incident, plan: Plan) -> Fact | None:
    wanted = [call for call in state.calls if call.required]
    if not wanted or not state.live:
        return None
    lacking = missing(state)
    short = line("差 {posts}", posts=joined([p.seat(plan, call) for call in lacking])) if lacking else None
    here = len(wanted) - len(lacking)
    return Fact(line("到位"), line("{here}/{all}", here=here, all=len(wanted)), short, tone="warn" if lacking else "calm")


def _update(state: Incident, plan: Plan) -> Fact | None:
    due = updates.next_due(state, plan)
    if due is None:
        return None
    late = update_late(state)
    label = line("该更新") if late else line("下次更新")
    value = line("{at} 前", at=p.clock(state, due))
    return Fact(label, value, reporter(state, plan), due, "alarm" if late else "calm")


def _observation(state: Incident) -> Fact | None:
    if state.observation is None or state.stage != "observing":
        return None
    until = state.observation.until
    value = line("已满") if state.observation.passed_at else line("到 {at}", at=p.clock(state, until))
    return Fact(line("观察"), value, due=None if state.observation.passed_at else until)


def _target(state: Incident, plan: Plan) -> Fact | None:
    """The aim of recovery, counted from activation; gone once it is verified."""
    known = plan.severities.get(state.activation.level) if state.activation else None
    if known is None or state.activation is None or state.stage not in ("activated", "responding", "verifying"):
        return None
    aim = state.activation.at + timedelta(minutes=known.response.target_recover_min)
    return Fact(line("目标恢复"), line("{at} 前", at=p.clock(state, aim)), due=aim)


def _warning(state: Incident, plan: Plan) -> Fact | None:
    if state.warning is None:
        return None
    colour = plan.warning.colours.get(state.warning.colour)
    return Fact(line("预警"), colour.name if colour else state.warning.colour, state.warning.hazard or None)


def _duration(state: Incident) -> Fact | None:
    recovered = state.moments.get("recovered")
    begun = state.report.started_at or state.reported_at
    end = recovered.at if recovered else state.ending.ended_at if state.ending else None
    if end is None:
        return None
    return Fact(line("恢复用时"), line("{n} 分钟", n=max(0, int((end - begun).total_seconds()) // 60)))


def _signed(state: Incident) -> Fact | None:
    approvals = state.ending.approvals if state.ending else ()
    return Fact(line("签认"), p.people(approval.by for approval in approvals)) if approvals else None


def _trouble(state: Incident) -> tuple[Block, ...]:
    """What the bot could not do, with the human way round it first."""
    found: list[Block] = []
    for trouble in state.troubles[:3]:
        match trouble.kind:
            case "parked":
                text = line("没做成：{why}。先按人工办法走，修好再点「再试一次」。", why=trouble.why)
            case "not_invited":
                text = line("没能拉进群：{people}。打电话或当面叫。", people=p.people(trouble.people))
            case "waiting":
                text = line("{subject}。", subject=trouble.why)
        found.append(Words(text, "warn"))
    return tuple(found)


def _pre(state: Incident) -> Words | None:
    if state.activation is None or state.external_allowed or not state.responding:
        return None
    return Words(line("预启动：先集结、建群、记时间线。对外的话和重大措施等启动确认。"), "lead")


def _chip(state: Incident, plan: Plan) -> Text | None:
    if not state.live:
        return p.STAGES[state.stage]
    if state.report.missing:
        return line("待补 {n} 项", n=len(state.report.missing))
    if lacking := missing(state):
        return line("差 {n} 人", n=len(lacking))
    return None


# --- what next --------------------------------------------------------------------------------------------------------------


def following(state: Incident, plan: Plan) -> Text:
    """The one thing to do now, with its person and its time; the most urgent wins."""
    match state.stage:
        case "warning":
            return line("发生了就点「已经发生」，马上转为事件。没发生，{who}按预警清单准备。", who=p.acting(state, plan, "commander"))
        case "reported" | "assessing":
            return _before_activation(state, plan)
        case "activated" | "responding":
            return _while_responding(state, plan)
        case "verifying":
            return _while_verifying(state, plan)
        case "observing":
            return _while_observing(state, plan)
        case "ended" | "reviewing":
            return _afterwards(state, plan)
        case "closed":
            return line("已归档。要查经过，看时间线。")
        case "false_alarm":
            return line("按误报关闭：{reason}。再发生就重新报故障。", reason=state.close_reason or line("没有写理由"))
        case "merged":
            return line("并入 {record}，到那边继续。", record=state.merged_into or line("另一件"))


def _before_activation(state: Incident, plan: Plan) -> Text:
    if lacking := state.report.missing:
        wanted = joined([p.ELEMENTS[element] for element in lacking])
        return line("{who}点「补充」写上{what}；不知道就写「不知道」。定级同时进行。", who=Who(state.report.reporter), what=wanted)
    until = p.clock(state, state.reported_at + timedelta(minutes=plan.timing.assess_min))
    if not state.grades or state.provisional:
        return line("{who} {at} 前答完定级问题；拿不准选高的。", who=assessing(state), at=until)
    start = {"who": centre(state), "level": p.level(plan, state.level)}
    alone = next((due.at for due in report.deadlines(state, plan) if due.kind == "report.preactivate"), None)
    if alone is None:
        return line("{who}点「启动响应」，按{level}叫人。", **start)
    return line("{who} {at} 前点「启动响应」，按{level}叫人。到时没人定就自动预启动。", **start, at=p.clock(state, alone))


def assessing(state: Incident) -> Text:
    """Those who are asked to grade; the sides' names while nobody has been called."""
    asked = tuple(assessor.person for assessor in state.assessors if assessor.side is not None)
    return p.people(asked) if asked else line("技术、业务各一人")


def centre(state: Incident) -> Text:
    """Those of the command centre who were called before there is a commander."""
    if state.commander:
        return Who(state.commander)
    asked = tuple(assessor.person for assessor in state.assessors if assessor.side is None)
    return p.people(asked[-2:]) if asked else line("指挥中心")


def _while_responding(state: Incident, plan: Plan) -> Text:
    commander = p.acting(state, plan, "commander")
    if not state.external_allowed:
        return line("{who}确认启动或取消。确认前不对外说、不动重大措施。", who=centre(state))
    due = updates.next_due(state, plan)
    if update_late(state):
        return line("{who}现在发态势更新。没有新进展也要发：写「仍在处理」和下次时间。", who=reporter(state, plan))
    word = owed.first(state, plan)
    if owed.late(state, word) and (said := owed.following(state, word, plan, due)):
        return said
    if waiting := waiting_measures(state):
        first = waiting[0]
        return line(
            "{who} {at} 前决定是否「{what}」。其他人按清单继续，不用等。",
            who=commander, at=p.clock(state, first.decide_by), what=p.shortened(first.what, 24) or measures.name(plan, first.kind),
        )  # fmt: skip
    if state.handover is not None:
        taker = Who(state.handover.taker)
        return line("{who}看完交接点「我接任」。接任前仍听{giver}的。", who=taker, giver=Who(state.handover.giver))
    if state.commander is None:
        return line("{who}点「我来指挥」。", who=centre(state))
    if lacking := missing(state):
        return _missed(state, plan, lacking)
    if said := owed.following(state, word, plan, due):
        return said
    if due is not None:
        return line("{who} {at} 前发态势更新。其他人按清单继续。", who=reporter(state, plan), at=p.clock(state, due))
    return line("{who}分派任务，各组按清单做。", who=commander)


def _missed(state: Incident, plan: Plan, lacking: tuple[Call, ...]) -> Text:
    """Who must answer by when; nobody else waits for them."""
    asked = p.people(person for call in lacking for person in call.ringing[-1:])
    rungs = [at for call in lacking if (at := climb(state, plan, call))]
    if rungs and any(call.ringing for call in lacking):
        return line("{who}点「我到了」，{at} 没应答就往下叫。到的人按清单先做，不用等。", who=asked, at=p.clock(state, min(rungs)))
    posts = joined([p.seat(plan, call) for call in lacking[:4]])
    return line("{who}给{posts}指一个人。到的人按清单先做，不用等。", who=p.acting(state, plan, "commander"), posts=posts)


def climb(state: Incident, plan: Plan, call: Call) -> datetime | None:
    """When the next rung of the ladder comes for a post, if one does."""
    rung = calling.next_rung(state, plan, call)
    return rung.at if rung else None


def reporter(state: Incident, plan: Plan) -> Text:
    """Who owes the next situation report: the scribe, else the commander."""
    owes = updates.owed_by(state)
    return Who(owes) if owes else p.post(plan, "scribe")


def _while_verifying(state: Incident, plan: Plan) -> Text:
    open_ = [check for check in state.checks if check.state in ("open", "failed")]
    asked = [check for check in state.checks if check.state == "waiver_asked"]
    word = owed.first(state, plan)
    if owed.late(state, word) and (said := owed.following(state, word, plan, None)):
        return said
    if asked:
        return line("{who}决定 {n} 项豁免批不批。", who=p.acting(state, plan, "commander"), n=len(asked))
    if not open_:
        return line("验证都过了，{who}开始观察。", who=p.acting(state, plan, "commander"))
    roles = tuple(dict.fromkeys(check.role for check in open_))
    return line("{who}验完剩下 {n} 项。修的人不验自己修的。", who=joined([p.acting(state, plan, role) for role in roles]), n=len(open_))


def _while_observing(state: Incident, plan: Plan) -> Text:
    commander, word = p.acting(state, plan, "commander"), owed.first(state, plan)
    if owed.late(state, word) and (said := owed.following(state, word, plan, None)):
        return said
    if state.ending is not None:
        return line("{who}签认结束；还差什么看「应急结束」卡。", who=centre(state))
    if state.observation is None or state.observation.passed_at:
        return line("观察期满。{who}核对结束条件，齐了就申请结束。", who=commander)
    return line("观察到 {at}。又出错就点「退回处置」；到点{who}申请结束。", at=p.clock(state, state.observation.until), who=commander)


def _afterwards(state: Incident, plan: Plan) -> Text:
    owed = [group for group in ending.groups_called(state, plan) if group not in state.summaries]
    if state.review_held_at is None and state.review_at is not None:
        review = line("复盘会 {at}", at=p.clock(state, state.review_at))
        if owed:
            return line("{groups}交小结；{review}。", groups=joined([p.group(plan, group) for group in owed]), review=review)
        return line("{review}，主持 {who}。", review=review, who=p.acting(state, plan, "commander"))
    open_ = [action for action in state.actions if action.state != "verified"]
    if open_:
        return line("还有 {n} 项改进没复核，{who}先办。", n=len(open_), who=Who(open_[0].owner))
    return line("小结和改进都齐了，{who}可以归档。", who=p.acting(state, plan, "commander"))
