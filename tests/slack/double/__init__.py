"""A Slack for tests: as strict as the real one, or stricter. The real slack_bolt and slack_sdk talk to it over HTTP and websockets.

    from tests.slack.double import Fault, SlackServer, Workspace

    ws = Workspace()
    ws.user("U1", "张三", "zhangsan@example.com")
    general = ws.channel("general", ["U1"], general=True)
    with SlackServer(ws) as slack:                     # or transport="socket"; `async with` works too
        client = AsyncWebClient(token=ws.bot_token, base_url=slack.api_url)
        slack.request_url = "http://127.0.0.1:8000/slack/events"       # HTTP: signed with ws.signing_secret
        ann = slack.person("U1")
        seen = ann.command("报 下单报错", general)       # /incident 报 下单报错, returns when acknowledged
        assert seen.error is None, seen.words
        seen.modal.fill("标题", "下单报错").fill("等级", "重大").submit()
        card = ann.message(general, "下单报错")          # the newest message with these words
        ann.clicks(card, "认领")                        # by label or action id; near="…" when several are called so
        ann.selects(card, "等级", "一般")
        slack.settle()                                  # everything that happened has been told to the bot
        assert slack.violations == []                   # nothing that Slack would refuse or frown upon

The server runs on a thread and loop of its own; everything people do is synchronous. In an async test whose bot lives on the test's
loop, write `await asyncio.to_thread(ann.command, "报", general)`.

`Workspace`: `user`, `channel`, `group`, `advance(seconds)`, `clock`, `scopes`, `events` (what the manifest subscribes), `cjk_names`,
`revoked`, `channels`, `ephemerals`, `homes`, `files`. A message's `ref` is `C…/ts`; `looks` are all faces it has had.
`SlackServer`: `api_url`, `request_url`, `person(id or name)`, `calls` and `called(method)` (arguments, start, end, error), `chain(calls)`
(how many round trips followed one another), `connections` (TCP), `delivered` (every attempt, with its reply), `again(delivered)` (the
same payload once more), `sent` (every payload of blocks, for judges), `violations`, `latency` (seconds, or by method), `limits.on`,
`fault = lambda method, args: Fault("reset", after=True) or None`, `delivery.ack_seconds`, `delivery.retry_waits`,
`delivery.drop_next`, `connected(count)`, `refresh_sockets()`, `drop_sockets()`, `event(inner)`, `verifies_url()`, `settle()`.
People: `says`, `mentions_bot`, `tells_bot`, `edits`, `deletes`, `reacts`, `unreacts`, `pins`, `joins`, `leaves`, `invites`, `kicks`,
`archives`, `unarchives`, `renames`, `command`, `shortcut(callback_id, message=None)`, `opens_home`, `clicks`, `selects`, `ticks`,
`chooses` (overflow), `options` (external select); looking: `sees`, `reads`, `message`, `ephemerals`, `labels`, `modal`, `home`.
`Hostile(slack)`: `unsigned`, `badly_signed`, `tampered`, `stale`, `replayed`, `garbage`, `other_team`, `command`, `presses`, `submits`.
A `Modal`: `title`, `words`, `labels`, `values`, `errors` (by label), `fill`, `clicks`, `submit`, `close`.
"""

from tests.slack.double.delivery import Delivered, Reply
from tests.slack.double.hostile import Hostile
from tests.slack.double.limits import Fault
from tests.slack.double.modal import Modal
from tests.slack.double.model import ApiError, Call, Channel, Ephemeral, File, Group, Message, Sent, User, View, Violation
from tests.slack.double.person import Person, Seen
from tests.slack.double.screen import NotThere
from tests.slack.double.server import SlackServer
from tests.slack.double.workspace import EVENTS, SCOPES, Workspace

__all__ = [
    "EVENTS",
    "SCOPES",
    "ApiError",
    "Call",
    "Channel",
    "Delivered",
    "Ephemeral",
    "Fault",
    "File",
    "Group",
    "Hostile",
    "Message",
    "Modal",
    "NotThere",
    "Person",
    "Reply",
    "Seen",
    "Sent",
    "SlackServer",
    "User",
    "View",
    "Violation",
    "Workspace",
]
