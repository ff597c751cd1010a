"""Numbers and durations as people write them: 3.2 万, 1,200, ¥86,420, 三千, 一个半小时, 1h30m, half an hour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.core.hearing.folding import fold

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3, "廿": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000, "k": 1000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
_ENGLISH: dict[str, int | Decimal] = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60,
    "half": Decimal("0.5"), "half a": Decimal("0.5"), "half an": Decimal("0.5"), "a few": 5, "few": 5, "several": 5, "a couple of": 2,
    "a couple": 2,
}  # fmt: skip

CHINESE = "零〇一二两俩三四五六七八九十百千万"
_INDEFINITE = "几数"


def spoken(words: str) -> Decimal | None:
    """A number in Chinese characters: 四十五, 三千二, 一百零八, 二零 (digit by digit). Two neighbours (七八) give the first."""
    if not words or any(c not in _DIGITS and c not in "十百千万亿" for c in words):
        return None
    if all(c in _DIGITS for c in words):
        neighbours = len(words) == 2 and 0 < _DIGITS[words[0]] == _DIGITS[words[1]] - 1
        return Decimal(_DIGITS[words[0]]) if neighbours else Decimal("".join(str(_DIGITS[c]) for c in words[:15]))
    total, section, digit, scale = 0, 0, 0, 1
    for c in words:
        if c in _DIGITS:
            digit = _DIGITS[c]
            scale = 10 if c == "零" else scale
        elif c in "万亿":
            scale = _SCALES[c]
            total, section, digit = total + (section + digit or 1) * scale, 0, 0
        else:
            scale = _SCALES[c]
            section, digit = section + (digit or 1) * scale, 0
    tail = digit * (scale // 10) if words[-1] in _DIGITS and scale >= 100 and "零" not in words[-2:] else digit
    return Decimal(total + section + tail)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of an impact report with what it counts: Figure(Decimal(32000), "元"). The text is as typed."""

    value: Decimal
    unit: str
    text: str


_FIGURE = re.compile(
    r"(?P<sign>-|负|零下)?\s*(?P<money>¥|￥|rmb|cny|\$)?\s*"
    r"(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d{1,9})?|\d{1,15}(?:\.\d{1,9})?)|(?P<words>[零〇一二两俩三四五六七八九十百千万亿]{1,15}))"
    r"\s*(?:(?P<more>多|来|几|余)\s*)?(?P<scale>万亿|千万|百万|十万|亿|万|千|百|[kw](?![a-z]))?(?:多|来|余)?\s*"
    r"(?P<unit>%|[a-z]{1,12}|[^\W\d_]{0,4})"
)


def read_figure(text: str) -> Figure | None:
    """The first number of a text and its unit; None where there is none."""
    folded = fold(text)
    found = _FIGURE.search(folded.text)
    if not found:
        return None
    written = found["digits"]
    value = Decimal(written.replace(",", "")) if written else spoken(found["words"])
    if value is None:
        return None
    for scale in found["scale"] or "":
        value *= _SCALES[scale]
    money = "" if not found["money"] else "$" if found["money"] == "$" else "元"
    unit = folded.as_typed(found.start("unit"), found.end("unit")) or money
    return Figure(-value if found["sign"] else value, unit, folded.as_typed(found.start(), found.end()).strip())


def read_number(text: str) -> Decimal | None:
    """The first number of a text without its unit: read_number("3.2 万") == 32000."""
    figure = read_figure(text)
    return figure.value if figure else None


@dataclass(frozen=True, slots=True)
class Amount:
    """A stretch of time in minutes. `vague` where the person said 多, 几, 左右 or the like."""

    minutes: Decimal
    vague: bool


