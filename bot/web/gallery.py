"""Every card of every view by its examples, in the sandbox's look: for judging words and structure, and for the docs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bot.cards.model import Card
from bot.html.ink import Viewer
from bot.html.phrases import words_for
from bot.words import Language

Examples = Callable[[], Sequence[tuple[str, Sequence[tuple[str, Card]]]]]


def gallery(examples: Examples, viewer: Callable[[Language], Viewer], html: Environment) -> APIRouter:
    """`examples`: (view, ((name of the example, card), …)) in the order to be shown."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sandbox/gallery", response_model=None)
    def page(language: Language = "zh-CN", both: bool = False) -> HTMLResponse:
        looker = viewer(language)
        viewers = [(looker, "zh-CN" if language == "zh-CN" else "en")]
        if both:
            other: Language = "en" if language == "zh-CN" else "zh-CN"
            viewers.append((viewer(other), other))
        words = words_for(looker)
        drawn = [
            (
                view,
                [
                    (name, [(words_for(each)["card"](card, f"{view}-{name}-{tongue}"), tongue) for each, tongue in viewers])
                    for name, card in cards
                ],
            )
            for view, cards in examples()
        ]
        return HTMLResponse(html.get_template("gallery.html").render(**words, views=drawn, both=both))

    return router
