"""One effect, one call: which verb of the platform makes it so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, assert_never

from bot.cards.model import Card
from bot.core.errors import Never
from bot.core.outward.letter import Letter
from bot.effects import (
    Attach,
    Chat,
    CloseRoom,
    Deliver,
    Effect,
    Invite,
    Link,
    OpenRoom,
    Page,
    PersonId,
    RenameRoom,
    Say,
    SetTopic,
    Show,
    StopPage,
    Tell,
)
from bot.engine.graph import Job, slot_key
from bot.platforms.port import Call, Platform, Verb
from bot.store.outbox import SlotKey
from bot.words import Line, Text, When, Who, line

ROOM = "room:"  # the address of another room of the record
Content = Card | bytes | Letter | None
Kind = Literal["room_opened", "waiting", "not_invited", "parked", "unparked"]


class Report(Protocol):
    """Service.record_outcome: what people must see of an effect's fate becomes an event. The key makes it count once."""

    def __call__(self, record: str, effect: str, kind: Kind, text: Text, people: tuple[PersonId, ...], key: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """What the engine must be told to draw and to address things, and whom it tells what became of them. All of it synchronous.

    drawn: (effect, record, version) to the card as memory has it of that version or a later one; None where it must be read by `draw`.
    draw: (record, view, args) to the card of this moment. document: (record, template) to the file. address: a path to a whole URL.
    now: aware UTC, for the times that people read; without it nobody is told when a room that waits will open.
    silence: (platform, seconds) of one that answers nobody, (platform, None) of one that does. Said twice it means no more.
    """

    draw: Callable[[str, str, Mapping[str, str]], Card | None]
    document: Callable[[str, str], bytes]
    address: Callable[[str], str]
    report: Report
    now: Callable[[], datetime] | None = None
    drawn: Callable[[Show | Tell, str, int], Card | None] = lambda effect, record, version: None
    silence: Callable[[str, float | None], None] | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """`ref` fills the slot; `left_out` are people who could not be invited."""

    ref: str | None = None
    left_out: tuple[PersonId, ...] = ()


def verb(effect: Effect) -> Verb:
    match effect:
        case OpenRoom():
            return "open_room"
        case RenameRoom():
            return "rename"
        case Invite():
            return "invite"
        case Show():
            return "show"
        case Say() | Deliver():
            return "say"
        case Tell():
            return "tell"
        case Page():
            return "page"
        case StopPage():
            return "stop_page"
        case SetTopic():
            return "set_topic"
        case Link():
            return "link"
        case Attach():
            return "attach"
        case CloseRoom():
            return "close_room"
        case _:
            assert_never(effect)


def failure(effect: Chat, why: Text) -> Line:
    """What people read when it cannot succeed."""
    match effect:
        case OpenRoom(name=name):
            return line("群「{name}」没建成：{why}", name=name, why=why)
        case RenameRoom(name=name):
            return line("群没能改名为「{name}」：{why}", name=name, why=why)
        case Invite():
            return line("没能拉人进群：{why}", why=why)
        case Show():
            return line("一张卡片没能更新：{why}", why=why)
        case Say(text=text):
            return line("有一句话没发出去（{text}）：{why}", text=text, why=why)
        case Tell(person=person):
            return line("没能私信 {who}：{why}", who=Who(person), why=why)
        case Page(person=person):
            return line("没能呼叫 {who}：{why}", who=Who(person), why=why)
        case StopPage():
            return line("一个呼叫停不下来：{why}", why=why)
        case SetTopic():
            return line("没能改群话题：{why}", why=why)
        case Link(title=title):
            return line("没能在群顶部放链接「{title}」：{why}", title=title, why=why)
        case Attach(name=name):
            return line("没能发送文件「{name}」：{why}", name=name, why=why)
        case CloseRoom():
            return line("没能归档群：{why}", why=why)
        case _:
            assert_never(effect)


def queued(at: datetime) -> Line:
    """What people read when a room has to wait. A clock without seconds must not promise too early."""
    full = at.replace(second=0, microsecond=0)
    return line("建群在排队，约 {at} 开", at=When(full if full == at else full + timedelta(minutes=1)))


def name_of(job: Job) -> str:
    """How people and cards tell one parked thing from another."""
    if job.fills is not None:
        return f"{job.fills[1]}@{job.row.platform}"
    slot = job.needs[1] if job.needs is not None else ""
    return f"{type(job.effect).__name__}:{slot}@{job.row.platform}"


class Slots(Protocol):
    def __call__(self, key: SlotKey, /) -> str | None: ...


def call_of(job: Job, refs: Slots) -> Call | None:
    """What kind of call it takes next; None where there is nothing to ask the platform for."""
    if job.verdict is not None:
        return None
    if job.shown:
        return "pin"
    known = job.fills is not None and refs(job.fills) is not None
    match job.effect:
        case OpenRoom() | Say() | Page() | Attach() | Deliver() if known:
            return None
        case Show() | Tell() if known:
            return "redraw"
        case StopPage() if job.needs is None or refs(job.needs) is None:
            return None
        case _:
            return verb(job.effect)


async def perform(job: Job, platform: Platform, content: Content, refs: Slots, source: Source, doubt: bool) -> Done:
    """Call the platform, once. What is already known to be done is not done again."""
    effect = job.effect
    key = "" if job.fills is None else f"{job.fills[0]}/{job.fills[1]}"
    known = None if job.fills is None else refs(job.fills)
    room = "" if job.needs is None else refs(job.needs) or ""
    match effect:
        case OpenRoom() | Say() | Page() | Attach() | Deliver() if known is not None:
            return Done(known)
        case OpenRoom(name=name, slug=slug, members=members, topic=topic, private=private):
            return Done(await platform.open_room(name, slug, members, topic, private, key, doubt))
        case RenameRoom(name=name, slug=slug):
            return await _plain(platform.rename(room, name, slug))
        case Invite(people=people, groups=groups):
            return Done(None, await platform.invite(room, people, groups))
        case Show(mentions=mentions, mention_all=everybody):
            return Done(await platform.show(room, _card(content), known, key, doubt, mentions, everybody))
        case Say(text=text, mentions=mentions, mention_all=everybody):
            return Done(await platform.say(room, text, key, doubt, mentions, everybody))
        case Deliver():
            return Done(await platform.say(room, _words(content), key, doubt, (), False))
        case Tell(person=person):
            return Done(await platform.tell(person, _card(content), known, key, doubt))
        case Page(person=person) if job.stopped:
            return Done(await platform.rung(person, key))
        case Page(person=person, text=text, call=call, louder=louder):
            return Done(await platform.page(person, text, key, call, job.row.record, doubt, louder))
        case StopPage():
            return await _plain(platform.stop_page(room)) if room else Done()
        case SetTopic(text=text):
            return await _plain(platform.set_topic(room, text))
        case Link(title=title, path=path):
            address = _address(job, path, platform, refs)
            return Done() if address is None else await _plain(platform.link(room, title, source.address(address)))
        case Attach(name=name):
            return Done(await platform.attach(room, name, content if isinstance(content, bytes) else b"", key, doubt))
        case CloseRoom():
            return await _plain(platform.close_room(room))
        case _:
            assert_never(effect)


def content_of(job: Job, source: Source) -> Content:
    """What is shown: the record as it looks at this moment. Reads the database."""
    match job.effect:
        case Show(view=view, args=args) | Tell(view=view, args=args):
            return source.draw(job.row.record, view, dict(args))
        case Attach(document=document):
            return source.document(job.row.record, document)
        case _:
            return None


def _address(job: Job, path: str, platform: Platform, refs: Slots) -> str | None:
    """`room:<slot>` is where another room of the same record is found; None when that room never stood here."""
    if not path.startswith(ROOM):
        return path
    ref = refs(slot_key(job.row, path.removeprefix(ROOM)))
    return None if ref is None else platform.room_url(ref)


def has_content(job: Job) -> bool:
    return isinstance(job.effect, Show | Tell | Attach)


def remembered(job: Job, source: Source) -> Card | None:
    """What is shown, without a look at the database; None where one is needed. A promise whose version is not known is looked up."""
    effect = job.effect
    if not isinstance(effect, Show | Tell) or not all(row.made for row in job.rows):
        return None
    return source.drawn(effect, job.row.record, max(row.made for row in job.rows))


async def _plain(call: Awaitable[None]) -> Done:
    await call
    return Done()


def _card(content: Content) -> Card:
    if not isinstance(content, Card):
        raise Never(line("没有这张卡片的内容"))
    return content


def _words(content: Content) -> str:
    """A letter as it is said in a room; the text says what it is about where its first line does not."""
    assert isinstance(content, Letter)
    there = not content.subject or content.text.lstrip().startswith(content.subject)
    return content.text if there else f"{content.subject}\n\n{content.text}"
