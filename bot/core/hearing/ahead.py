"""When it will be, as people type it into a field: 21:30, 明天 8:00, 11-25 08:00, 周三下午 3 点, 半小时后.

A field names one moment and nothing else, so the whole text must be understood. A clock means what it shows, 8:00 is in the morning; alone
it is today's. A day without a year is the nearest such day, a weekday the next one, today included.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from bot.core.hearing.calendar import PARTS, Clock, Part, ahead_on
from bot.core.hearing.folding import fold
from bot.core.hearing.numbers import read_duration, spoken

_NOW = frozenset({"现在", "now", "刚刚"})
_LATER = re.compile(r"(?:再?过|in)?\s*(?P<long>.+?)\s*(?:之后|以后|后|from now)|in\s+(?P<en>.+)")
_FILLER = re.compile(r"之前|以前|左右|[前的在于,，]|(?<![a-z])(?:at|on|by|before|until)(?![a-z])|\s")

_DATE = re.compile(
    r"(?<![\d:])(?:(?P<y>20\d\d)\s*[-/.年]\s*)?(?P<mo>1[0-2]|0?[1-9])\s*[-/月]\s*(?P<d>3[01]|[12]\d|0?[1-9])(?!\d)\s*[日号]?(?:t(?=\d))?"
)
_DAY = re.compile(r"(?P<word>大后天|后天|今[天日]|明[天日]|[今明](?=早|晚|晨|夜)|(?<![a-z])(?:today|tomorrow|tonight)(?![a-z]))")
_WEEKDAY = re.compile(r"(?P<next>下个?)?(?:周|星期|礼拜)(?P<n>[一二三四五六日天])")
_PART = re.compile("|".join(sorted((rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word for word in PARTS), key=len, reverse=True)))
_CLOCK = re.compile(
    r"(?<![\d:])(?P<h>[01]?\d|2[0-4])\s*:\s*(?P<m>[0-5]\d)(?::[0-5]\d)?(?![\d:])\s*(?P<half>[ap]m?(?![a-z]))?"
    r"|(?<!\d)(?P<eh>1[0-2]|0?[1-9])\s*(?P<ehalf>[ap]m)(?![a-z])"
    r"|(?P<sh>\d{1,2}|[零一二两三四五六七八九十]{1,3})\s*[点时]钟?"
    r"(?:(?P<to>半)|整|(?P<quarter>[一三])刻|(?P<sm>[0-5]?\d|[一二三四五]?十[一二三四五六七八九]?)分?)?"
)
_DAYS = {"今": 0, "明": 1, "后": 2, "大": 3, "today": 0, "tomorrow": 1, "tonight": 0}


def read_ahead(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment (aware UTC) that a field names; it may lie behind. None where it names none, or says more than one."""
    said = fold(text).text.strip()
    if said in _NOW:
        return now
    later = _LATER.fullmatch(said)
    minutes = read_duration(later["long"] or later["en"]) if later else None
    if minutes:
        return now + timedelta(minutes=minutes)
    here = now.astimezone(zone)
    day, said = _day(said, here.date())
    part, said = _taken(_PART, said)
    clock, said = _taken(_CLOCK, said)
    tonight = part is None and "tonight" in text.lower()
    if day is None or _FILLER.sub("", said) or not (part or clock):
        return None
    meant = _clock(clock) if clock else None
    if meant and meant.hour > 24:
        return None
    which: Part | None = PARTS[part[0]] if part else "evening" if tonight else None
    return ahead_on(day, which, meant, zone).astimezone(UTC)


def _taken(pattern: re.Pattern[str], said: str) -> tuple[re.Match[str] | None, str]:
    """What the pattern finds, and the text without it."""
    found = pattern.search(said)
    return found, f"{said[: found.start()]} {said[found.end() :]}" if found else said


def _day(said: str, today: date) -> tuple[date | None, str]:
    """The day that is said, today where none is; None where it is no day of the calendar."""
    dated, left = _taken(_DATE, said)
    if dated:
        return _nearest(dated["y"], int(dated["mo"]), int(dated["d"]), today), left
    week, left = _taken(_WEEKDAY, said)
    if week:
        number = "一二三四五六日".find(week["n"].replace("天", "日"))
        if week["next"]:
            return today + timedelta(days=7 - today.weekday() + number), left
        return today + timedelta(days=(number - today.weekday()) % 7), left
    spoken_day, left = _taken(_DAY, said)
    if spoken_day:
        word = spoken_day["word"]
        return today + timedelta(days=_DAYS[word if word.isascii() else word[0]]), left
    return today, said


def _nearest(year: str | None, month: int, day: int, today: date) -> date | None:
    found = []
    for candidate in (int(year),) if year else (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(candidate, month, day))
        except ValueError:
            continue
    return min(found, key=lambda one: abs(one - today), default=None)


def _clock(found: re.Match[str]) -> Clock:
    half = (found["half"] or found["ehalf"] or "")[:1]
    if found["sh"]:
        minute = 30 if found["to"] else 15 * _number(found["quarter"]) if found["quarter"] else _number(found["sm"])
        return Clock(_number(found["sh"]), minute)
    return Clock(int(found["h"] or found["eh"]), int(found["m"] or 0), half="am" if half == "a" else "pm" if half == "p" else "")


def _number(words: str | None) -> int:
    if not words:
        return 0
    return int(words) if words.isdecimal() else int(spoken(words) or 0)