_N = rf"(?:(?<!\d)\d{{1,4}}(?:\.\d{{1,3}})?|(?<![{CHINESE}])[{CHINESE}]{{1,5}}|十[几来]|好?几十?|数十?|半)"
_EN = r"(?:(?<!\d)\d{1,4}(?:\.\d{1,3})?|half an?|a few|a couple of|" + "|".join(w for w in _ENGLISH if w.isalpha() or "-" in w) + ")"
AMOUNT = (
    rf"(?:(?P<d>(?!半){_N})\s*(?P<d_more>多|来)?\s*天(?!气|河|猫)"
    rf"|(?P<h>{_N})\s*(?P<h_more>多|来)?\s*个?\s*(?P<h_half>半|多)?\s*(?:小时|钟头|钟(?!表))"
    rf"(?:\s*(?P<h_late>半|多)|\s*[零又]?\s*(?P<hm>{_N})\s*分钟?)?"
    rf"|(?P<q>{_N})\s*刻钟"
    rf"|(?P<m>{_N})\s*(?P<m_more>多|来)?\s*(?:分钟|分(?=\s*(?:之|以)?前)|min(?![a-z])|mins(?![a-z]))(?P<m_late>多)?"
    rf"|(?P<s>{_N})\s*(?:秒钟?|sec(?:ond)?s?(?![a-z]))"
    rf"|(?<![a-z])(?:(?P<eh_half>(?:an|one|1)\s+hour\s+and\s+a\s+half)"
    rf"|(?P<eh>{_EN})\s*(?P<eh_and>and\s+a\s+half\s*)?-?\s*(?:hours?|hrs?|h)(?![a-z])(?:\s*(?P<ehm>\d{{1,3}})\s*(?:minutes?|mins?|m)?(?![a-z\d]))?"
    rf"|(?P<em>{_EN})\s*-?\s*(?:minutes?|mins?|m)(?![a-z])"
    rf"|(?P<ed>{_EN})\s*-?\s*(?:days?|d)(?![a-z])))"
)


UNIT = re.compile(r"天|小时|钟|分|秒|hour|hr|min|day|sec|\d\s?[hmd](?![a-z])")
"""Without one of these a text has no stretch of time in it, and the dearer patterns need not look."""


def amount(found: re.Match[str]) -> Amount | None:
    """The stretch that a match of AMOUNT says."""
    part = found.groupdict()
    if part["eh_half"]:
        return Amount(Decimal(90), False)
    for key, size in (("d", 1440), ("h", 60), ("q", 15), ("m", 1), ("s", Decimal(1) / 60), ("eh", 60), ("em", 1), ("ed", 1440)):
        if part[key]:
            return _sized(part, key, Decimal(size))
    return None


def _sized(part: dict[str, str | None], key: str, size: Decimal) -> Amount | None:
    words = part[key] or ""
    number = _count(words)
    if number is None:
        return None
    halves = part["h_half"] == "半" or part["h_late"] == "半" or bool(part["eh_and"])
    minutes = number * size + (Decimal(30) if halves and key in ("h", "eh") else 0)
    for rest in (part["hm"], part["ehm"]):
        minutes += (_count(rest) or 0) if rest and key in ("h", "eh") else 0
    more = any(part[name] in ("多", "来") for name in ("d_more", "h_more", "h_half", "h_late", "m_more", "m_late"))
    unsure = any(c in _INDEFINITE + "来" for c in words) or words in ("a few", "few", "several", "a couple of", "a couple")
    return Amount(minutes, more or unsure or _is_pair(words))


def _is_pair(words: str) -> bool:
    """两三, 七八, 三四十: two neighbours said together."""
    digits = [_DIGITS[c] for c in words if c in _DIGITS]
    return len(digits) == 2 and "零" not in words and digits[0] + 1 == digits[1] and words[:2] == words[:2].strip("十百千万")


def _count(words: str) -> Decimal | None:
    if words[0].isdigit():
        return Decimal(words)
    if words == "半":
        return Decimal("0.5")
    if words in _ENGLISH:
        return Decimal(_ENGLISH[words])
    indefinite = {"几": 5, "好几": 5, "数": 5, "几十": 30, "好几十": 30, "数十": 30, "十几": 15, "十来": 10}
    if words in indefinite:
        return Decimal(indefinite[words])
    if _is_pair(words) and words[-1] in "十百千":
        return spoken(words[1:])
    if _is_pair(words):
        return Decimal(_DIGITS[words[1]])
    return spoken(words)


_AMOUNT = re.compile(AMOUNT)
_BARE = re.compile(r"\s*(\d{1,5}(?:\.\d{1,3})?)\s*")


def read_duration(text: str) -> int | None:
    """Whole minutes: "10 分钟", "半小时", "1h", "1h30m", "两个半小时"; a number alone is minutes. None where nothing can be read."""
    folded = fold(text).text
    bare = _BARE.fullmatch(folded)
    if bare:
        return _whole(Decimal(bare[1]))
    found = _AMOUNT.search(folded)
    said = amount(found) if found else None
    return _whole(said.minutes) if said else None


def _whole(minutes: Decimal) -> int:
    return max(round(minutes), 1) if minutes else 0
