"""Typed text made comparable: full-width to half-width, capitals to small, zero-width signs gone, each place still known."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_TRADITIONAL = str.maketrans(
    "剛點鐘單倉庫貨車網現開後時間從約級話廣業務號臺兩個們係統帳錯報線斷電溫掃碼訂區東華運輸週禮",
    "刚点钟单仓库货车网现开后时间从约级话广业务号台两个们系统账错报线断电温扫码订区东华运输周礼",
)
_FOLD = _FULL_WIDTH | _TRADITIONAL
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is folded; `places[i]` is where its i-th character stands in `typed`."""

    typed: str
    text: str
    places: tuple[int, ...]

    def as_typed(self, start: int, end: int) -> str:
        """The characters of a folded stretch as the person typed them."""
        if start >= end:
            return ""
        return self.typed[self.places[start] : self.places[end - 1] + 1]


def fold(typed: str) -> Folded:
    """One folded character for each visible typed one, so that every stretch found can be quoted as it was typed.

    White space in a row is one, which also bounds the work of every pattern that allows some.
    """
    places: list[int] = []
    folded: list[str] = []
    for place, character in enumerate(typed.translate(_FOLD)):
        if character in _INVISIBLE:
            continue
        if character.isspace():
            if folded and folded[-1] in " \n":
                folded[-1] = "\n" if character == "\n" else folded[-1]
                continue
            character = "\n" if character == "\n" else " "
        small = character.lower()
        places.append(place)
        folded.append(small if len(small) == 1 else character)
    return Folded(typed, "".join(folded), tuple(places))


def short(symptom: str, n: int) -> str:
    """At most `n` visible characters of a symptom in one line, for a title: never cut inside an emoji or an accented letter.

    Control and direction-changing signs are left out, since a title stands among other people's words. The symptom keeps them.
    """
    one_line = " ".join("".join(_title_character(character) for character in symptom).split())
    seen: list[str] = []
    for cluster in _clusters(one_line):
        seen.append(cluster)
        if len(seen) > n:
            return "".join(seen[: max(n - 1, 0)]).rstrip() + "…" if n > 0 else ""
    return one_line


def _title_character(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs"):
        return " "
    if character == "\u200d" or character not in _INVISIBLE:
        return character
    return ""


def _clusters(text: str) -> Iterator[str]:
    """Characters with what belongs to them: marks, variation signs, skin tones, joined emoji, the two letters of a flag."""
    cluster = ""
    for character in text:
        if cluster and not _continues(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


_LONGEST_CLUSTER = 32


def _continues(cluster: str, character: str) -> bool:
    if len(cluster) >= _LONGEST_CLUSTER:
        return False
    code = ord(character)
    if character == "\u200d" or cluster[-1] == "\u200d":
        return True
    if unicodedata.category(character) in ("Mn", "Me", "Mc") or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:
        return True
    return len(cluster) == 1 and _is_flag_letter(cluster) and _is_flag_letter(character)


def _is_flag_letter(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF
