"""One bot behind the doors of Slack and of Feishu at once; most people have an account on both, some on one of them only."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, cast

from bot import app
from bot.core import housing
from bot.core.incident import Incident
from bot.engine import Engine, Habits, Source
from bot.settings import load
from tests.feishu import double as feishu_double
from tests.feishu import house as feishu_house
from tests.feishu import people as feishu_people
from tests.flows.anywhere import sound
from tests.flows.house import TONIGHT
from tests.slack import double as slack_double
from tests.slack import house as slack_house
from tests.slack import people as slack_people

HASTY = Habits(alone=True, call=1.0, first_pause=0.02, longest_pause=0.1, lost_after=0.4, probe=0.1, tell_after=0.5)
"""Seconds stand for minutes: twenty seconds of silence are 0.4, five minutes some two seconds, with dozens of tries in them."""
ONLY_FEISHU, ONLY_SLACK = "dinglei", "zhengyan"
PLAN = Path(__file__).parents[2] / "data" / "plan"
Fault = slack_double.Fault | feishu_double.Fault


class Bot(slack_house.Bot):
    """It says of a platform that it is silent, as the bot that is deployed does."""

    def __init__(self, house: app.App, habits: Habits) -> None:
        super().__init__(house, habits)
        service = house.service
        told = (service.record_outcome, house.now, service.drawn, service.mark_platform)
        self.engine = Engine(house.database, house.platforms(), Source(service.draw, house.file, house.address, *told), house.name, habits)


class OnSlack(slack_house.SlackHouse):
    both: House

    def settle(self) -> None:
        self.both.settle()


class OnFeishu(feishu_house.FeishuHouse):
    both: House

    def settle(self) -> None:
        self.both.settle()


@dataclass
class House:
    """`down`: platforms that answer nobody, so that what was promised there is not waited for."""

    app: app.App
    bot: Bot
    slack: OnSlack
    feishu: OnFeishu
    down: set[str] = field(default_factory=set)

    def side(self, platform: str) -> Any:
        return self.slack if platform == "slack" else self.feishu

    def other(self, platform: str) -> str:
        return "slack" if platform == "feishu" else "feishu"

    @property
    def state(self) -> Incident:
        return self.slack.state

    def speak_of(self, record: str) -> None:
        self.slack.record = self.feishu.record = record

    def fails(self, platform: str) -> None:
        """Refused and broken by turns, until `works`."""
        self.down.add(platform)
        double: Any = slack_double if platform == "slack" else feishu_double
        faults = cycle([double.Fault("http", status=503), double.Fault("reset")])
        server = self.slack.slack if platform == "slack" else self.feishu.feishu
        server.fault = lambda method, args: next(faults)

    def works(self, platform: str) -> None:
        self.down.discard(platform)
        server = self.slack.slack if platform == "slack" else self.feishu.feishu
        server.fault = lambda method, args: None

    def tries(self, platform: str) -> int:
        """Calls of the platform so far."""
        return len(self.slack.slack.calls if platform == "slack" else self.feishu.feishu.calls)

    def waiting(self) -> bool:
        """Whether anything is still to be done where somebody answers."""
        graph = self.bot.engine._graph
        return bool({job.row.platform for job in list(graph.jobs().values())} - self.down or self.bot.engine._arriving)

    def settle(self) -> None:
        before = None
        while before != (now := self._heard()):
            before = now
            for side in (self.slack, self.feishu):
                side.hear()
            if not self.down:
                self.bot.do(self.bot.engine.idle())
            slack_house.wait_for(lambda: not self.waiting())

    def _heard(self) -> tuple[int, ...]:
        alive = [self.tries(name) for name in ("slack", "feishu") if name not in self.down]
        return (*alive, len(self.slack.slack.delivered), len(self.feishu.feishu.delivered))

    # --- what must be equal -------------------------------------------------------------------------------------------------

    def slots(self, platform: str, *records: str) -> set[tuple[str, str]]:
        """What stands there of the records, but for what is one person's own."""
        refs = self.app.service.refs(*(records or (self.slack.record,)))
        return {(record, slot) for record, slot, where in refs if where == platform and not slot.startswith(OWN)}

    def cards(self, platform: str) -> dict[str, set[str]]:
        """The Chinese words and the hours of every card and line in the incident's own rooms, by its slot."""
        side = self.side(platform)
        rooms = {slot for _, slot in self.slots(platform) if housing.own(slot)}
        refs = {ref.ref: slot for (_, slot, where), ref in self.app.service.refs(side.record).items() if where == platform}
        return {
            refs[message.ref]: set(WORD.findall(side.reads(message))) - CONTROLS
            for room in rooms
            for message in side.messages(room)
            if message.ref in refs
        }

    def members(self, platform: str, slot: str) -> set[str]:
        """Those of the plan's people in a room who have an account on both platforms."""
        there = self.side(platform)
        room = there.channel(slot) if platform == "slack" else there.chat(slot)
        of: Callable[[str], str] = slack_people.user_of if platform == "slack" else feishu_people.user_of
        return {p for p in self.app.plans.current.people if of(p) in room.members} - {ONLY_FEISHU, ONLY_SLACK}

    def is_in_step(self) -> None:
        """Both have the same rooms with the same people, and the same cards and lines saying the same."""
        self.settle()
        assert self.slots("slack") == self.slots("feishu")
        for _, slot in self.slots("slack"):
            if housing.own(slot):
                assert self.members("slack", slot) == self.members("feishu", slot), slot
        here, there = self.cards("slack"), self.cards("feishu")
        assert here.keys() == there.keys()
        apart = {slot: (here[slot] - there[slot], there[slot] - here[slot]) for slot in here if here[slot] ^ there[slot]}
        assert not apart, apart

    def holds(self) -> None:
        """Nothing is stuck or parked, nothing stands twice, nothing was lost."""
        self.settle()
        sound(self.app)
        assert self.feishu.twice() == []
        assert [key for key, times in Counter(self.slack.keys()).items() if times > 1] == []
        for platform, there in (("slack", self._on_slack()), ("feishu", self._on_feishu())):
            refs = self.app.service.refs(self.slack.record).items()
            lost = [slot for (_, slot, where), ref in refs if where == platform and not slot.startswith("page:") and ref.ref not in there]
            assert lost == [], platform

    def _on_slack(self) -> set[str]:
        ws = self.slack.slack.workspace
        made = [channel for channel in ws.channels.values() if channel.creator == ws.bot_user and not channel.im]
        assert [room.name for room in made if self.app.service.place("slack", room.id) is None] == []
        return {message.ref for channel in ws.channels.values() for message in channel.messages.values()} | {*ws.channels, *ws.files}

    def _on_feishu(self) -> set[str]:
        tenant = self.feishu.feishu.tenant
        assert [room.name for room in self.feishu.rooms() if self.app.service.place("feishu", room.id) is None] == []
        return {message.ref for message in tenant.messages.values() if not message.recalled} | {*tenant.chats}


