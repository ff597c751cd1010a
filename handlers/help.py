"""Help: every verb with an example, made from the table itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.cards.views import reference
from bot.service import Service
from bot.talk import Answer, Private, Request
from handlers.verb import Verb


def helper(verbs: Callable[[], Sequence[Verb]]) -> Callable[[Request, Service], Answer]:
    """A help handler over a table that will contain it."""

    def help_(request: Request, service: Service) -> Answer:
        """能做什么，怎么说。
        What can be said, and how.
        帮助
        """
        rows = tuple((f"{verb.zh} / {verb.en}", verb.help, verb.usage) for verb in verbs())
        page = request.args.get("page", "") or request.words.strip()
        return Private(reference.help(rows, int(page) if page.isdigit() else 1))

    return help_
