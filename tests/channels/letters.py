"""A letter as the core makes it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.catalogue import Catalogue, render
from bot.core.outward.letter import Letter
from bot.words import Bi, Language, Text
from tests.house.tree import HOUSE as ROOT

NOW = datetime(2026, 11, 23, 12, 46, tzinfo=UTC)
KEY = "INC-1/n1/d1"
HOUSE = "a word of this house"


def letter(**changed: Any) -> Letter:
    given: dict[str, Any] = {
        "subject": "服务异常通知", "text": "上海地区下单失败。\n您可以拨打 400-000-0000 下单。\n.", "language": "zh-CN",
        "audience": "customers", "phase": "initial", "to": "ops@shop.example.com", "contact_name": "某连锁超市", "via": "mail",
        "record": "INC-1", "at": NOW, "next_at": None, "components": ("ordering",), "level": "major", "contact": "shop",
        "title": Bi("服务异常通知", "Service disruption"), "both": Bi("上海地区下单失败。", "Ordering fails in Shanghai."),
    }  # fmt: skip
    return Letter(**{**given, **changed})


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(ROOT / "data" / "locale" / "en")


def said(text: Text, language: Language = "zh-CN") -> str:
    return render(text, language, ZoneInfo("UTC"), {}, _catalogue())
