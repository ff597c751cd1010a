"""When it began, in people's words: 10 分钟前, 今早 8 点, 昨晚 23:40, 已经半小时了, since 14:20; apart from when somebody saw it.

Whether a time is the start is told by what stands around it in its clause (开始, 发现, 截单 ...). A time that is only a discovery or
only a deadline is never taken for the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from itertools import islice
from typing import Literal

from bot.core.hearing.calendar import PARTS, Clock, Part, Reading, dated, day_of_month, resolve, weekday
from bot.core.hearing.folding import Folded, fold
from bot.core.hearing.numbers import AMOUNT, UNIT, amount, spoken


@dataclass(frozen=True, slots=True)
class Time:
    """A moment (aware UTC) with the words it was read from. `vague` when people should be asked whether it is right."""

    at: datetime
    text: str
    vague: bool


class Role(IntEnum):
    """What a time in a report tells, the more telling the higher."""

    DEADLINE = 0
    SEEN = 1
    PRESENT = 2
    EVENT = 3
    STATED = 4
    ONSET = 5


@dataclass(frozen=True, slots=True)
class Mention:
    """A time found in a text, with its stretch in the folded text."""

    start: int
    end: int
    time: Time
    role: Role


@dataclass(frozen=True, slots=True)
class Times:
    """What a text says of time. `taken` are the stretches that are times, so that nobody takes them for anything else."""

    started: Time | None
    noticed: Time | None
    taken: tuple[tuple[int, int], ...]


_ABOUT = r"(?:大概|大约|大致|差不多|约摸|估计|约|近|将近|快|about|around|approx\.?|roughly|~|≈)"
_ABOUT_AFTER = r"(?:\s*(?:左右|前后|上下|多(?!个|家)|许|吧|那会儿?|的样子|ish))"
_H = r"(?:\d{1,2}|二十[一二三四]?|十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
_M = (
    r"(?:[0-5]\d|[二三四五]十[一二三四五六七八九]?|十[一二三四五六七八九]?|"
    r"[零〇][一二三四五六七八九]|[1-9一二三四五六七八九](?=\s*分(?!钟)))"
)
_PART = (
    r"(?:大清早|一大早|大半夜|后半夜|凌晨|清晨|清早|一早|早上|早晨|上午|中午|午间|下午|午后|傍晚|"
    r"晚上|晚间|夜里|夜间|半夜|深夜|午夜|"
    r"(?<![a-z])(?:noon|midnight)(?![a-z])|[早晚](?=\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[点:]))(?!好)"
)
_DAY = (
    r"(?:(?P<day_word>大前[天日]|前[天日]|[今昨](?:[天日]|儿个?)|明[天日早晚]|后天)|"
    r"(?P<day_part>[今昨前](?:早上?|晨|晚上?|夜里?))|"
    r"(?P<week>上上个?|上个?|这个?|本|下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])(?!期)|"
    r"(?<![a-z0-9_./-])(?<!\d:)(?:(?P<y>20\d\d)[-/.年])?(?P<mo>1[0-2]|0?[1-9])[-/]"
    r"(?P<dd>3[01]|[12]\d|0?[1-9])(?![\d/.:%-])(?!\s*[个单家条辆台位次倍分小度人号箱万千百])|"
    r"(?:(?P<zy>20\d\d)年)?(?P<zmo>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])\s*月\s*"
    r"(?P<zdd>3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])\s*[日号]?|"
    r"(?P<en_day>(?<![a-z])(?:the day before yesterday|yesterday|today|tomorrow|tonight)(?![a-z]))"
    r"(?:\s+(?P<en_day_part>morning|noon|afternoon|evening|night)(?![a-z]))?|"
    r"(?<![a-z])(?P<en_this>this|last)\s+(?P<en_part>morning|afternoon|evening|night)(?![a-z])|"
    r"(?<![a-z])(?:(?P<en_last>last)\s+|on\s+)?(?P<en_weekday>mon|tues|wednes|thurs|fri|satur|sun)day(?![a-z]))"
)
_CLOCK = (
    rf"(?:(?<![a-z0-9_./#-])(?<!\d:)(?P<ch>[01]?\d|2[0-4])\s*:\s*(?P<cm>[0-5]\d)(?:\s*:\s*(?P<cs>[0-5]\d)(?:\.\d{{1,6}})?)?(?![\d:])(?:\s*(?P<cap>[ap])\.?m\b\.?)?"
    rf"|(?<![a-z0-9_./#-])(?<!\d:)(?P<ah>1[0-2]|0?[1-9])(?:[.](?P<am>[0-5]\d))?\s*(?P<aap>[ap])\.?m\b\.?"
    rf"|(?<![第\d.:一二三四五六七八九十百千几])(?P<h>{_H})\s*(?:点钟?|时(?=\s*{_M}|整|许|左右|开始|起))(?!\d*[问意建要原]|赞|击|位|评|心|餐|数|名|不|没|反应|都)"
    rf"(?P<whole>整)?(?:(?P<half>半)|(?P<quarter>[一三])刻|过?\s*(?P<m>{_M})(?:\s*分(?!钟))?(?!\s*[个单家条辆台位度%]))?)"
)
_DAY_OF_MONTH = (
    rf"(?P<dom>3[01]|[12]\d|[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])[号日]"
    rf"(?=\s*(?:的)?\s*(?:{_PART}|{_H}\s*[点:]))"
)
_ISO = (
    r"(?<![a-z0-9_-])(?P<iso>20\d\d-[01]\d-[0-3]\d(?:t|\s)[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
    r"\s*(?:z(?![a-z])|[+-][01]\d:?[0-5]\d)?)"
)


def _named(pattern: str, mark: str) -> str:
    """The same pattern a second time in one expression, its groups renamed."""
    return re.sub(r"\(\?P<(\w+)>", rf"(?P<{mark}\1>", pattern)


_AT = re.compile(
    rf"(?P<about>{_ABOUT}\s*)?(?:在|于|at\s+|from\s+|since\s+)?(?:{_ISO}"
    rf"|(?:{_DAY}|{_DAY_OF_MONTH})\s*[,的]?\s*(?:at\s+|about\s+|around\s+)?(?:(?P<part>{_PART})\s*的?\s*)?(?:{_ABOUT}\s*)?(?:{_CLOCK})?"
    rf"|(?P<part_>{_PART})\s*的?\s*(?:{_ABOUT}\s*)?(?:{_named(_CLOCK, '_')})?"
    rf"|{_named(_CLOCK, '__')}(?:\s*(?:on\s+)?{_named(_DAY, '__')})?"
    rf")(?P<about_after>{_ABOUT_AFTER})?"
)
_AGO = re.compile(
    rf"(?P<about>{_ABOUT}\s*(?:是|有|在)?\s*)?{AMOUNT}(?P<about_after>{_ABOUT_AFTER})?\s*(?:之前|以前|前(?![端台面置往方])|ago\b|earlier\b|back\b)"
)
_LASTING = re.compile(
    rf"(?P<lead>持续了?|最近|过去|已经?|都|有|了|for(?:\s+the)?(?:\s+(?:last|past|over))?|整整|超过|将近)?\s*(?P<about>{_ABOUT}\s*)?(?:有|了)?\s*"
    rf"{AMOUNT}(?P<about_after>{_ABOUT_AFTER})?\s*(?P<le>了)?(?P<yet>没)?"
)
_NOT_LASTING_BEFORE = re.compile(
    r"(?:每隔?|超时|延迟|延时|延误了?|延长|晚到?了?|慢了?|迟了?|差了?|少了?|早了?|还有|还剩|剩下?|再过?|预计|需要?|要|得|平时|正常|以往|至少|最多|限|内|>|<|=|"
    r"(?:in|every|within|takes?|took)(?:\s+about)?)\s*$"
)
_NOT_LASTING_AFTER = re.compile(
    r"\s*(?:后|之后|以后|内|以内|之内|里|一次|一趟|的?(?:延迟|超时|间隔|窗口)|才|就能|能|转不|出不|later|delay|timeout)"
)
_PRESENT = re.compile(
    r"(?P<now>刚刚|刚才|方才|(?<!才)刚(?=开始|发现|接到|收到|看到|听|出现|有|不久|反馈)|(?<![到至在])现在(?!还没?|也|才|的)|此刻|这会儿?|"
    r"(?<![a-z])(?:just now|right now|a moment ago|(?<!until )(?<!by )now)(?![a-z]))"
)
_A_WHILE = re.compile(r"(?:(?:有|好)?一(?:会儿?|阵子?)(?:之?前|了)|有一?段时间了|前不久|不久之?前|a while ago)")

_CLAUSE = re.compile(r"\b(?:and|but)\b|[,，。;；!！?？\n\r、()（）]|(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_ONSET_AFTER = re.compile(
    r"^[^,。]{0,6}?(?:开始|起(?!不)|就(?!能|好)|以来|之后|过后|突然|忽然|出现|发生|的事|以后|onwards?|"
    r"(?:it )?(?:started|began|broke|went down|stopped))"
)
_ONSET_BEFORE = re.compile(
    r"(?:从|自从?|打从|由|since|from|start(?:ed|ing|s)?|began|beginning|发生[于在]?|发生时间是?|开始[于在]?|起)"
    r"\s*:?\s*(?:at|on|around|about)?\s*$"
)
_SEEN_AFTER = re.compile(
    r"^[^,。]{0,8}?(?:发现|才知道|才看|看到|看见|收到|接到|接报|接了|反馈|反映|来电|打来?电话|投诉|报警|上报|得知|通知|说|"
    r"noticed|found|saw|spotted|detected|reported|got (?:a |the )?(?:call|report)|complain)"
)
_SEEN_BEFORE = re.compile(
    r"(?:发现(?:时间)?|看到|接到(?:电话|通知|反馈)?|收到(?:告警|反馈)?|noticed(?: it)?|found(?: it| out)?|detected|reported)"
    r"\s*(?:是|在|于|:|at|around)?\s*$"
)
_DEADLINE_AFTER = re.compile(
    r"^\s*(?:之?前|以前)?(?:就?要(?!死)|必须|得|截单|截止|关单|要求|发车|装车|出车|交接|开市|开门|送到|到货|能|会|可能|再|还要|的(?:波次|班次|车次|单|货|车|会议)|before|deadline|cut-?off)"
)
_DEADLINE_BEFORE = re.compile(
    r"(?:截单|截止|还有|赶在|预计|最晚|最迟|不晚于|影响|耽误|before|by|until|till|due)"
    r"\s*(?:时间|到)?\s*(?:是|:|at)?\s*$"
)
_EVENT_AFTER = re.compile(
    r"^[^,。]{0,6}?(?:发版|发布|上线|变更|升级|重启|部署|发的|好的|还好|正常|恢复|修好|能用|可以|备份|"
    r"deploy|releas|restart|rolled|fine|ok\b|worked)"
)
_EVENT_BEFORE = re.compile(r"(?:发版|发布|上线|变更|升级|重启|部署|恢复|deploy(?:ed)?|released?|restart(?:ed)?)[^,。]{0,8}$")
_RUNNING_ON = re.compile(r"^\s*(?:一直|都|就|开始|起|全天|一整天|又|all day|since)")


def read_time(text: str, now: datetime, zone: tzinfo) -> Time | None:
    """The moment a field or a line of a report names as the start; of a bare discovery (20:10 发现) the moment itself."""
    times = times_in(fold(text), now, zone)
    return times.started or times.noticed


def times_in(folded: Folded, now: datetime, zone: tzinfo) -> Times:
    """What a folded text says of time, seen from `now`."""
    found = _mentions(folded, now.astimezone(zone))
    starts = [m for m in found if m.role >= Role.PRESENT]
    best = max(starts, key=lambda m: (m.role, -m.start), default=None)
    seen = next((m.time for m in found if m.role is Role.SEEN), None)
    return Times(best.time if best else None, seen, tuple((m.start, m.end) for m in found))


def _mentions(folded: Folded, now: datetime) -> list[Mention]:
    """All times in order; a stretch belongs to the first kind that claims it."""
    found: list[Mention] = []
    taken = bytearray(len(folded.text))
    for mention in _candidates(folded, now):
        if not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
            found.append(mention)
    found.sort(key=lambda m: m.start)
    return _with_roles(folded.text, found)


_MOST = 40
"""Times of one kind that are looked at. A text with more is a log, and a log tells when it began at its beginning."""


def _candidates(folded: Folded, now: datetime) -> Iterator[Mention]:
    text = folded.text
    has_stretches = bool(UNIT.search(text))
    for match in islice(_AGO.finditer(text) if has_stretches else (), _MOST):
        yield from _ago(folded, match, now)
    for match in islice(_AT.finditer(text), _MOST):
        yield from _at(folded, match, now)
    for match in islice(_LASTING.finditer(text) if has_stretches else (), _MOST):
        yield from _lasting(folded, match, now)
    for match in islice(_A_WHILE.finditer(text), _MOST):
        yield _mention(folded, match.start(), match.end(), Reading(now - timedelta(minutes=10), True), Role.STATED)
    for match in islice(_PRESENT.finditer(text), _MOST):
        yield _mention(folded, match.start(), match.end(), Reading(now, True), Role.PRESENT)


def _mention(folded: Folded, start: int, end: int, reading: Reading, role: Role) -> Mention:
    typed = folded.as_typed(start, end).strip().removesuffix("的")
    return Mention(start, end, Time(reading.at.astimezone(UTC), typed, reading.vague), role)


def _ago(folded: Folded, match: re.Match[str], now: datetime) -> Iterator[Mention]:
    said = amount(match)
    if said and said.minutes < 60 * 24 * 400:
        vague = said.vague or bool(match["about"] or match["about_after"])
        yield _mention(folded, match.start(), match.end(), Reading(now - timedelta(minutes=float(said.minutes)), vague), Role.STATED)


def _lasting(folded: Folded, match: re.Match[str], now: datetime) -> Iterator[Mention]:
    text, said = folded.text, amount(match)
    if not said or said.minutes > 60 * 24 * 400 or (said.minutes < 1 and not match["le"]):
        return
    clause_ends = bool(re.match(r"\s*(?:$|[,，。;；!！?？\n])", text[match.end() : match.end() + 4]))
    begins_clause = match.start() == 0 or text[match.start() - 1] in " ,，。;；!！?？\n" or match[0][0] == " "
    runs_on = match["lead"] or match["le"] or match["yet"] or (clause_ends and (begins_clause or match["about"]))
    before = text[max(match.start() - 12, 0) : match.start()]
    if not runs_on or _NOT_LASTING_BEFORE.search(before) or (match["lead"] == "了" and _NOT_LASTING_BEFORE.search(before + "了")):
        return
    if _NOT_LASTING_AFTER.match(text, match.end()):
        return
    vague = said.vague or bool(match["about"] or match["about_after"])
    start = match.end("lead") if match["lead"] in ("了", "都", "有") else match.start()
    end = match.start("yet") if match["yet"] else match.end()
    yield _mention(folded, start, end, Reading(now - timedelta(minutes=float(said.minutes)), vague), Role.STATED)


def _at(folded: Folded, match: re.Match[str], now: datetime) -> Iterator[Mention]:
    said = {name.strip("_"): value for name, value in match.groupdict().items() if value is not None}
    end = match.end()
    if "iso" in said:
        reading = _iso(said["iso"], now)
    elif said.get("day_word", "")[:1] in tuple("明后") or said.get("week", "").startswith("下") or said.get("en_day") == "tomorrow":
        yield _mention(folded, match.start(), end, Reading(now, True), Role.DEADLINE)
        return
    else:
        reading = _said(said, now)
    if reading is None:
        if "h" in said or "ch" in said:
            yield _mention(folded, match.start(), end, Reading(now, True), Role.DEADLINE)
        return
    if said.get("about") or said.get("about_after"):
        reading = replace(reading, vague=True)
    if not _UNBARE & said.keys() and not _day_alone_tells(said, reading, folded.text[end : end + 12], now):
        return
    yield _mention(folded, match.start(), end, reading, Role.STATED)


_UNBARE = {"h", "ch", "ah", "part", "day_part", "en_part", "en_day_part", "iso"}
_MONTH = timedelta(days=31)


def _day_alone_tells(said: dict[str, str], reading: Reading, after: str, now: datetime) -> bool:
    """今天 alone says little (今天要盘点) unless something runs on from it; 9/10 without a year is a share rather than a day long ago."""
    if said.get("day_word", "").startswith("今") or said.get("en_day") == "today":
        return bool(_RUNNING_ON.match(after))
    return "mo" not in said or "y" in said or now - reading.at < _MONTH


def _iso(words: str, now: datetime) -> Reading | None:
    compact = re.sub(r"\s+(?=[z+-]|$)", "", words.strip()).upper()
    try:
        at = datetime.fromisoformat(compact)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
    return Reading(at, False) if at <= now + timedelta(minutes=2) else None


def _said(said: dict[str, str], now: datetime) -> Reading | None:
    day, known = _day(said, now.date())
    if day and now.hour < 5 and (said.get("day_part", "")[:2] in ("今晚", "今夜") or said.get("en_day") == "tonight"):
        day -= timedelta(days=1)
    return resolve(day, _part(said), _clock(said), now) if known else None


_DAYS_BACK = {"大": 3, "前": 2, "昨": 1, "今": 0, "the day before yesterday": 2, "yesterday": 1, "today": 0, "tonight": 0}
_EN_WEEKDAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")


def _day(said: dict[str, str], today: date) -> tuple[date | None, bool]:
    """The day that was said, and False where something that looked like one is none."""
    found: date | None
    if "mo" in said or "zmo" in said:
        year = said.get("y") or said.get("zy")
        found = dated(int(year) if year else None, _number(said.get("mo") or said["zmo"]), _number(said.get("dd") or said["zdd"]), today)
        return found, found is not None
    if "dom" in said:
        found = day_of_month(_number(said["dom"]), today)
        return found, found is not None
    if "weekday" in said:
        number = "一二三四五六日".find(said["weekday"].replace("天", "日").replace("末", "六"))
        return weekday(number, said.get("week", "").count("上"), today), True
    if "en_weekday" in said:
        return weekday(_EN_WEEKDAYS.index(said["en_weekday"]), 0, today), True
    if "en_this" in said:
        return today - timedelta(days=1 if said["en_this"] == "last" else 0), True
    spoken_day = said.get("en_day") or said.get("day_word", said.get("day_part", ""))[:1]
    return (today - timedelta(days=_DAYS_BACK[spoken_day]) if spoken_day else None), True


def _part(said: dict[str, str]) -> Part | None:
    if "part" in said:
        return PARTS[said["part"]]
    if "day_part" in said:
        return PARTS[said["day_part"][1:]]
    if said.get("en_day") == "tonight":
        return "evening"
    english = said.get("en_part") or said.get("en_day_part")
    return PARTS[english] if english else None


def _clock(said: dict[str, str]) -> Clock | None:
    if "ch" in said:
        hour = said["ch"]
        return Clock(int(hour), int(said["cm"]), int(said.get("cs", 0)), len(hour) == 1, _half(said.get("cap")))
    if "ah" in said:
        return Clock(int(said["ah"]), int(said.get("am", 0)), half=_half(said["aap"]))
    if "h" not in said:
        return None
    minute = 30 if "half" in said else {"一": 15, "三": 45}[said["quarter"]] if "quarter" in said else _number(said.get("m", "0"))
    return Clock(_number(said["h"]), minute, spoken=True)


def _half(letter: str | None) -> Literal["am", "pm", ""]:
    return "" if letter is None else "am" if letter == "a" else "pm"


def _number(words: str) -> int:
    value = spoken(words.lstrip("零〇") or "零") if not words[0].isdigit() else None
    return int(words) if value is None else int(value)


def _with_roles(text: str, found: list[Mention]) -> list[Mention]:
    """Each mention with the role that the words between it and its neighbours give it."""
    told: list[Mention] = []
    for place, mention in enumerate(found):
        before_from = max(found[place - 1].end if place else 0, mention.start - 24)
        after_to = min(found[place + 1].start if place + 1 < len(found) else len(text), mention.end + 24)
        before, after = text[before_from : mention.start], text[mention.end : after_to]
        before = _CLAUSE.split(before)[-1] if before else ""
        after = _CLAUSE.split(after.lstrip())[0] if after else ""
        told.append(replace(mention, role=_role(mention, before, after)))
    return told


def _role(mention: Mention, before: str, after: str) -> Role:
    if mention.role is Role.DEADLINE or _DEADLINE_BEFORE.search(before) or _DEADLINE_AFTER.match(after):
        return Role.DEADLINE
    if mention.role is not Role.PRESENT and _ONSET_BEFORE.search(before):
        return Role.ONSET
    onset, seen = _ONSET_AFTER.match(after), _SEEN_AFTER.match(after)
    if seen and (not onset or seen.end() <= onset.end()):
        return Role.SEEN
    if _SEEN_BEFORE.search(before):
        return Role.SEEN
    if mention.role is Role.PRESENT:
        return Role.PRESENT
    if onset:
        return Role.ONSET
    if _EVENT_AFTER.match(after) or _EVENT_BEFORE.search(before):
        return Role.EVENT
    return Role.STATED
