"""What is wrong with a plan, and where, in one line a person can act on."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PlanError:
    """`data/plan/severities.yaml:14:9: groups: no group "tehnical", did you mean "technical"?`"""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.path + ': ' if self.path else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path; `at_key`: it is the key that is wrong, not its value."""

    path: Path
    message: str
    at_key: bool = False


class PlanErrors(Exception):
    """A plan that cannot hold, with everything that is wrong with it."""

    def __init__(self, errors: tuple[PlanError, ...]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


def spelled(path: Path) -> str:
    """A path of keys as people write it: severities.major.ladder_min[0]."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def near(word: object, known: list[str]) -> str | None:
    """The known word that was probably meant: spelt almost so, or beginning so."""
    meant = str(word)[:80].casefold()
    found = process.extractOne(meant, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=60)
    if found:
        return found[0]
    return next((name for name in known if len(meant) > 2 and name.casefold().startswith(meant)), None)


def nearest(word: object, known: list[str]) -> str:
    """`, did you mean "technical"?` when something near is known, else nothing."""
    found = near(word, known)
    return f', did you mean "{found}"?' if found else ""
