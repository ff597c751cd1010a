"""What a plan of the right shape can lack: somebody on a post, a row of the matrix, a step of the ladder, a word with one meaning.

Each rule looks at some sections and says what is wrong where, as a path of keys and a sentence. `RULES` is the table of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from bot.plan import telling
from bot.plan.errors import Path, nearest
from bot.plan.rota import gaps
from bot.plan.schema import Item, Plan

Said = Iterator[tuple[Path, str]]

SEVERITIES = ("minor", "severe", "major")
PLATFORMS = ("slack", "feishu", "sandbox")
FIXED: Mapping[str, tuple[str, ...]] = {
    "groups": ("ecc", "tech", "biz", "comms"),
    "links": ("procurement", "warehouse", "logistics", "sales"),
    "severities": SEVERITIES,
    "key_moments": ("detected", "acknowledged", "assembled", "mitigated", "recovered"),
    "roles": (
        "commander",
        "deputy",
        "scribe",
        "tech_lead_on_incident",
        "biz_lead_on_incident",
        "external_liaison",
        "verifier_tech",
        "verifier_biz",
        "logistics_finance",
    ),
}


@dataclass(frozen=True, slots=True)
class Rule:
    needs: frozenset[str]
    look: Callable[[Plan], Said]


def _names_the_bot_knows(name: str) -> Callable[[Plan], Said]:
    def look(plan: Plan) -> Said:
        there = getattr(plan, name)
        for missing in (known for known in FIXED[name] if known not in there):
            yield (name,), f'"{missing}" is missing: the bot works with it by this name'

    return look


def _zone(plan: Plan) -> Said:
    try:
        ZoneInfo(plan.time_zone)
    except (ValueError, OSError, LookupError):
        yield ("time_zone",), f'no time zone "{plan.time_zone}"{nearest(plan.time_zone, sorted(available_timezones()))}'


# --- people and duty


def _posts_and_groups(plan: Plan) -> Said:
    for group in plan.groups.values():
        for index, seat in enumerate(group.seats):
            if seat in plan.posts and plan.posts[seat].group in plan.groups and plan.posts[seat].group != group.id:
                yield ("groups", group.id, "seats", index), f'post "{seat}" says that its group is "{plan.posts[seat].group}"'
    for post in plan.posts.values():
        if post.group in plan.groups and post.id not in plan.groups[post.group].seats:
            yield ("posts", post.id, "group"), f'"{post.id}" is not among the seats of group "{post.group}"'


def _platforms(plan: Plan) -> Said:
    """Names of platforms; a misspelt one would reach nobody, and nobody would notice."""
    named = [("groups", group.id, "user_groups", platform) for group in plan.groups.values() for platform in group.user_groups]
    named += [("people", person.id, "identities", platform) for person in plan.people.values() for platform in person.identities]
    for path in named:
        if path[-1] not in PLATFORMS:
            yield path, f'no platform "{path[-1]}"{nearest(path[-1], list(PLATFORMS))}'


def _roles(plan: Plan) -> Said:
    for role in plan.roles.values():
        if role.id in role.exclusive_of:
            yield ("roles", role.id, "exclusive_of", role.exclusive_of.index(role.id)), "a role excludes itself"
    if "commander" in plan.roles and plan.roles["commander"].hands_on:
        yield ("roles", "commander"), "the commander takes no hands-on work: hands_on must be false"


def _people(plan: Plan) -> Said:
    seen: dict[tuple[str, str], str] = {}
    for person in plan.people.values():
        if person.id in person.deputies:
            yield ("people", person.id, "deputies", person.deputies.index(person.id)), "nobody is their own deputy"
        for platform, identity in (*person.identities.items(), ("phone", person.phone)):
            other = seen.setdefault((platform, identity), person.id)
            if other != person.id:
                path: Path = ("phone",) if platform == "phone" else ("identities", platform)
                yield ("people", person.id, *path), f'"{identity}" is {other}\'s'


def _duty(plan: Plan) -> Said:
    for index, rule in enumerate(plan.rota):
        post = plan.posts.get(rule.post)
        if post is not None and rule.site is not None and not post.scoped:
            yield ("rota", index, "site"), f'post "{post.id}" is not filled by site'
        for place, person in ((place, plan.people.get(who)) for place, who in enumerate(rule.people)):
            if person is not None and rule.post not in person.posts:
                yield ("rota", index, "people", place), f'{person.id} does not fill post "{rule.post}"'
            elif person is not None and rule.site is not None and person.sites and rule.site not in person.sites:
                yield ("rota", index, "people", place), f'{person.id} does not work for site "{rule.site}"'
        if len(set(rule.people)) == 1 and not (plan.people[rule.people[0]].deputies if rule.people[0] in plan.people else True):
            yield ("rota", index, "people"), f'"{rule.post}" has no deputy: name a second person, or a deputy of {rule.people[0]}'


def _rota_gaps(plan: Plan) -> Said:
    for gap in gaps(plan):
        where = f' at "{gap.site}"' if gap.site else ""
        yield ("rota",), f'nobody is on duty as "{gap.post}"{where} {gap.when}'


def _leave(plan: Plan) -> Said:
    for index, leave in enumerate(plan.leave):
        if leave.end < leave.start:
            yield ("leave", index, "end"), "ends before it starts"
        if leave.substitute == leave.person:
            yield ("leave", index, "substitute"), "nobody is their own substitute"


# --- the business


def _spoken_words(plan: Plan) -> Said:
    words: dict[Path, tuple[str, ...]] = {("links", link.id): link.aliases for link in plan.links.values()}
    words |= {("sites", site.id): site.aliases for site in plan.sites.values()}
    words |= {("services", service.id): service.aliases for service in plan.services.values()}
    words |= {("dependencies", dependency.id): dependency.aliases for dependency in plan.dependencies.values()}
    yield from _twice(words)


def _spoken_causes(plan: Plan) -> Said:
    words: dict[Path, tuple[str, ...]] = {("fault_types", fault.id): fault.aliases for fault in plan.fault_types.values()}
    for fault in plan.fault_types.values():
        words |= {("fault_types", fault.id, "causes", cause.id): cause.aliases for cause in fault.causes.values()}
    yield from _twice(words)


def _spoken_measures(plan: Plan) -> Said:
    yield from _twice({("measures", measure.id): measure.aliases for measure in plan.measures.values()})


def _spoken_playbooks(plan: Plan) -> Said:
    yield from _twice({("playbooks", playbook.id): playbook.aliases for playbook in plan.playbooks.values()})


def _twice(words: Mapping[Path, tuple[str, ...]]) -> Said:
    owners: dict[str, Path] = {}
    for owner, aliases in words.items():
        for index, alias in enumerate(aliases):
            first = owners.setdefault(alias.casefold(), owner)
            if first != owner or aliases.index(alias) != index:
                yield (*owner, "aliases", index), f'"{alias}" already means {first[-1]}'


def _services(plan: Plan) -> Said:
    for service in plan.services.values():
        if service.rto_min > service.mtpd_min:
            yield (
                ("services", service.id, "rto_min"),
                f"{service.rto_min} is longer than it can be away at all (mtpd_min {service.mtpd_min})",
            )
        if _leads_back(plan, service.id):
            yield ("services", service.id, "depends"), "depends on itself in a circle"
    for index, name in enumerate(plan.restore_order):
        if name in plan.restore_order[:index]:
            yield ("restore_order", index), f'"{name}" stands twice'
    for missing in (name for name in plan.services if name not in plan.restore_order):
        yield ("restore_order",), f'service "{missing}" is missing'


def _leads_back(plan: Plan, start: str) -> bool:
    reached, waiting = set[str](), [start]
    while waiting:
        service = plan.services.get(waiting.pop())
        for name in service.depends if service else ():
            if name == start:
                return True
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return False


def _links(plan: Plan) -> Said:
    for link in plan.links:
        if not any(link in post.links for post in plan.posts.values()):
            yield ("links", link), "no post serves it"
        if not any(playbook.link == link for playbook in plan.playbooks.values()):
            yield ("links", link), "no playbook keeps it going"


def _clock(plan: Plan) -> Said:
    for window in plan.clock.windows.values():
        if (window.at is None) == (window.start is None) or (window.start is None) != (window.end is None):
            yield ("clock", "windows", window.id), "has either start and end, or at"
    for index, season in enumerate(plan.clock.seasonal):
        if season.end < season.start:
            yield ("clock", "seasonal", index, "end"), "ends before it starts"


# --- levels


def _matrix(plan: Plan) -> Said:
    matrix = plan.grading.matrix
    for impact in (row for row in (1, 2, 3) if row not in matrix):
        yield ("grading", "matrix"), f"impact {impact} has no row"
    for impact, row in matrix.items():
        if len(row) != 3:
            yield ("grading", "matrix", impact), f"impact {impact} needs three levels, one for each urgency; it has {len(row)}"
        elif any(_rank(left) > _rank(right) for left, right in pairwise(row)):
            yield ("grading", "matrix", impact), "a higher urgency gives a lower level"
    for impact in (row for row in (1, 2) if row in matrix and row + 1 in matrix):
        if any(_rank(low) > _rank(high) for low, high in zip(matrix[impact], matrix[impact + 1], strict=False)):
            yield ("grading", "matrix", impact + 1), "a higher impact gives a lower level"


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def _questions(plan: Plan) -> Said:
    yield from _unique(("grading", "questions"), [question.id for question in plan.grading.questions])
    for index, question in enumerate(plan.grading.questions):
        scores = [option.score for option in question.options]
        if scores != sorted(set(scores)):
            yield ("grading", "questions", index, "options"), "scores must rise from option to option"
        if question.id == plan.grading.loss.question and any(option.loss is None for option in question.options):
            yield ("grading", "questions", index, "options"), "each option needs its loss: the loss range comes from this question"
    for kind in ("impact", "urgency"):
        if not any(question.kind == kind for question in plan.grading.questions):
            yield ("grading", "questions"), f"no question about {kind}"


def _escalation(plan: Plan) -> Said:
    for index, step in enumerate(plan.grading.auto_escalate):
        if step.level is not None and step.to is not None and _rank(step.to) <= _rank(step.level):
            yield ("grading", "auto_escalate", index, "to"), f'"{step.to}" is not above "{step.level}"'


def _severities(plan: Plan) -> Said:
    for severity in plan.severities.values():
        at: Path = ("severities", severity.id)
        if not severity.staffing.roles and not severity.staffing.posts:
            yield (*at, "staffing"), "calls nobody"
        elif "commander" not in severity.staffing.roles:
            yield (*at, "staffing", "roles"), "nobody commands: name the role commander"
        if not all(left < right for left, right in pairwise(severity.ladder_min)):
            yield (*at, "ladder_min"), f"each step must come later than the one before, not {', '.join(map(str, severity.ladder_min))}"
        after = severity.response.update_every_after_2h_min
        if after is not None and after < severity.response.update_every_min:
            yield (*at, "response", "update_every_after_2h_min"), "is faster than before: updates slow down after two hours"
        review = severity.response.review
        if review.kind == "full" and review.meeting_due_days is None:
            yield (*at, "response", "review"), "a full review needs a meeting: meeting_due_days"
    order = [name for name in plan.severities if name in SEVERITIES]
    if order != sorted(order, key=SEVERITIES.index):
        yield ("severities",), "the lightest level stands first"


def _verification(plan: Plan) -> Said:
    items = plan.verification.items
    yield from _unique(("verification", "items"), [item.id for item in items])
    for severity in plan.severities.values():
        asked = sum(severity.id in item.levels for item in items)
        if asked == 0:
            yield ("verification", "items"), f'nothing is verified at "{severity.id}"'
        if severity.verification_max is not None and asked > severity.verification_max:
            yield (
                ("severities", severity.id, "verification_max"),
                f"{asked} items are asked at this level, at most {severity.verification_max}",
            )


def _closing(plan: Plan) -> Said:
    yield from _unique(("closing", "conditions"), [condition.id for condition in plan.closing.conditions])
    for index, condition in enumerate(plan.closing.conditions):
        if condition.check == "attest" and not condition.attest_by:
            yield ("closing", "conditions", index), "nobody may sign for it: attest_by"


def _timing(plan: Plan) -> Said:
    near, far = plan.timing.urgency_hot_min
    if near >= far:
        yield ("timing", "urgency_hot_min"), f"the second must be longer than the first, not {near}, {far}"
    if plan.timing.span_ideal > plan.timing.span_max:
        yield ("timing", "span_ideal"), f"is above span_max {plan.timing.span_max}"
    if plan.timing.shift_remind_hours >= plan.timing.shift_limit_hours:
        yield ("timing", "shift_remind_hours"), f"is not before shift_limit_hours {plan.timing.shift_limit_hours}"


# --- what is known beforehand


def _lines(plan: Plan) -> Said:
    """Lines are numbered without gaps, and none is for a role that takes no hands-on work."""
    idle = {role.id for role in plan.roles.values() if not role.hands_on}
    for at, items in _lists(plan):
        yield from _numbered(at, items)
        for index in (index for index, item in enumerate(items) if item.who in idle):
            yield (*at, index, "who"), f'"{items[index].who}" takes no hands-on work'


def _lists(plan: Plan) -> Iterator[tuple[Path, tuple[Item, ...]]]:
    yield from ((("checklists", checklist.id, "items"), checklist.items) for checklist in plan.checklists.values())
    yield from ((("playbooks", playbook.id, "items"), playbook.items) for playbook in plan.playbooks.values())
    yield from ((("warning", "colours", colour.id, "items"), colour.items) for colour in plan.warning.colours.values())


def _numbered(at: Path, items: tuple[Item, ...]) -> Said:
    for index, item in enumerate(items):
        if item.n != index + 1:
            yield (*at, index, "n"), f"line {item.n} stands where line {index + 1} should"
            return


def _unused_checklists(plan: Plan) -> Said:
    used = {cause.checklist for fault in plan.fault_types.values() for cause in fault.causes.values()}
    for name in (name for name in plan.checklists if name not in used):
        yield ("checklists", name), "no cause leads to it"


def _risks(plan: Plan) -> Said:
    for name in ("likelihood", "impact"):
        for step in (step for step in range(1, 6) if step not in getattr(plan.risk_scale, name)):
            yield ("risk_scale", name), f"step {step} has no meaning"
    covered = Counter(score for band in plan.risk_scale.bands.values() for score in range(band.low, band.high + 1))
    for score in (score for score in range(1, 26) if covered[score] != 1):
        yield ("risk_scale", "bands"), f"a score of {score} is in {covered[score] or 'no'} {'bands' if covered[score] > 1 else 'band'}"
        return


def _drills(plan: Plan) -> Said:
    for drill in plan.drills.values():
        for missing in (question.id for question in plan.grading.questions if question.id not in drill.grading_answers):
            yield ("drills", drill.id, "grading_answers"), f'question "{missing}" has no answer'
        times = [inject.t for inject in drill.injects]
        if times != sorted(times):
            yield ("drills", drill.id, "injects"), "must stand in the order in which they happen"


def _documents(plan: Plan) -> Said:
    documents = plan.documents
    for at, fields in (
        (("documents", "sitrep", "fields"), documents.sitrep.fields),
        (("documents", "handover"), documents.handover),
        (("documents", "summary"), documents.summary),
        (("documents", "postmortem", "sections"), documents.postmortem.sections),
        (("documents", "action_plan", "fields"), documents.action_plan.fields),
    ):
        yield from _unique(at, [field.id for field in fields])


def _unique(at: Path, ids: list[str]) -> Said:
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield (*at, index, "id"), f'"{name}" stands twice'


def _duties(plan: Plan) -> Said:
    """What names a field or a question of the same duty names one that it has."""
    for one in plan.obligations.values():
        at, fields = ("obligations", one.id), [field.zh for field in one.fields]
        for index, first in enumerate(one.first_fields):
            if first.zh not in fields:
                yield (*at, "first_fields", index), f'no field "{first.zh}"{nearest(first.zh, fields)}'
        for source, field in one.fill.items():
            if field not in fields:
                yield (*at, "fill", source), f'no field "{field}"{nearest(field, fields)}'
        for index, number in enumerate(one.deciding):
            if not 1 <= number <= len(one.assessment):
                yield (*at, "deciding", index), f"no question {number}: there are {len(one.assessment)}"


def _rule(look: Callable[[Plan], Said], *needs: str) -> Rule:
    return Rule(frozenset(needs), look)


RULES: tuple[Rule, ...] = (
    *(_rule(_names_the_bot_knows(name), name) for name in FIXED),
    _rule(_zone, "time_zone"),
    _rule(_posts_and_groups, "groups", "posts"),
    _rule(_platforms, "groups", "people"),
    _rule(_roles, "roles"),
    _rule(_people, "people"),
    _rule(_duty, "rota", "posts", "people"),
    _rule(_rota_gaps, "rota", "posts", "shifts", "sites"),
    _rule(_leave, "leave"),
    _rule(_spoken_words, "links", "sites", "services", "dependencies"),
    _rule(_spoken_causes, "fault_types"),
    _rule(_spoken_measures, "measures"),
    _rule(_spoken_playbooks, "playbooks"),
    _rule(_services, "services", "restore_order"),
    _rule(_links, "links", "posts", "playbooks"),
    _rule(_clock, "clock"),
    _rule(_matrix, "grading"),
    _rule(_questions, "grading"),
    _rule(_escalation, "grading"),
    _rule(_severities, "severities"),
    _rule(_verification, "verification", "severities"),
    _rule(_closing, "closing"),
    _rule(_timing, "timing"),
    _rule(_lines, "checklists", "playbooks", "warning", "roles"),
    _rule(_unused_checklists, "checklists", "fault_types"),
    _rule(_risks, "risk_scale"),
    _rule(_drills, "drills", "grading"),
    _rule(_documents, "documents"),
    _rule(_duties, "obligations"),
    _rule(telling.audiences, "comms", "severities"),
    _rule(telling.scripts, "comms"),
    _rule(telling.rules, "comms", "people"),
    _rule(telling.contacts, "comms", "parties"),
    _rule(telling.rooms, "comms", "groups"),
    _rule(telling.components, "comms", "services"),
    _rule(telling.reached, "comms"),
)