OWN = ("page:", "call:", "assess:", "receipt:", "task:", "handover:")
CONTROLS = {"打勾", "至少重大", "至少严重", "所有人"}  # of controls that only one has, and of the call with which a card first appears
WORD = re.compile(r"[\u4e00-\u9fff]+|\d\d:\d\d")


@contextmanager
def opened(database_url: str, folder: Path, habits: Habits = HASTY, **changes: tuple[str, str]) -> Iterator[House]:
    """A bot with an empty database of its own. `changes`: by file of the plan, what to write instead of what."""
    with ExitStack() as stack:
        plan = shutil.copytree(PLAN, folder / "plan")
        _alone(plan / "people.yaml")
        for name, (old, new) in changes.items():
            text = (plan / f"{name}.yaml").read_text()
            assert old in text
            (plan / f"{name}.yaml").write_text(text.replace(old, new))
        here = stack.enter_context(slack_double.SlackServer(slack_double.Workspace(), transport="http"))
        there = stack.enter_context(feishu_double.FeishuServer(feishu_double.Tenant(), transport="webhook"))
        ws, tenant = here.workspace, there.tenant
        chosen = load(
            {
                "database_url": database_url, "sandbox": False, "public_url": "https://fenghuo.example.com", "plan_dir": str(plan),
                "slack_bot_token": ws.bot_token, "slack_api_url": here.api_url, "slack_signing_secret": ws.signing_secret,
                "feishu_app_id": tenant.app_id, "feishu_app_secret": tenant.app_secret, "feishu_domain": there.url,
                "feishu_mode": "webhook", "feishu_encrypt_key": tenant.encrypt_key, "feishu_verification_token": tenant.verification_token,
            },
            env_file=None,
        )  # fmt: skip
        built = stack.enter_context(app.build(chosen, app.Now(wall=lambda: TONIGHT)))
        for person in built.plans.current.people.values():
            if person.id != ONLY_FEISHU:
                ws.user(slack_people.user_of(person.id), person.name, person.email or "")
            if person.id != ONLY_SLACK:
                tenant.user(feishu_people.user_of(person.id), person.name, person.email or "", person.phone)
        hers, his = stack.enter_context(slack_house.listening()), stack.enter_context(feishu_house.listening())
        bot = Bot(built, habits)
        stack.callback(bot.stop)
        on_slack, on_feishu = OnSlack(built, here, bot, hers), OnFeishu(built, there, cast(Any, bot), his)
        house = House(built, bot, on_slack, on_feishu)
        on_slack.both = on_feishu.both = house
        on_slack.keep_to()
        on_feishu.keep_to()
        here.request_url, there.request_url = bot.url, bot.url.replace("/slack/", "/feishu/")
        bot.start()
        slack_house.wait_for(lambda: all(side.coming is None for side in built.sides.values()), 30.0)
        house.settle()
        yield house


def _alone(people: Path) -> None:
    """One has an account on Feishu only, one on Slack only: the plan names it and has no address to find another by."""
    text = people.read_text()
    for person, identity in ((ONLY_FEISHU, f"feishu: ou_{ONLY_FEISHU}"), (ONLY_SLACK, f"slack: U{ONLY_SLACK.upper()}")):
        text = text.replace(f'    email: "{person}@kuailv.example"\n', "")
        text = text.replace(f"identities: {{sandbox: {person}}}", f"identities: {{sandbox: {person}, {identity}}}")
    people.write_text(text)
