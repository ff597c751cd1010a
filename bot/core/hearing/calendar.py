"""What a day, a part of the day and a clock said by somebody mean, seen from the moment they said it.

A start lies in the past: of several readings the latest that is not in the future holds. Where people give no clock, a convention
stands in and the time is marked vague: 凌晨 03:00, 清晨 06:00, 早上 08:00, 上午 10:00, 中午 12:00, 下午 15:00, 傍晚 18:00, 晚上 21:00,
半夜 00:00, a day alone 12:00; never later than now. An hour without part of day (8 点, 8:20) is the half of the day that was last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

Part = Literal["small", "dawn", "morning", "forenoon", "noon", "afternoon", "dusk", "evening", "night"]

PARTS: dict[str, Part] = {
    "凌晨": "small", "清晨": "dawn", "清早": "dawn", "一早": "morning", "一大早": "morning", "大清早": "dawn",
    "早上": "morning", "早晨": "morning", "早": "morning",
    "晨": "morning", "上午": "forenoon", "中午": "noon", "午间": "noon", "下午": "afternoon", "午后": "afternoon",
    "傍晚": "dusk", "晚上": "evening", "晚间": "evening", "晚": "evening", "夜": "night", "夜里": "night", "夜间": "night", "半夜": "night",
    "后半夜": "small", "深夜": "night", "午夜": "night", "大半夜": "night",
    "morning": "morning", "noon": "noon", "afternoon": "afternoon", "evening": "evening", "night": "evening", "midnight": "night",
}  # fmt: skip
_CONVENTION: dict[Part, int] = {
    "small": 3, "dawn": 6, "morning": 8, "forenoon": 10, "noon": 12, "afternoon": 15, "dusk": 18, "evening": 21, "night": 24,
}  # fmt: skip
_BEGINS: dict[Part, int] = {
    "small": 0, "dawn": 4, "morning": 5, "forenoon": 8, "noon": 11, "afternoon": 12, "dusk": 16, "evening": 18, "night": 22,
}  # fmt: skip
_SOON = timedelta(minutes=2)
_FRESH = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as said. `spoken`: one of the two halves of the day may be meant (8 点, 8:20); `half` is an am or pm that was said."""

    hour: int
    minute: int = 0
    second: int = 0
    spoken: bool = False
    half: Literal["am", "pm", ""] = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The moment (in the zone of the speaker) that words stand for, and whether a convention had to stand in."""

    at: datetime
    vague: bool


def resolve(day: date | None, part: Part | None, clock: Clock | None, now: datetime) -> Reading | None:
    """The latest past moment that fits; None where the words can only mean the future or no moment at all."""
    if clock and not (clock.hour <= 24 and clock.minute < 60 and clock.second < 60):
        return None
    if clock is None:
        return _by_convention(day, part, now)
    return _by_clock(day, part, clock, now)


def _by_convention(day: date | None, part: Part | None, now: datetime) -> Reading | None:
    for base in _bases(day, now):
        begins, stands = (_BEGINS[part], _CONVENTION[part]) if part else (0, 12)
        if _moment(base, begins, now.tzinfo) <= now:
            return Reading(min(_moment(base, stands, now.tzinfo), now), True)
    return None


def _by_clock(day: date | None, part: Part | None, clock: Clock, now: datetime) -> Reading | None:
    moments = sorted((m for m in _moments(day, part, clock, now) if m <= now + _SOON), reverse=True)
    if not moments:
        return None
    if not (clock.spoken and part is None and not clock.half and 0 < clock.hour <= 12):
        return Reading(moments[0], False)
    return Reading(moments[0], now - moments[0] > _FRESH)


def _moments(day: date | None, part: Part | None, clock: Clock, now: datetime) -> Iterator[datetime]:
    for base in _bases(day, now):
        for hour in _hours(part, clock):
            yield _moment(base, hour, now.tzinfo) + timedelta(minutes=clock.minute, seconds=clock.second)


def _bases(day: date | None, now: datetime) -> tuple[date, ...]:
    return (day,) if day else (now.date(), now.date() - timedelta(days=1))


def _hours(part: Part | None, clock: Clock) -> tuple[int, ...]:
    """Hours counted from the day's midnight; 24 and more are the night after it (昨晚 1 点 is today's 01:00)."""
    hour = clock.hour
    if clock.half:
        return (hour % 12 + (12 if clock.half == "pm" else 0) if hour <= 12 else hour,)
    match part:
        case None:
            return (hour, hour % 12 + 12) if clock.spoken and 0 < hour <= 12 else (hour,)
        case "small" | "dawn":
            return (0 if hour == 12 else hour,)
        case "morning" | "forenoon":
            return (hour,)
        case "noon":
            return (hour + 12 if hour < 4 else hour,)
        case "afternoon" | "dusk":
            return (hour + 12 if hour < 12 else hour,)
        case "evening":
            return (hour + 24,) if hour < 5 else (hour % 12 + 12 + (12 if hour == 12 else 0),) if hour <= 12 else (hour,)
        case "night":
            return (hour + 24, hour) if hour < 6 else (24, 0) if hour == 12 else (hour % 12 + 12,) if hour < 12 else (hour,)


def _moment(day: date, hour: int, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(0), zone) + timedelta(hours=hour)


def ahead_on(day: date, part: Part | None, clock: Clock | None, zone: tzinfo) -> datetime:
    """The moment that is named on a day, wherever it lies. Without a clock the convention of the part of the day, else noon."""
    hour = _hours(part, clock)[0] if clock else _CONVENTION[part] if part else 12
    return _moment(day, hour, zone) + timedelta(minutes=clock.minute if clock else 0)


_OLDEST = timedelta(days=92)


def dated(year: int | None, month: int, day: int, today: date) -> date | None:
    """A day of the calendar. Without a year it is the last such day, and none if that is more than a quarter ago (3-5 is no date)."""
    for candidate in (year,) if year else (today.year, today.year - 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or timedelta(0) <= today - found <= _OLDEST:
            return found
    return None


def weekday(number: int, weeks_back: int, today: date) -> date:
    """The last such weekday, today included; with 上周 the one of the calendar week before, with 上上周 of the one before that."""
    if weeks_back:
        return today - timedelta(days=today.weekday() + 7 * weeks_back - number)
    return today - timedelta(days=(today.weekday() - number) % 7)


def day_of_month(number: int, today: date) -> date | None:
    """The last such day of a month: on the 3rd, 30 号 is last month's."""
    before = today.replace(day=1) - timedelta(days=1)
    for month in (today, before):
        try:
            found = month.replace(day=number)
        except ValueError:
            continue
        if found <= today:
            return found
    return None
