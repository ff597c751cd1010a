"""The one set of page templates: everything is escaped, an unknown name is an error, and no address leaves this host."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.html.ink import LOGO, icon
from bot.html.render import pressing

STATIC = Path(__file__).parent / "static"


@cache
def static(name: str) -> str:
    """The address of a static file with its content's hash, so that browsers keep it for ever and never have an old one."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def environment(folder: Path) -> Environment:
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(icon=icon, LOGO=LOGO, static=static, pressing=pressing, Markup=Markup)
    made.filters["epoch"] = _epoch
    return made


def _epoch(at: datetime) -> int:
    return int(at.timestamp() * 1000)
