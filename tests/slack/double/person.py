"""Somebody at their Slack window: what they see, and what they do to it. Everything returns once the bot has answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.slack.double import api_views, mrkdwn, payloads, response_urls
from tests.slack.double.controls import HELD, Control, controls, entry, initial
from tests.slack.double.modal import Modal, answered
from tests.slack.double.model import ApiError, Channel, Ephemeral, Json, Message, View
from tests.slack.double.screen import NotThere, Screen, find

if TYPE_CHECKING:
    from tests.slack.double.delivery import Reply
    from tests.slack.double.server import SlackServer

Where = Message | Ephemeral | View
Place = Channel | str


@dataclass(frozen=True)
class Seen:
    """What a doing put on the screen: `error` as Slack's own words name it, ephemerals that came, the modal on top now."""

    error: str | None
    ephemerals: tuple[Ephemeral, ...]
    modal: Modal | None
    words: str
    errors: Mapping[str, str]


class Person:
    """One person; make it with `server.person("U1")`."""

    def __init__(self, server: SlackServer, id: str) -> None:
        self._server, self.ws, self.id = server, server.workspace, id

    # --- looking ------------------------------------------------------------------------------------------------------------

    @property
    def channels(self) -> list[Channel]:
        return [channel for channel in self.ws.channels.values() if self.id in channel.members]

    @property
    def bot_dm(self) -> Channel:
        return self.ws.direct(self.id)

    def room(self, place: Place) -> Channel:
        """A channel by itself, its id or its name; it need not be one they are in."""
        if isinstance(place, Channel):
            return place
        found = self.ws.channels.get(place) or self.ws.named(place.removeprefix("#"))
        if found is None:
            raise NotThere(f"no channel {place}")
        return found

    def sees(self, place: Place) -> list[Message]:
        """The messages of a room, the oldest first; nothing when they are not in it and it is private, or somebody else's DM."""
        room = self.room(place)
        if self.id not in room.members and room.kind != "public_channel":
            raise NotThere(f"{self.id} is not in {room.name or room.id}")
        return sorted(room.messages.values(), key=lambda message: message.ts)

    def reads(self, where: Where | Modal) -> str:
        """A message, modal or Home as words, with names for ids."""
        return Screen(self.ws, where.view if isinstance(where, Modal) else where).words

    def ephemerals(self, place: Place | None = None) -> list[Ephemeral]:
        room = None if place is None else self.room(place).id
        return [it for it in self.ws.ephemerals if it.user == self.id and not it.gone and room in (None, it.channel)]

    def labels(self, where: Where | Modal) -> list[str]:
        """What can be pressed, chosen or filled in there."""
        blocks = where.view.blocks if isinstance(where, Modal) else where.blocks
        return [control.label for control in controls(blocks)]

    @property
    def modal(self) -> Modal | None:
        """The modal on top of the screen."""
        stack = self.ws.screens.get(self.id)
        return Modal(self, self.ws.views[stack[-1]]) if stack else None

    @property
    def home(self) -> View | None:
        return self.ws.homes.get(self.id)

    def message(self, place: Place, words: str) -> Message:
        """The newest message of a room in which these words stand."""
        for found in reversed(self.sees(place)):
            if words in self.reads(found) or words in found.text:
                return found
        raise NotThere(f"nothing in {self.room(place).name or self.room(place).id} says {words!r}")

    # --- saying -------------------------------------------------------------------------------------------------------------

    def says(self, place: Place, text: str, thread: Message | str | None = None, *, files: tuple[str, ...] = ()) -> Message:
        """A message, escaped as Slack does it; mentions are written `<@U1>`."""
        room = self._inside(place)
        if room.archived:
            raise NotThere(f"{room.name} is archived")
        root = thread.thread_ts or thread.ts if isinstance(thread, Message) else thread
        with self._server.doing():
            shown = mrkdwn.typed(text)
            rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
            blocks: list[Json] = [{"type": "rich_text", "block_id": self.ws.id("b"), "elements": [rich]}]
            message = Message(room.id, self.ws.ts(), self.id, shown, blocks if text else [], thread_ts=root)
            if files:
                message.subtype = "file_share"
                message.files = [{"id": self.ws.id("F"), "name": name, "title": name, "mode": "hosted", "user": self.id} for name in files]
            return self.ws.post(room, message)

    def mentions_bot(self, place: Place, text: str, thread: Message | str | None = None) -> Message:
        return self.says(place, f"<@{self.ws.bot_user}> {text}", thread)

    def tells_bot(self, text: str, thread: Message | str | None = None) -> Message:
        """A direct message."""
        return self.says(self.bot_dm, text, thread)

    def edits(self, message: Message, text: str) -> None:
        with self._server.doing():
            self.ws.edit(message, mrkdwn.typed(text), message.blocks, self.id)

    def deletes(self, message: Message) -> None:
        with self._server.doing():
            self.ws.delete(message)

    def reacts(self, message: Message, emoji: str) -> None:
        self._inside(message.channel)
        with self._server.doing():
            self.ws.react(message, emoji.strip(":"), self.id)

    def unreacts(self, message: Message, emoji: str) -> None:
        with self._server.doing():
            self.ws.react(message, emoji.strip(":"), self.id, added=False)

    def pins(self, message: Message) -> None:
        self._inside(message.channel)
        with self._server.doing():
            self.ws.pin(message, self.id)

    # --- coming and going ---------------------------------------------------------------------------------------------------

    def joins(self, place: Place) -> None:
        with self._server.doing():
            self.ws.join(self.room(place), self.id)

    def leaves(self, place: Place) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.leave(room, self.id)

    def invites(self, place: Place, user: str) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.join(room, self.ws.by_name(user).id, self.id)

    def kicks(self, place: Place, user: str) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.leave(room, self.ws.by_name(user).id)

    def archives(self, place: Place) -> None:
        with self._server.doing():
            self.ws.archive(self.room(place), self.id)

    def unarchives(self, place: Place) -> None:
        with self._server.doing():
            self.ws.unarchive(self.room(place), self.id)

    def renames(self, place: Place, name: str) -> None:
        with self._server.doing():
            self.ws.rename(self.room(place), name, self.id)

    def _inside(self, place: Place) -> Channel:
        room = self.room(place)
        if self.id not in room.members:
            raise NotThere(f"{self.id} is not in {room.name or room.id}")
        return room

    # --- commands and shortcuts ---------------------------------------------------------------------------------------------

    def command(self, text: str, place: Place, command: str = "/incident") -> Seen:
        """A slash command, anywhere a person can look; `@name` of somebody here becomes a mention, as `should_escape` has it."""
        if text.startswith("/"):
            command, _, text = text.partition(" ")
        room, before = self.room(place), self._ephemerals()
        with self.ws.lock:
            name, url = response_urls.make(self.ws, self.id, room.id)
            trigger, link = self.ws.trigger(self.id), f"{self._server.url}/respond/{name}"
            payload = payloads.command(self.ws, self.id, room, command, self._escaped(text), trigger, link)
        reply = self._server.deliver("slash_commands", payload)
        if reply.error is None and reply.body:
            body = {"text": reply.body} if isinstance(reply.body, str) else reply.body
            with self._server.doing():
                try:
                    response_urls.use(self.ws, url, body)
                except ApiError as error:
                    self.ws.frown("answer", command, f"Slack cannot show the answer: {error.code}")
                    return self._seen(f"{error.code}", before)
        return self._seen(reply.error, before)

    def _escaped(self, text: str) -> str:
        """Mentions with their names, as commands carry them."""
        for user in sorted(self.ws.users.values(), key=lambda user: -len(user.real_name)):
            text = re.sub(rf"@{re.escape(user.real_name)}(?![^\s])", f"<@{user.id}>", text)
        names = {
            **{f"@{user.id}": user.name for user in self.ws.users.values()},
            **{f"#{it.id}": it.name for it in self.ws.channels.values()},
        }
        return re.sub(r"<([@#][A-Z0-9]+)>", lambda it: f"<{it[1]}|{names[it[1]]}>" if it[1] in names else it[0], mrkdwn.typed(text))

    def shortcut(self, callback_id: str, message: Message | None = None) -> Seen:
        """A global shortcut, or one on a message."""
        before = self._ephemerals()
        with self.ws.lock:
            trigger = self.ws.trigger(self.id)
            if message is None:
                payload = payloads.shortcut(self.ws, self.id, callback_id, trigger)
            else:
                name, _ = response_urls.make(self.ws, self.id, message.channel, message)
                link = f"{self._server.url}/respond/{name}"
                payload = payloads.message_shortcut(self.ws, self.id, callback_id, message, trigger, link)
        return self._seen(self.deliver(payload).error, before)

    def opens_home(self, tab: str = "home") -> View | None:
        with self._server.doing():
            event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.bot_dm.id, "tab": tab}
            if self.home is not None and tab == "home":
                event["view"] = self.ws.view(self.home)
            self.ws.happen(event)
        return self.home

    # --- pressing and choosing ----------------------------------------------------------------------------------------------

    def clicks(self, where: Where | Modal, what: str, *, near: str = "") -> Seen:
        """Press a button, by its words or its action id; `near` picks among several by the words of the block above it."""
        return self._act(where, find(self.ws, self._screen(where), what, {"button", "workflow_button"}, near), {})

    def selects(self, where: Where | Modal, what: str, value: Any, *, near: str = "") -> Seen:
        """Choose in a select, date or time picker, or radio buttons: `value` is what it reads, an id, or a list of them."""
        control = find(self.ws, self._screen(where), what, set(HELD), near)
        return self._act(where, control, entry(control, self.picked(control, value)))

    def picked(self, control: Control, value: Any) -> Any:
        """People and rooms by name become ids; only those whom the menu offers."""
        if isinstance(value, list | tuple):
            return [self.picked(control, item) for item in value]
        if value is None or ("users_select" not in control.kind and "channels_select" not in control.kind):
            return value
        if "channels_select" in control.kind:
            return self.room(value).id
        found = self.ws.by_name(value)
        if found.deleted:
            raise NotThere(f"{found.real_name} is deactivated")
        return found.id

    def ticks(self, where: Where | Modal, what: str, *options: str, near: str = "") -> Seen:
        """Leave exactly these boxes ticked."""
        control = find(self.ws, self._screen(where), what, {"checkboxes"}, near)
        return self._act(where, control, entry(control, list(options)))

    def chooses(self, where: Where | Modal, what: str, *, near: str = "") -> Seen:
        """Open the overflow menu that offers this, and choose it."""
        for control in controls(self._screen(where).blocks):
            if control.kind == "overflow" and what in [option["text"]["text"] for option in control.options]:
                chosen = next(option for option in control.options if option["text"]["text"] == what)
                return self._act(where, control, {"selected_option": chosen})
        raise NotThere(f"no menu offers {what!r}")

    def options(self, where: Where | Modal, what: str, typed: str = "") -> list[str]:
        """What an external select offers for what was typed."""
        at = self._screen(where)
        control = find(self.ws, at, what, {"external_select", "multi_external_select"}, "")
        payload = payloads.suggestion(self.ws, self.id, at, control.element, control.block["block_id"], typed)
        reply = self._server.deliver("interactive", payload)
        found = (reply.body or {}).get("options", [])
        control.element["options"] = found
        return [option["text"]["text"] for option in found]

    def _screen(self, where: Where | Modal) -> Where:
        """What they look at, if they can."""
        found = where.view if isinstance(where, Modal) else where
        match found:
            case Message():
                self._inside(found.channel)
                if found.ts not in self.ws.channels[found.channel].messages:
                    raise NotThere("the message is gone")
            case Ephemeral() if found.user != self.id or found.gone:
                raise NotThere("not on this person's screen")
            case View() if found.user != self.id or found.id not in self.ws.views:
                raise NotThere("not on this person's screen")
        return found

    def _act(self, where: Where | Modal, control: Control, more: Json) -> Seen:
        at, before = self._screen(where), self._ephemerals()
        with self.ws.lock:
            values = at.values if isinstance(at, View) else self.ws.states.setdefault((self.id, at.channel, at.ts), initial(at.blocks))
            if control.kind in HELD:
                values.setdefault(control.block["block_id"], {})[control.element["action_id"]] = more
            if control.block["type"] == "input" and not control.block.get("dispatch_action"):
                return self._seen(None, before)
            trigger, link = self.ws.trigger(self.id, at.id if isinstance(at, View) else None), ""
            if not isinstance(at, View):
                name, _ = response_urls.make(self.ws, self.id, at.channel, at)
                link = f"{self._server.url}/respond/{name}"
            action = payloads.action(control.block, control.element, more, self.ws.ts())
            payload = payloads.pressed(self.ws, self.id, at, action, trigger, link, values)
        return self._seen(self.deliver(payload).error, before)

    # --- modals -------------------------------------------------------------------------------------------------------------

    def submits(self, view: View) -> Seen:
        """Press the submit button of the modal on top; what the client itself would refuse never leaves it."""
        before = self._ephemerals()
        refused = api_views.lacks(view)
        if refused:
            view.errors = refused
            return self._seen(None, before, view)
        with self.ws.lock:
            payload = payloads.submitted(self.ws, view, self.ws.trigger(self.id, view.id))
        reply = self._server.deliver("interactive", payload)
        error = reply.error
        if error is None:
            with self.ws.lock:
                error = answered(self.ws, view, reply.body)
        return self._seen(error, before, view)

    def closes(self, view: View) -> None:
        with self.ws.lock:
            stack = self.ws.screens[self.id]
            gone = list(stack) if view.body.get("clear_on_close") else [view.id]
            payload = payloads.closed(self.ws, view, bool(view.body.get("clear_on_close")))
            for id in gone:
                stack.remove(id)
                self.ws.views.pop(id)
        if view.body.get("notify_on_close"):
            self.deliver(payload)

    # --- inside -------------------------------------------------------------------------------------------------------------

    def deliver(self, payload: Json) -> Reply:
        """A press or shortcut; what is said back in the acknowledgement, nobody sees."""
        reply = self._server.deliver("interactive", payload)
        if reply.error is None and reply.body:
            self.ws.frown("answer", str(payload["type"]), f"Slack ignores what is answered here: {reply.body!r}")
        return reply

    def _ephemerals(self) -> int:
        return len(self.ws.ephemerals)

    def _seen(self, error: str | None, before: int, view: View | None = None) -> Seen:
        fresh = tuple(it for it in self.ws.ephemerals[before:] if it.user == self.id and not it.gone)
        errors = Modal(self, view).errors if view is not None and view.id in self.ws.views else {}
        return Seen(error, fresh, self.modal, "\n".join(self.reads(it) for it in fresh), errors)
