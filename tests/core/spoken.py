"""The words and tables that the ear is tried with."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from bot.core.hearing import Vocabulary, Word

SHANGHAI = ZoneInfo("Asia/Shanghai")


def table(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((Path(__file__).parent / name).read_text(encoding="utf-8"))


def spoken_vocabulary() -> Vocabulary:
    rows = table("hearing_vocabulary.yaml")["words"]
    return Vocabulary(tuple(Word(alias, kind, id, tuple(links)) for kind, id, links, aliases in rows for alias in aliases))
