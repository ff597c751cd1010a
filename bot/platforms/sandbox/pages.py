"""The sandbox in the browser: one page per person and room, doors for what they do, and one stream that says "something changed".

A page keeps a cursor (the newest change it shows). When the bell rings it asks /live for everything after its cursor, so a lost
connection, a restart or a sleeping laptop loses nothing. The stream carries no content, so one of them can serve every open tab.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Annotated, Any
from urllib.parse import quote
from zlib import crc32

from fastapi import APIRouter, Form, HTTPException
from fastapi import Request as Browser
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from jinja2 import Environment
from markupsafe import Markup

from bot.catalogue import Catalogue, pieces
from bot.html.ink import Viewer, plain
from bot.html.phrases import words_for
from bot.platforms.sandbox.bell import Bell
from bot.platforms.sandbox.dialog import draw_errors, draw_form, swap_preview
from bot.platforms.sandbox.ears import SandboxEars
from bot.platforms.sandbox.filled import Filled, as_typed, strings
from bot.platforms.sandbox.panes import PAGE, Scenery, card_title, entries, member_lines, rings_for, room_lines, title_of
from bot.platforms.sandbox.scene import Player
from bot.store.sandbox import SandboxStore
from bot.store.sandbox_tables import Room
from bot.talk import Answer, Ask, Invalid, Private, Refusal, Toast
from bot.words import Language, Text, Who, line

POLL_SECONDS = 0.25  # how late another process's change is noticed while something is going on
CALM_POLL_SECONDS = 1.0
CALM_AFTER_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 15.0
PRESENT_SECONDS = 50.0
MOST_TYPED = 100_000
PANES = ("side", "head", "detail", "scene")
RECORD_PATH = re.compile(r"/i/((?:INC|DRILL)-\d+)$")


@dataclass(slots=True)
class Presence:
    """Which people have a browser tab open just now: the scene player leaves those to their humans."""

    _seen: dict[str, float] = field(default_factory=dict)

    def note(self, person: str) -> None:
        self._seen[person] = monotonic()

    def __contains__(self, person: object) -> bool:
        return isinstance(person, str) and monotonic() - self._seen.get(person, -1e9) < PRESENT_SECONDS


@dataclass(frozen=True, slots=True)
class Wiring:
    """What app.py hands in.

    advance: moves the sandbox clock to the next deadline, rings what is due, and says what happened; None where time cannot be moved.
    starter: the person an empty sandbox suggests to be, and what they might report.
    set_language: makes a person's language stand (a team fact); the page then reloads.
    record_link: the personal address of a record's page; bookmarks of /i/… in a room lead through it.
    """

    ears: SandboxEars
    scenery: Scenery
    bell: Bell
    html: Environment
    player: Player
    presence: Presence
    starter: tuple[str, Text]
    advance: Callable[[], Text] | None = None
    set_language: Callable[[str, Language], None] | None = None
    record_link: Callable[[str, str], str] | None = None


Ident = Annotated[str, Form(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
RoomField = Annotated[int, Form()]


class SandboxPages:
    def __init__(self, wiring: Wiring) -> None:
        self._on = wiring
        self._scenery, self._ears = wiring.scenery, wiring.ears
        self._store: SandboxStore = wiring.scenery.store
        self._html = wiring.html

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/sandbox", include_in_schema=False)
        gets: dict[str, Callable[..., Any]] = {
            "/": self.front,
            "/as/{person}/": self.room_page,
            "/as/{person}/r/{room}": self.room_page,
            "/as/{person}/r/{room}/earlier": self.earlier,
            "/as/{person}/people": self.people_page,
            "/as/{person}/i/{record}": self.record,
            "/r/{room}": self.jump,
            "/stream": self.stream,
            "/files/{ident}": self.file,
        }
        doors: dict[str, Callable[..., Any]] = {
            "live": self.live,
            "say": self.say,
            "press": self.press,
            "form": self.form,
            "preview": self.preview,
            "answer": self.answer,
            "pin": self.pin,
            "report": self.report,
            "dismiss": self.dismiss,
            "language": self.language,
            "advance": self.advance,
            "scene": self.scene,
        }
        for path, end in gets.items():
            router.add_api_route(path, end, methods=["GET"], response_model=None)
        for name, end in doors.items():
            router.add_api_route(f"/as/{{person}}/{name}", end, methods=["POST"], response_model=None)
        return router

    # --- pages ----------------------------------------------------------------------------------------------------------------

    def front(self, browser: Browser) -> Response:
        """Whoever this browser was last, else the one who is likely to report a fault."""
        humans = self._scenery.humans()
        person = browser.cookies.get("fenghuo-person", "")
        starter = self._on.starter[0]
        chosen = person if person in humans else starter if starter in humans else next(iter(humans), "")
        return RedirectResponse(f"/sandbox/as/{quote(chosen)}/", 303)

    def jump(self, room: int, browser: Browser) -> Response:
        """A link to a room, for whoever opens it."""
        person = browser.cookies.get("fenghuo-person", self._on.starter[0])
        return RedirectResponse(f"/sandbox/as/{quote(person)}/r/{room}", 303)

    def room_page(self, browser: Browser, person: str, room: int | None = None) -> Response:
        viewer = self._viewer(person)
        direct = self._store.direct(person, viewer.now)
        here = self._room(person, direct if room is None else room)
        upto = self._store.change()
        recent = self._store.recent(here.id, person, None, PAGE)
        read = self._store.read_upto(here.id, person)
        context = self._context(viewer, here, upto) | {
            "entries": entries(self._scenery, viewer, recent, read),
            "more": len(recent) == PAGE,
            "marks": "",
            "first": recent[0].id if recent else 0,
            "commands": [self._command(verb, viewer) for verb in self._ears.commands],
            "starter": (self._on.starter[0], self._opening(viewer)),
        }
        response = self._page("sandbox.html", viewer, **context)
        response.set_cookie("fenghuo-person", person, max_age=30 * 86400, samesite="lax", httponly=True, path="/")
        return response

    def people_page(self, person: str, browser: Browser) -> Response:
        """Everybody whom one can become."""
        viewer = self._viewer(person)
        groups: dict[str, list[dict[str, Any]]] = {}
        ringing = {ring.person for ring in self._store.ringing()}
        for human in self._scenery.people():
            unread = sum(room.mentions for room in self._store.rooms_of(human.id))
            entry = {"human": human, "mentions": unread, "ringing": human.id in ringing, "present": human.id in self._on.presence}
            groups.setdefault(plain(human.group, viewer), []).append(entry)
        return self._page("people.html", viewer, groups=groups)

    def earlier(self, person: str, room: int, before: int) -> Response:
        viewer = self._viewer(person)
        recent = self._store.recent(self._room(person, room).id, person, before, PAGE)
        found = entries(self._scenery, viewer, recent)
        more = len(recent) == PAGE
        return self._page("earlier.html", viewer, entries=found, more=more, first=recent[0].id if recent else 0, room_id=room)

    def record(self, person: str, record: str) -> Response:
        """Whoever one has become opens their own link to a record's page."""
        viewer = self._viewer(person)
        if self._on.record_link is None:
            raise HTTPException(404)
        return RedirectResponse(self._on.record_link(viewer.me, record), 303)

    def _own(self, url: str, person: str) -> str:
        found = RECORD_PATH.search(url) if self._on.record_link else None
        return f"/sandbox/as/{quote(person)}/i/{found[1]}" if found else url

    def file(self, ident: int) -> Response:
        found = self._store.file(ident)
        if found is None:
            raise HTTPException(404)
        name, content = found
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    # --- live -----------------------------------------------------------------------------------------------------------------

    async def stream(self) -> Response:
        """The newest change number, each time it grows; also noticed when another process wrote."""
        return StreamingResponse(self._changes(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _changes(self) -> AsyncIterator[str]:
        known, since, silent = -1, 0.0, 0.0
        yield "retry: 700\n\n"
        with self._on.bell.listening() as event:
            while not self._on.bell.closed:
                event.clear()
                change = await asyncio.to_thread(self._store.change)
                if change != known:
                    known, since, silent = change, 0.0, 0.0
                    yield f"id: {change}\ndata: {change}\n\n"
                elif silent >= KEEP_ALIVE_SECONDS:
                    silent = 0.0
                    yield ": still here\n\n"
                pause = POLL_SECONDS if since < CALM_AFTER_SECONDS else CALM_POLL_SECONDS
                try:
                    await asyncio.wait_for(event.wait(), pause)
                except TimeoutError:
                    since, silent = since + pause, silent + pause

    def live(
        self,
        person: str,
        room: RoomField,
        since: Annotated[int, Form()],
        seen: Annotated[int, Form()] = 0,
        last: Annotated[int, Form()] = 0,
        panes: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """Everything that changed for this page after its cursor. `seen`: the newest message the person has had before their eyes.

        `panes`: checksums of the panes it shows, so that only those that look different are sent.
        """
        self._on.presence.note(person)
        viewer = self._viewer(person)
        looked = bool(seen) and self._store.look(room, person, seen)
        with self._store.one_look():
            here = self._room(person, room)
            upto = self._store.change()
            if since > upto:  # another database: nothing on the page can be trusted
                return HTMLResponse("", headers={"HX-Refresh": "true"})
            if since == upto and not looked:
                return self._page("still.html", viewer, upto=upto, marks=panes)
            context = self._context(viewer, here, upto) | self._news(viewer, here, since, upto, last)
        drawn = {name: self._draw(f"_{name}.html", viewer, **context) for name in PANES}
        marks = {name: f"{crc32(html.encode()):x}" for name, html in drawn.items()}
        had = dict(mark.split(":", 1) for mark in panes.split(",") if ":" in mark)
        changed = [(name, Markup(html)) for name, html in drawn.items() if had.get(name) != marks[name]]
        shown = ",".join(f"{name}:{mark}" for name, mark in marks.items())
        return self._page("live.html", viewer, changed=changed, marks=shown, **context)

    def _news(self, viewer: Viewer, here: Room, since: int, upto: int, last: int) -> dict[str, Any]:
        changed = self._store.changed(here.id, viewer.me, since, upto)
        above = self._store.message(last) if last else None
        fresh = [message for message in changed if message.born > since and not message.gone]
        older = [message for message in changed if message.born <= since and not message.gone]
        return {
            "new": entries(self._scenery, viewer, fresh, after=above),
            "redrawn": entries(self._scenery, viewer, older),
            "gone": [message.id for message in changed if message.gone],
        }

    # --- doors ----------------------------------------------------------------------------------------------------------------

    def say(self, person: str, room: RoomField, text: Annotated[str, Form(max_length=MOST_TYPED)], id: Ident) -> Response:
        viewer = self._viewer(person)
        if not text.strip():
            return HTMLResponse("")
        return self._answered(viewer, self._room(person, room).id, self._ears.say(person, room, as_typed(text), id), id)

    def press(
        self,
        person: str,
        room: RoomField,
        action: Annotated[str, Form(max_length=100)],
        id: Ident,
        args: Annotated[str, Form(max_length=4000)] = "{}",
        message: Annotated[int | None, Form()] = None,
    ) -> Response:
        viewer = self._viewer(person)
        return self._answered(viewer, room, self._ears.press(person, room, action, strings(args), id, message), id)

    async def form(self, person: str, browser: Browser) -> Response:
        filled = Filled.of(await browser.form(max_fields=200))

        def submit() -> Response:
            viewer = self._viewer(person)
            answer = self._ears.submit(person, filled.room, filled.form, filled.args, filled.values, filled.ident)
            return self._answered(viewer, filled.room, answer, filled.ident, tuple(filled.values))

        return await asyncio.to_thread(submit)

    async def preview(self, person: str, browser: Browser) -> Response:
        """The dialog while somebody types: what it would say. Nothing is done, and nothing changes where there is nothing to say."""
        filled = Filled.of(await browser.form(max_fields=200))

        def look() -> Response:
            viewer = self._viewer(person)
            text = self._ears.preview(person, filled.room, filled.form, filled.args, filled.values, filled.ident)
            return HTMLResponse("" if text is None else swap_preview(text, viewer), headers={"Cache-Control": "no-store"})

        return await asyncio.to_thread(look)

    def answer(self, person: str, room: RoomField, ring: Annotated[int, Form()], id: Ident) -> Response:
        return self._answered(self._viewer(person), room, self._ears.answer_ring(person, ring, id), id)

    def pin(self, person: str, room: RoomField, message: Annotated[int, Form()], id: Ident) -> Response:
        return self._answered(self._viewer(person), room, self._ears.pin(person, message, id), id)

    def report(self, person: str, room: RoomField, message: Annotated[int, Form()], id: Ident) -> Response:
        return self._answered(self._viewer(person), room, self._ears.report(person, message, id), id)

    def dismiss(self, person: str, message: Annotated[int, Form()]) -> Response:
        self._store.dismiss(message, person)
        return HTMLResponse("")

    def language(self, person: str, language: Annotated[Language, Form()]) -> Response:
        if self._on.set_language is not None:
            self._on.set_language(person, language)
        return HTMLResponse("", headers={"HX-Refresh": "true"})

    def advance(self, person: str, room: RoomField, id: Ident) -> Response:
        said = self._on.advance() if self._on.advance else line("这里的时间不能快进。")
        return self._answered(self._viewer(person), room, Toast(said), id)

    def scene(self, person: str, room: RoomField, do: Annotated[str, Form()], id: Ident) -> Response:
        return self._answered(self._viewer(person), room, Toast(self._on.player.command(do)), id)

    # --- drawing --------------------------------------------------------------------------------------------------------------

    def _answered(self, viewer: Viewer, room: int, answer: Answer | None, ident: str, fields: tuple[str, ...] = ()) -> Response:
        """The answer as swaps; the header tells the page whether its dialog or composer has done its work."""
        match answer:
            case None:
                return HTMLResponse("", headers={"Fenghuo": "done"})
            case Toast(text=""):
                return HTMLResponse("", headers={"Fenghuo": "done"})
            case Toast(text=text):
                return self._page("toast.html", viewer, {"Fenghuo": "done"}, text=text)
            case Private(card=card):
                self._ears.whisper(viewer.me, room, card, ident)
                return HTMLResponse("", headers={"Fenghuo": "done"})
            case Ask(form=form):
                drawn = draw_form(form, viewer, self._scenery.people())
                return HTMLResponse(f'<hx-partial hx-target="#dialog" hx-swap="innerHTML">{drawn}</hx-partial>', headers={"Fenghuo": "ask"})
            case Invalid(errors=errors):
                return HTMLResponse(draw_errors(errors, fields, viewer), headers={"Fenghuo": "kept"})
            case Refusal(text=text, fix=fix):
                return self._page("refusal.html", viewer, {"Fenghuo": "refused"}, text=text, fix=fix, room_id=room, who=_people_in(text))

    def _context(self, viewer: Viewer, here: Room, upto: int) -> dict[str, Any]:
        scenery = self._scenery
        rooms = self._store.rooms_of(viewer.me)
        known = scenery.situations_of(rooms)
        at = known.get(here.id)
        sections = room_lines(rooms, known, viewer, here.id)
        lines = [each for _, found in sections for each in found]
        return {
            "here": here,
            "at": at,
            "title": title_of(here, viewer, at),
            "sections": sections,
            "unread": sum(each.room.unread for each in lines if not each.here),
            "mentioned": sum(each.room.mentions for each in lines if not each.here),
            "rings": rings_for(scenery, viewer.me),
            "humans": scenery.humans(),
            "members": member_lines(scenery, viewer, here, at),
            "pins": [(message.id, card_title(message, viewer)) for message in self._store.pinned(here.id)],
            "links": [(name, self._own(url, viewer.me)) for name, url in self._store.links_of(here.id)],
            "upto": upto,
            "scene": self._on.player.view(),
            "may_advance": self._on.advance is not None,
            "soon": viewer.now + timedelta(minutes=5),
        }

    def _opening(self, viewer: Viewer) -> str:
        """What an empty sandbox suggests to say: the first verb of the table and the starter's words."""
        words = plain(self._on.starter[1], viewer)
        first = next(iter(self._ears.commands))
        return words if words.startswith("/") else f"/{first.zh if viewer.language == 'zh-CN' else first.en} {words}"

    @property
    def player(self) -> Player:
        return self._on.player

    def _command(self, verb: Any, viewer: Viewer) -> dict[str, str]:
        name = verb.zh if viewer.language == "zh-CN" else verb.en
        names = " ".join((verb.zh, verb.en, *verb.aliases)).lower()
        return {"name": name, "other": verb.en if viewer.language == "zh-CN" else verb.zh, "help": plain(verb.help, viewer), "names": names}

    def _page(self, template: str, viewer: Viewer, headers: Mapping[str, str] | None = None, /, **context: Any) -> HTMLResponse:
        drawn = self._draw(template, viewer, **context)
        return HTMLResponse(drawn, headers={"Cache-Control": "no-store", **(headers or {})})

    def _draw(self, template: str, viewer: Viewer, **context: Any) -> str:
        own = {"me": self._scenery.humans()[viewer.me], "root": f"/sandbox/as/{quote(viewer.me)}"}
        return self._html.get_template(template).render(**words_for(viewer), **own, **context)

    def _viewer(self, person: str) -> Viewer:
        if person not in self._scenery.humans():
            raise HTTPException(404, f"no person {person!r} in the plan")
        return self._scenery.viewer(person)

    def _room(self, person: str, room: int) -> Room:
        found = self._store.room(room)
        if found is None or person not in self._store.people_of(room):
            raise HTTPException(404, "no such room for this person")
        return found


def _people_in(text: Text) -> tuple[str, ...]:
    """People whom a refusal names: the sandbox offers to become them."""
    return tuple(dict.fromkeys(piece.person for piece in pieces(text, "zh-CN", Catalogue()) if isinstance(piece, Who)))
