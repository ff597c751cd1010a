"""What every page template may say to one viewer."""

from __future__ import annotations

from typing import Any

from bot.html.ink import Viewer, ink, plain
from bot.html.render import badge, draw, still
from bot.words import line


def words_for(viewer: Viewer) -> dict[str, Any]:
    """What every template may say: t() a sentence as HTML, s() the same for attributes, ink() and plain() for texts, cards, badges."""
    return {
        "viewer": viewer,
        "t": lambda key, **args: ink(line(key, **args), viewer),
        "s": lambda key, **args: plain(line(key, **args), viewer),
        "ink": lambda text: ink(text, viewer),
        "plain": lambda text: plain(text, viewer),
        "badge": lambda severity: badge(severity, viewer),
        "card": lambda card, ident: draw(card, ident, viewer),
        "still": lambda card, ident: draw(still(card), ident, viewer),
    }
