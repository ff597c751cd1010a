"""The static files: small, balanced, our own or with their licence beside them."""

from __future__ import annotations

import re

from bot.html.render import ICONS
from bot.web.templates import STATIC, static
from tests.sandbox.toy import ROOT


def test_every_brace_of_the_stylesheet_is_closed() -> None:
    css = (STATIC / "fenghuo.css").read_text("utf-8")
    assert css.count("{") == css.count("}")
    assert "http" not in css
    assert "url(" not in css


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'id="i-([a-z]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "templates/web").glob("*.html"))
    assert set(re.findall(r"""icon\(["']([a-z]+)["']\)""", pages)) | ICONS <= drawn


def test_what_is_not_ours_has_its_licence_beside_it() -> None:
    assert "Permission to use" in (STATIC / "htmx.LICENSE.txt").read_text("utf-8")


def test_a_file_is_asked_for_by_its_content() -> None:
    assert re.fullmatch(r"/static/fenghuo\.css\?v=[0-9a-f]{10}", static("fenghuo.css"))
