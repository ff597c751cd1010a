"""Words that do not belong in a text to the outside: where they stand, why, and what to say instead (clause 2.4-6).

The plan says which words (`comms.wording`). The bot adds what it knows by itself: the people of the plan for rules of kind `names`, that
a cause may be said once one is proven, that a published number is no secret, that a figure with an as-of time is no rumour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.core.incident import Incident
from bot.plan.schema import Plan, WordingRule
from bot.words import Bi, Language

PASSES = 4  # of better wordings, each of which might bring another word together; what is left then goes out
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Remark:
    """`text[start:end] == word`. better: what to put in its place, "" to leave it out, None where a person has to think."""

    start: int
    end: int
    word: str
    rule: str  # id in the plan's comms.wording
    better: str | None
    advice: Bi
    forbids: bool  # no reason excuses it


def remarks(
    text: str, language: Language, plan: Plan, state: Incident | None, audience: str = "", *, proven: bool = False
) -> tuple[Remark, ...]:
    """From left to right, none over another: what forbids comes before what asks, the longer before the shorter.

    A cause may be said when one is `proven`, or the incident has proven one. Without an audience every rule is looked at.
    """
    proven = proven or (state is not None and any(cause.state == "proven" for cause in state.causes))
    sought = _sought(text, plan)
    found = [
        (rank, _remark(rule, text, start, end, language))
        for rank, rule in enumerate(plan.comms.wording.values())
        if (not rule.audiences or not audience or audience in rule.audiences) and not (rule.kind == "cause" and proven)
        for start, end in _found(rule, sought, plan)
    ]
    found.sort(key=lambda each: (not each[1].forbids, each[1].start - each[1].end, each[0], each[1].start))
    kept: list[Remark] = []
    for _, remark in found:
        if all(remark.end <= other.start or other.end <= remark.start for other in kept):
            kept.append(remark)
    return tuple(sorted(kept, key=lambda remark: remark.start))


def improved(text: str, language: Language, plan: Plan, state: Incident | None, audience: str = "") -> str:
    """The text with every better wording in place; nothing else of it changes, but for the space beside a word that is left out."""
    turn = 0
    while fixable := [remark for remark in remarks(text, language, plan, state, audience) if remark.better is not None]:
        for remark in reversed(fixable):
            text = _put(text, remark, remark.better or "" if turn < PASSES else "")
        turn += 1
    return text


def _put(text: str, remark: Remark, better: str) -> str:
    before, after = text[: remark.start], text[remark.end :]
    if not better and after.startswith(" ") and (not before or before[-1].isspace()):
        after = after[1:]
    if not better and before.endswith(" ") and after[:1] in (".", ",", ";"):
        before = before[:-1]
    if remark.word[:1].isupper() and (not before.strip() or before.rstrip(" ")[-1:] in (".", "?", "!", "\n")):
        better = better[:1].upper() + better[1:]
    return before + better + after


def _remark(rule: WordingRule, text: str, start: int, end: int, language: Language) -> Remark:
    word = text[start:end]
    key = _key(word)
    default = None if rule.instead is None else _said(rule.instead, language)
    better = next((_said(said, language) for wrong, said in rule.better.items() if _key(wrong) == key), default)
    return Remark(start, end, word, rule.id, better, rule.advice, rule.forbids)


def _said(better: Bi | None, language: Language) -> str:
    return "" if better is None else better.zh if language == "zh-CN" else better.en


def _key(word: str) -> str:
    """As words are compared: capitals, curly apostrophes and line breaks make no other word."""
    return " ".join(word.replace("’", "'").casefold().split())


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is looked through: the text, the same in small letters at the same places, and where published numbers stand in it."""

    text: str
    lowered: str
    published: tuple[tuple[int, int], ...]


def _sought(text: str, plan: Plan) -> _Sought:
    lowered = _small(text)
    return _Sought(text, lowered, tuple(_words(plan.comms.published, lowered)))


def _small(text: str) -> str:
    """In small letters, each where it was; the few letters that grow on the way stay as they are."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_LOWER)


def _found(rule: WordingRule, sought: _Sought, plan: Plan) -> Iterator[tuple[int, int]]:
    names = _names(plan) if rule.kind == "names" else ()
    spans = [*_words((*rule.words, *rule.words_en, *names), sought.lowered), *_patterns(rule.patterns, sought.lowered)]
    if not spans:
        return
    unless = list(_words(rule.unless, sought.lowered))
    for start, end in spans:
        known = any(low <= start and end <= high for low, high in (*unless, *sought.published))
        if known or _published(sought.text[start:end], plan):
            continue
        if not (rule.kind == "numbers" and _dated(unless, _sentence(sought.text, start, end))):
            yield start, end


def _dated(said: list[tuple[int, int]], sentence: tuple[int, int]) -> bool:
    return any(sentence[0] <= low and high <= sentence[1] for low, high in said)


def _names(plan: Plan) -> tuple[str, ...]:
    return tuple(name for person in plan.people.values() for name in (person.name, person.name_en))


def _published(word: str, plan: Plan) -> bool:
    """A telephone number that the plan publishes, however it is grouped."""
    digits = _digits(word)
    return len(digits) >= 5 and any(_digits(known) == digits for known in plan.comms.published)


def _digits(word: str) -> str:
    return "".join(sign for sign in word if "0" <= sign <= "9")


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    low = max((found.end() for found in _SENTENCE_END.finditer(text, 0, start)), default=0)
    after = _SENTENCE_END.search(text, end)
    return low, after.start() if after else len(text)


def _words(words: tuple[str, ...], lowered: str) -> Iterator[tuple[int, int]]:
    """Chinese anywhere, what begins or ends with a Latin letter or a digit as whole words."""
    pattern, at = _compiled(words), 0
    while found := pattern.search(lowered, at):
        start, end = found.span()
        inside = start > 0 and _latin(lowered[start]) and _latin(lowered[start - 1])
        if not inside:
            yield start, end
        at = start + 1 if inside else end


def _latin(sign: str) -> bool:
    return sign.isascii() and (sign.isalnum() or sign == "_")


@lru_cache(maxsize=64)
def _compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    """The longest first. It begins with the words themselves, so that the search leaps from first letter to first letter."""
    known = sorted({" ".join(_small(word).split()) for word in words if word.strip()}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_whole, known))) if known else _NEVER


def _whole(word: str) -> str:
    inner = r"\s+".join(re.escape(part) for part in word.split(" ")).replace("'", "['’]")
    return inner + (r"(?![a-z0-9_])" if _latin(word[-1]) else "")


def _patterns(patterns: tuple[str, ...], lowered: str) -> Iterator[tuple[int, int]]:
    for pattern in patterns:
        for found in _expression(pattern).finditer(lowered):
            if found.end() > found.start():
                yield found.span()


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    """The plan's check has refused what is no regular expression; one that slipped by finds nothing."""
    try:
        return re.compile(pattern)
    except re.error:
        return _NEVER
