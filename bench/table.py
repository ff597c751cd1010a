"""One line per figure: what, how much, and against which bound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    figure: str
    bound: str = ""


def draw(rows: list[Row]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*((row.what, row.figure, row.bound) for row in rows), strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip((r.what, r.figure, r.bound), widths, strict=True)).rstrip() for r in rows
    )
