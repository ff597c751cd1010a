"""Who is who: the plan's people and Feishu's users, asked for by the fifty and then known for good.

The plan's own identities come first, then what was bound, then the e-mail, then the mobile number. A Feishu user whom the plan does not
know is a guest, `feishu:ou_…`. An open_id means somebody to one app only. Belongs to one event loop, but for `handle`, which any
thread may ask.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.errors import Later, Never, Refused
from bot.effects import PersonId
from bot.platforms.feishu.client import Client, part, rows
from bot.platforms.feishu.faults import Denied
from bot.words import Language, line

log = logging.getLogger("fenghuo.feishu")

User = str
GUEST = "feishu:"
AT_ONCE = 50  # people a call
MISS = 600.0  # seconds until somebody who was not found is looked for again
MET = 3600.0  # seconds until a guest's name is read again
GLANCE = 1.5  # seconds that somebody who pressed a button can wait to be recognised; Feishu gives three in all
LEISURE = 1.0  # seconds between the looks of `prefetch`
STRANGERS = frozenset({41050, 41012, 40004, 99992351, 99992360, 99992364})
"""Somebody of another organisation, or outside of what the app may see."""


@dataclass(frozen=True, slots=True)
class Roll:
    """What the house knows of people. All but `bind` and `met` answer from memory; those two may write.

    identity: person -> "ou_…". person_of: "ou_…" -> person. by_email takes any case. people: all of the plan. met: "ou_…", name, language.
    """

    identity: Callable[[PersonId], User | None]
    person_of: Callable[[User], PersonId | None]
    email: Callable[[PersonId], str | None]
    mobile: Callable[[PersonId], str | None]
    by_email: Callable[[str], PersonId | None]
    people: Callable[[], Sequence[PersonId]]
    bind: Callable[[PersonId, User], None]
    met: Callable[[User, str, Language], None]
    missed: Callable[[PersonId], None] = lambda person: None


class Book:
    """`clock` counts seconds, `sleep` lets them pass. `language`: what guests are spoken to in."""

    def __init__(
        self,
        client: Client,
        roll: Roll,
        language: Language = "zh-CN",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        glance: float = GLANCE,
    ) -> None:
        self._client, self._roll, self._language, self._clock, self._sleep = client, roll, language, clock, sleep
        self.glance = glance
        self._found: dict[PersonId, User] = {}
        self._missed: dict[PersonId, float] = {}
        self._met: dict[User, float] = {}
        self._seeking: dict[PersonId, asyncio.Task[None]] = {}
        self._meeting: dict[User, asyncio.Task[PersonId]] = {}

    # --- the plan's people as Feishu's users --------------------------------------------------------------------------------

    def handle(self, person: PersonId) -> User | None:
        """The person's open_id as far as it is known now."""
        if person.startswith(GUEST):
            return person.removeprefix(GUEST)
        return self._roll.identity(person) or self._found.get(person)

    async def user(self, person: PersonId) -> User | None:
        """The person's open_id; None when Feishu has nobody with their e-mail or mobile number, or the plan neither."""
        return (await self.users((person,))).get(person)

    async def users(self, people: Iterable[PersonId]) -> dict[PersonId, User]:
        """Those who have one."""
        found, trouble = await self.seek(people)
        if trouble is not None:
            raise trouble
        return found

    async def seek(self, people: Iterable[PersonId]) -> tuple[dict[PersonId, User], Later | Never | None]:
        """Those who have one, and what came between us and the others: the one who cannot be found does not hide the rest."""
        wanted = tuple(dict.fromkeys(people))
        unknown = [person for person in wanted if self._worth_asking(person)]
        fresh = [person for person in unknown if person not in self._seeking]
        for start in range(0, len(fresh), AT_ONCE):
            self._ask(fresh[start : start + AT_ONCE])
        asked = {self._seeking[person] for person in unknown}
        troubles: list[Later | Never] = []
        for end in await asyncio.gather(*map(asyncio.shield, asked), return_exceptions=True):
            match end:
                case Later() | Never():
                    troubles.append(end)
                case BaseException():
                    raise end
        handles = ((person, self.handle(person)) for person in wanted)
        return {person: user for person, user in handles if user is not None}, next(iter(troubles), None)

    async def prefetch(self) -> None:
        """Find everybody of the plan before they are needed. What cannot be found now is found when asked for."""
        while waiting := [person for person in self._roll.people() if self._worth_asking(person)][:AT_ONCE]:
            try:
                await self.users(waiting)
            except Later as later:
                await self._sleep(later.seconds or MISS / 10)
            except Never as never:
                log.warning("people of the plan cannot be looked up in Feishu: %s", never)
                return
            else:
                await self._sleep(LEISURE)

    def _worth_asking(self, person: PersonId) -> bool:
        if self.handle(person) is not None or self._clock() < self._missed.get(person, 0.0):
            return False
        return self._roll.email(person) is not None or self._roll.mobile(person) is not None

    def _ask(self, people: Sequence[PersonId]) -> None:
        """Everybody who asks for them while an answer is under way gets that answer; one of them giving up does not stop it."""
        task = asyncio.ensure_future(self._look_up(people))
        self._seeking.update(dict.fromkeys(people, task))

        def answered(done: asyncio.Task[None]) -> None:
            for person in people:
                self._seeking.pop(person, None)
            if not done.cancelled():
                done.exception()  # read here, as whoever asked may have gone

        task.add_done_callback(answered)

    async def _look_up(self, people: Sequence[PersonId]) -> None:
        emails = {person: email for person in people if (email := self._roll.email(person))}
        mobiles = {person: dialled(mobile) for person in people if (mobile := self._roll.mobile(person))}
        body = {"emails": list(dict.fromkeys(emails.values())), "mobiles": list(dict.fromkeys(mobiles.values()))}
        answer = await self._client.call(
            "POST", "contact/v3/users/batch_get_id", {"user_id_type": "open_id"}, {name: words for name, words in body.items() if words}
        )
        listed = [row for row in rows(answer, "user_list") if _works(row)]
        by_email = {str(row["email"]).casefold(): str(row["user_id"]) for row in listed if row.get("email")}
        by_mobile = {dialled(str(row["mobile"])): str(row["user_id"]) for row in listed if row.get("mobile")}
        for person in people:
            user = by_email.get(emails.get(person, "").casefold()) or by_mobile.get(mobiles.get(person, ""))
            if user is None or self._person_of(user) not in (None, person, GUEST + user):
                self._missed[person] = self._clock() + MISS
                await asyncio.to_thread(self._roll.missed, person)
            else:
                await self._bind(person, user)

    async def _bind(self, person: PersonId, user: User) -> None:
        self._found[person] = user
        self._missed.pop(person, None)
        try:
            await asyncio.to_thread(self._roll.bind, person, user)
        except Refused as refused:
            log.warning("%s is not kept as %s: %s", user, person, refused)

    # --- Feishu's users as people -------------------------------------------------------------------------------------------

    async def person(self, user: User) -> PersonId:
        """The person of the plan, else a guest. Refused for accounts that were switched off: those are nobody.

        When Feishu does not answer in time, they are a guest this once: what a guest may do (report) is better than nothing.
        """
        known = self._known(user)
        if known is not None:
            return known
        try:
            async with asyncio.timeout(self.glance):
                return await asyncio.shield(self._meet_once(user))
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

    def _meet_once(self, user: User) -> asyncio.Task[PersonId]:
        task = self._meeting.get(user)
        if task is None:
            task = self._meeting[user] = asyncio.ensure_future(self._meet(user))

            def met(done: asyncio.Task[PersonId]) -> None:
                self._meeting.pop(user, None)
                if not done.cancelled():
                    done.exception()  # read here, as whoever asked may have gone

            task.add_done_callback(met)
        return task

    async def _meet(self, user: User) -> PersonId:
        told = await self._told(user)
        if not _works({**told, "user_id": user}):
            raise Refused(line("这个飞书账号已停用或离职，不能用烽火。"))
        person = self._described(told)
        if person is not None and self._roll.identity(person) is None:
            await self._bind(person, user)
            return person
        await asyncio.to_thread(self._roll.met, user, _name(told, self._language) or user, self._language)
        self._met[user] = self._clock() + MET
        return GUEST + user

    async def _told(self, user: User) -> Mapping[str, Any]:
        """What Feishu says of them; nothing of those whom we may not see."""
        try:
            answer = await self._client.call("GET", f"contact/v3/users/{part(user)}", {"user_id_type": "open_id"})
        except Denied as denied:
            if denied.code in STRANGERS:
                return {}
            raise
        told = answer.get("user")
        if not isinstance(told, Mapping):
            raise Later(None, "contact/v3/users: an answer without user")
        return told

    def _described(self, told: Mapping[str, Any]) -> PersonId | None:
        """Whose e-mail or mobile number it is. Feishu gives either only of people of our own organisation, whose admin keeps them."""
        emails = (told.get(name) for name in ("enterprise_email", "email"))
        for email in emails:
            person = self._roll.by_email(email) if isinstance(email, str) and email else None
            if person is not None:
                return person
        mobile = told.get("mobile")
        if not isinstance(mobile, str) or not mobile:
            return None
        numbers = ((person, self._roll.mobile(person)) for person in self._roll.people())
        return next((person for person, number in numbers if number and dialled(number) == dialled(mobile)), None)


def dialled(number: str) -> str:
    """A telephone number as Feishu takes it: of the mainland without its +86, of elsewhere with a + and the country."""
    digits = re.sub(r"[^0-9+]", "", number)
    return re.sub(r"^(\+|00)86(?=1\d{10}$)", "", digits)


def _works(row: Mapping[str, Any]) -> bool:
    """Whether it is somebody, and in service."""
    status = row.get("status")
    off = isinstance(status, Mapping) and any(status.get(name) is True for name in ("is_frozen", "is_resigned", "is_exited"))
    return isinstance(row.get("user_id"), str) and bool(row["user_id"]) and not off


def _name(told: Mapping[str, Any], language: Language) -> str:
    order = ("name", "en_name", "nickname") if language == "zh-CN" else ("en_name", "name", "nickname")
    return next((name.strip() for name in map(told.get, order) if isinstance(name, str) and name.strip()), "")
