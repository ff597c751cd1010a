"""Who is who: the plan's people and Slack's users, each asked for once and then known for good.

The plan's own identities come first, then what was bound, then the e-mail. A Slack user whom the plan does not know is a guest,
`slack:U…`. Belongs to one event loop, but for `handle`, which any thread may ask.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.errors import Later, Never, Refused
from bot.effects import PersonId
from bot.platforms.slack.faults import Denied
from bot.platforms.slack.web import Web, dig
from bot.words import Language, line

log = logging.getLogger("fenghuo.slack")

User = str
GUEST = "slack:"
MISS = 600.0  # seconds until somebody who was not found is looked for again
MET = 3600.0  # seconds until a guest's name is read again
GLANCE = 1.5  # seconds that somebody who pressed a button can wait to be recognised; Slack gives three in all
LEISURE = 2.0  # seconds between the looks of `prefetch`, which leaves most of the 50 a minute to those in a hurry
NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible"})


@dataclass(frozen=True, slots=True)
class Roll:
    """What the house knows of people. `identity`, `person_of`, `email` and `by_email` answer from memory; `bind` and `met` may write.

    identity: person -> "U…". person_of: "U…" -> person. by_email takes any case. people: all of the plan. met: "U…", name, language.
    """

    identity: Callable[[PersonId], User | None]
    person_of: Callable[[User], PersonId | None]
    email: Callable[[PersonId], str | None]
    by_email: Callable[[str], PersonId | None]
    people: Callable[[], Sequence[PersonId]]
    bind: Callable[[PersonId, User], None]
    met: Callable[[User, str, Language], None]
    missed: Callable[[PersonId], None] = lambda person: None


class Book:
    """`clock` counts seconds, `sleep` lets them pass."""

    def __init__(
        self,
        web: Web,
        roll: Roll,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        glance: float = GLANCE,
    ) -> None:
        self._web, self._roll, self._clock, self._sleep = web, roll, clock, sleep
        self.glance = glance
        self._found: dict[PersonId, User] = {}
        self._missed: dict[PersonId, float] = {}
        self._met: dict[User, float] = {}
        self._asking: dict[str, asyncio.Task[Any]] = {}

    # --- the plan's people as Slack's users ---------------------------------------------------------------------------------

    def handle(self, person: PersonId) -> User | None:
        """The person's Slack user as far as it is known now."""
        if person.startswith(GUEST):
            return person.removeprefix(GUEST)
        return self._roll.identity(person) or self._found.get(person)

    async def user(self, person: PersonId) -> User | None:
        """The person's Slack user; None when Slack has none with their e-mail, or the plan no e-mail."""
        known = self.handle(person)
        if known is not None:
            return known
        email = self._roll.email(person)
        if email is None or self._clock() < self._missed.get(person, 0.0):
            return None
        found: User | None = await self._once(f"email {person}", lambda: self._look_up(person, email))
        return found

    async def users(self, people: Iterable[PersonId]) -> dict[PersonId, User]:
        """Those who have one."""
        found, trouble = await self.seek(people)
        if trouble is not None:
            raise trouble
        return found

    async def seek(self, people: Iterable[PersonId]) -> tuple[dict[PersonId, User], Later | Never | None]:
        """Those who have one, and what came between us and the others: the one who cannot be found does not hide the rest."""
        wanted = tuple(dict.fromkeys(people))
        found: dict[PersonId, User] = {}
        troubles: list[Later | Never] = []
        for person, user in zip(wanted, await asyncio.gather(*map(self.user, wanted), return_exceptions=True), strict=True):
            match user:
                case str():
                    found[person] = user
                case Later() | Never():
                    troubles.append(user)
                case BaseException():
                    raise user
        return found, next(iter(troubles), None)

    async def prefetch(self) -> None:
        """Find everybody of the plan, one after the other, before they are needed. What cannot be found now is found when asked for."""
        for person in self._roll.people():
            if self.handle(person) is not None or self._roll.email(person) is None:
                continue
            try:
                await self.user(person)
            except Later as later:
                await self._sleep(later.seconds or MISS / 10)
            except Never as never:
                log.warning("people of the plan cannot be looked up on Slack: %s", never)
                return
            await self._sleep(LEISURE)

    async def _look_up(self, person: PersonId, email: str) -> User | None:
        try:
            answer = await self._web.call("users.lookupByEmail", email=email)
        except Denied as denied:
            if denied.code not in NOBODY:
                raise
            self._missed[person] = self._clock() + MISS
            await asyncio.to_thread(self._roll.missed, person)
            return None
        user = dig(answer, "user", "id")
        await self._bind(person, user)
        return user

    async def _bind(self, person: PersonId, user: User) -> None:
        self._found[person] = user
        self._missed.pop(person, None)
        try:
            await asyncio.to_thread(self._roll.bind, person, user)
        except Refused as refused:
            log.warning("%s is not kept as %s: %s", user, person, refused)

    # --- Slack's users as people --------------------------------------------------------------------------------------------

    async def person(self, user: User) -> PersonId:
        """The person of the plan, else a guest. Refused for bots and for accounts that were switched off: those are nobody.

        When Slack does not answer in time, they are a guest this once: what a guest may do (report) is better than nothing.
        """
        known = self._known(user)
        if known is not None:
            return known
        try:
            async with asyncio.timeout(self.glance):
                person: PersonId = await self._once(f"user {user}", lambda: self._meet(user))
                return person
        except (Later, Never, TimeoutError) as trouble:
            log.warning("%s is taken for a guest: %r", user, trouble)
            return GUEST + user

    def planned(self, users: Iterable[User]) -> tuple[PersonId, ...]:
        """Those of them who are people of the plan, as far as is known; nobody is met by this."""
        found = (self._person_of(user) for user in users)
        return tuple(person for person in found if person is not None and not person.startswith(GUEST))

    def _known(self, user: User) -> PersonId | None:
        person = self._person_of(user)
        if person is not None and not person.startswith(GUEST):
            return person
        return GUEST + user if self._clock() < self._met.get(user, 0.0) else None

    def _person_of(self, user: User) -> PersonId | None:
        bound = self._roll.person_of(user)
        return bound if bound is not None else next((person for person, each in self._found.items() if each == user), None)

    async def _meet(self, user: User) -> PersonId:
        answer = await self._web.call("users.info", user=user, include_locale=True)
        told = answer.get("user")
        if not isinstance(told, Mapping):
            raise Later(None, "users.info: an answer without user")
        if told.get("is_bot") or told.get("deleted") or user == "USLACKBOT":
            raise Refused(line("这个账号是机器人或已停用，不能用烽火。"))
        person = await self._by_email(told)
        if person is not None:
            await self._bind(person, user)
            return person
        await asyncio.to_thread(self._roll.met, user, _name(told) or user, _language(told))
        self._met[user] = self._clock() + MET
        return GUEST + user

    async def _by_email(self, told: Mapping[str, Any]) -> PersonId | None:
        """The e-mail of another organisation's account (a shared channel) is that organisation's word and proves nothing here."""
        profile = told.get("profile")
        email = profile.get("email") if isinstance(profile, Mapping) else None
        if not isinstance(email, str) or told.get("is_stranger"):
            return None
        person = self._roll.by_email(email)
        if person is None:
            return None
        me = await self._web.me()
        home = me.org or told.get("team_id") in (None, me.team)
        return person if home and self._roll.identity(person) is None else None

    # --- asking once --------------------------------------------------------------------------------------------------------

    async def _once(self, about: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Everybody who asks while an answer is under way gets that answer; one of them giving up does not stop it for the others."""
        task = self._asking.get(about)
        if task is None:
            task = asyncio.ensure_future(ask())
            self._asking[about] = task
            task.add_done_callback(lambda done: self._answered(about, done))
        return await asyncio.shield(task)

    def _answered(self, about: str, task: asyncio.Task[Any]) -> None:
        self._asking.pop(about, None)
        if not task.cancelled():
            task.exception()  # read here, as whoever asked may have gone


def _name(told: Mapping[str, Any]) -> str:
    profile = told.get("profile")
    kept = profile if isinstance(profile, Mapping) else {}
    names = (kept.get("display_name"), kept.get("real_name"), told.get("real_name"), told.get("name"))
    return next((name.strip() for name in names if isinstance(name, str) and name.strip()), "")


def _language(told: Mapping[str, Any]) -> Language:
    locale = told.get("locale")
    return "zh-CN" if not isinstance(locale, str) or locale.lower().startswith("zh") else "en"
