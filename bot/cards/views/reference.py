"""Cards that answer what the plan says: duty, help, levels, risks, outside parties, what must be reported, drills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards.model import Block, Button, Buttons, Card, Choices, Fact, Facts, Option, Table, Words, press
from bot.core import people
from bot.core.people import Duty, Team
from bot.plan.schema import Plan, Trigger
from bot.words import Text, When, Who, joined, line

ROWS = 10
LANGUAGES: tuple[tuple[str, str], ...] = (("zh-CN", "中文"), ("en", "English"))


def help(rows: Sequence[tuple[str, Text, str]], page: int = 1) -> Card:
    """The verbs, ten a page: what is said, what it does, an example."""
    last = max(1, -(-len(rows) // ROWS))
    page = min(max(page, 1), last)
    shown = rows[(page - 1) * ROWS : page * ROWS]
    left = max(0, len(rows) - page * ROWS)
    facts = tuple(Fact(verb, what, line("例：{usage}", usage=usage) if usage else None) for verb, what, usage in shown)
    first = Button(line("报故障"), press("report.form"), "primary")
    more = (Button(line("还有 {n} 条", n=left), press("help.show", page=str(page + 1))),) if left else ()
    then = line("不用记：看到异常就发「报故障 …」，其余按卡片上的按钮。")
    blocks: tuple[Block, ...] = (Facts(facts, "rows"), Words(then, "next"), Buttons((first, *more)))
    return Card(line("能做什么"), blocks, then, icon="info", meta=line("第 {page} 页，共 {all} 页", page=page, all=last))


def duty(rows: Sequence[tuple[str, str | None, Duty | None]], plan: Plan, now: datetime) -> Card:
    """Who is on duty now, post by post and site by site; an empty post comes first and says so."""
    ordered = sorted(rows, key=lambda row: row[2] is not None)
    table = tuple(
        (people.short(plan, post), plan.sites[place].name if place and place in plan.sites else line("全部"), *_on(plan, found))
        for post, place, found in ordered
    )
    empty = sum(1 for _, _, found in rows if found is None)
    then = line("有 {n} 个岗位没人，现在换班补上。", n=empty) if empty else line("都有人。要换点「换班」，请假发「请假 …」。")
    swap = Button(line("换班"), press("team.swap"), "primary")
    leave = Button(line("请假"), press("team.leave"))
    head = (line("岗位"), line("仓"), line("值班"), line("班次"), line("电话"))
    blocks: tuple[Block, ...] = (Table(head, table), Words(then, "next"), Buttons((swap, leave)))
    return Card(line("现在谁值班"), blocks, then, "warn" if empty else "calm", icon="people", meta=When(now))


def _on(plan: Plan, found: Duty | None) -> tuple[Text, Text, Text]:
    if found is None:
        return line("没人"), "", ""
    shift = plan.shifts.get(found.shift)
    name: Text = shift.name if shift else line("换班") if found.shift == "swap" else found.shift
    who: Text = line("{who}（替{other}）", who=Who(found.person), other=Who(found.instead_of)) if found.instead_of else Who(found.person)
    known = plan.people.get(found.person)
    return who, name, known.phone if known else ""


def identity(who: str, plan: Plan, team: Team) -> Card:
    """What the bot knows of a person: posts, deputies, telephone, accounts, language."""
    known = plan.people.get(who)
    accounts = dict(known.identities) if known else {}
    for key, person in team.identities.items():
        platform, _, account = key.partition(":")
        if person == who:
            accounts[platform] = account
    posts = joined([people.short(plan, post) for post in people.posts_of(plan, who)])
    facts = [
        Fact(line("你是"), Who(who)),
        Fact(line("岗位"), posts if people.posts_of(plan, who) else line("还没有")),
        Fact(line("替补"), joined([Who(d) for d in known.deputies]) if known and known.deputies else line("还没有")),
        Fact(line("电话"), known.phone if known else line("不知道")),
        *(Fact(platform, account) for platform, account in sorted(accounts.items())),
    ]
    language = people.language(plan, team, who)
    choose = Choices(line("机器人对我说"), tuple(Option(code, name) for code, name in LANGUAGES), press("team.language"))
    spoken = next(name for code, name in LANGUAGES if code == language)
    then = (
        line("你不在方案的名单里，可以报故障、补充和查看。名单里有你就发「身份 @你的名字」，告诉你请谁绑定。")
        if people.guest(who)
        else line("电话或岗位不对，请指挥中心改方案；账号发「身份 平台 账号」。")
    )
    blocks: tuple[Block, ...] = (Facts((*facts, Fact(line("语言"), spoken)), "rows"), Words(then, "next"), choose)
    return Card(line("你的身份"), blocks, then, icon="people")


# --- the plan -----------------------------------------------------------------------------------------------------------------


def plan(current: Plan) -> Card:
    """Which plan is in force, since when, and who is in it."""
    facts = (
        Fact(line("版本"), line("v{version}", version=current.version), current.hash),
        Fact(line("生效"), str(current.effective)),
        Fact(line("批准"), Who(current.approver)),
        Fact(line("人员"), line("{n} 人，{posts} 个岗位", n=len(current.people), posts=len(current.posts))),
        Fact(line("清单"), line("技术 {a} 份，替代方案 {b} 份", a=len(current.checklists), b=len(current.playbooks))),
        Fact(line("演练"), line("{n} 个脚本", n=len(current.drills))),
    )
    then = line("发「方案 严重」看一个级别怎么办，发「风险」看八个风险。")
    levels = Table(
        (line("级别"), line("应答"), line("首报"), line("更新"), line("目标恢复")),
        tuple(
            (
                level.short,
                line("{n} 分钟", n=level.response.ack_min),
                line("{n} 分钟", n=level.response.first_update_min),
                line("{n} 分钟", n=level.response.update_every_min),
                line("{n} 分钟", n=level.response.target_recover_min),
            )
            for level in current.severities.values()
        ),
        (1, 2, 3, 4),
    )
    return Card(
        current.name, (Facts(facts), levels, Words(then, "next")), then, icon="doc", meta=line("v{version}", version=current.version)
    )


def severity(wanted: str, current: Plan) -> Card:
    """What a level means and what it sets going."""
    level = current.severities[wanted]
    times = level.response
    rooms: dict[str, Text] = {
        "quiet": line("话题跟进，不另建群"),
        "dedicated": line("{n} 分钟内建作战群", n=times.room_min),
        "dedicated_plus_subrooms": line("{n} 分钟内建作战群与各组子群", n=times.room_min),
    }
    signs: dict[str, Text] = {
        "any_ecc_seat": line("任一席位签认"),
        "commander_plus_one_seat": line("总指挥加一席签认"),
        "all_three_ecc_seats": line("三席签认"),
    }
    external: Text = line("不主动对外") if times.external_first_min is None else line("{n} 分钟内对客户首报", n=times.external_first_min)
    who = joined([people.short(current, one) for one in (*level.staffing.roles, *level.staffing.posts)])
    facts = (
        Fact(line("应答"), line("{n} 分钟内", n=times.ack_min)),
        Fact(line("群"), rooms[times.room]),
        Fact(line("态势"), line("{first} 分钟内首报，每 {every} 分钟更新", first=times.first_update_min, every=times.update_every_min)),
        Fact(line("对外"), external),
        Fact(line("叫谁"), who),
        Fact(line("目标恢复"), line("{n} 分钟", n=times.target_recover_min)),
        Fact(line("观察"), line("{n} 分钟", n=times.observe_min)),
        Fact(line("结束"), signs[level.close_approval]),
    )
    clause = line("依据 方案 {clause}", clause=level.clause)
    blocks: tuple[Block, ...] = (Words(level.definition, "lead"), Facts(facts, "rows"), Words(clause, "note"))
    return Card(level.name, (*blocks, Words(current.grading.method, "note")), level.definition, badge=level.id, icon="scale")


def risks(current: Plan) -> Card:
    """The risks, the greatest product of likelihood and impact first."""
    found = sorted(current.risks.values(), key=lambda one: -one.likelihood * one.impact)
    rows = tuple(
        (one.id, one.name, str(one.likelihood * one.impact), _band(current, one.likelihood * one.impact), people.short(current, one.owner))
        for one in found
    )
    choose = Choices(line("看一个风险"), tuple(Option(one.id, one.name) for one in found), press("risk.show"))
    then = line("选一个看征兆和预案；征兆出现就报故障或发预警。")
    blocks: tuple[Block, ...] = (
        Table((line("编号"), line("风险"), line("分"), line("档"), line("谁盯")), rows, (2,)),
        Words(then, "next"),
        choose,
    )
    return Card(line("风险"), blocks, then, icon="shield")


def _band(current: Plan, product: int) -> Text:
    return next((band.name for band in current.risk_scale.bands.values() if band.low <= product <= band.high), line("不知道"))


def risk(wanted: str, current: Plan) -> Card:
    """One risk: what shows it, what prevents it, which lists answer it."""
    one = current.risks[wanted]
    answers: list[Text] = [
        (current.checklists.get(name) or current.playbooks[name]).name
        for name in one.mitigation
        if name in current.checklists or name in current.playbooks
    ]
    likely, hard = current.risk_scale.likelihood.get(one.likelihood), current.risk_scale.impact.get(one.impact)
    facts = (
        Fact(line("可能性"), str(one.likelihood), likely),
        Fact(line("影响"), str(one.impact), hard),
        Fact(line("分"), str(one.likelihood * one.impact), _band(current, one.likelihood * one.impact)),
        Fact(line("谁盯"), people.title(current, one.owner)),
    )
    rows = (
        Fact(line("征兆"), joined([_trigger(current, trigger) for trigger in one.triggers], " · ")),
        Fact(line("平时"), joined([*one.prevention], " · ")),
        Fact(line("发生了"), joined(answers) if answers else line("还没有")),
    )
    clause = line("依据 方案 {clause}", clause=one.clause)
    report = Button(line("报故障"), press("report.form"), "primary")
    warn = Button(line("发预警"), press("warning.form"))
    blocks: tuple[Block, ...] = (Facts(facts), Facts(rows, "rows"), Words(clause, "note"), Buttons((report, warn)))
    return Card(one.name, blocks, line("{id} {name}", id=one.id, name=one.name), icon="shield", meta=one.id)


def _trigger(current: Plan, trigger: Trigger) -> Text:
    if trigger.suggest and trigger.suggest in current.severities:
        return line("{what}（建议{level}）", what=trigger.text, level=current.severities[trigger.suggest].short)
    return line("{what}（建议预警）", what=trigger.text) if trigger.suggest == "warning" else trigger.text


def parties(current: Plan) -> Card:
    """Who outside is told, from which level on, by which way, through whom."""
    rows = tuple(
        (
            party.name,
            current.severities[party.trigger].short if party.trigger in current.severities else line("研判后定"),
            joined([*party.channels]) if party.channels else line("还没有"),
            people.short(current, party.single_exit) if party.single_exit else line("对外联络"),
        )
        for party in current.parties.values()
    )
    then = line("对外的话由对外联络负责人发，别人不答媒体和客户。")
    table = Table((line("对象"), line("几级起"), line("怎么找"), line("谁去说")), rows)
    return Card(line("外部相关方"), (table, Words(then, "next")), then, icon="phone")


def obligations(current: Plan) -> Card:
    """What may have to be reported to authorities; people decide and submit."""
    rows = tuple(Fact(one.name, _clock(one.clock.hours, one.clock.policy), one.to) for one in current.obligations.values())
    notes: tuple[Block, ...] = (Words(current.grading.regulatory_note, "note"),)
    then = line("机器人不替人判断，也不提交。项目负责人和法务研判，存疑按更严的来。")
    return Card(line("可能要上报"), (Facts(rows, "rows"), *notes, Words(then, "next")), then, icon="scale")


def _clock(hours: float | None, policy: bool) -> Text:
    if hours is None:
        return line("立即")
    within = line("{n} 小时内", n=f"{hours:g}")
    return line("{within}（公司自定）", within=within) if policy else within


def drills(current: Plan) -> Card:
    """The rehearsals and which quarter has which."""
    quarters = {drill: quarter.upper() for quarter, drill in current.drill_program.calendar.items()}
    rows = tuple(
        (one.id, one.name, one.kind, line("{n} 分钟", n=one.duration_min), quarters.get(one.id, "")) for one in current.drills.values()
    )
    then = line("每季至少 {n} 次；演练里对外渠道全部拦住。", n=current.drill_program.per_quarter_min)
    table = Table((line("编号"), line("演练"), line("形式"), line("时长"), line("季度")), rows)
    return Card(line("演练"), (table, Words(then, "next")), then, icon="play")
