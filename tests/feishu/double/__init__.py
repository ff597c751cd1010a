"""A Feishu for tests: as strict as the real one, or stricter. The real lark_oapi and any HTTP client talk to it on 127.0.0.1.

    from tests.feishu.double import Fault, FeishuServer, Tenant

    tenant = Tenant()
    tenant.user("ou_1", "张三", "zhangsan@example.com", "13800000001")
    duty = tenant.chat("值班群", ["张三"])                       # the bot is in it; bot=False for not
    with FeishuServer(tenant) as feishu:                        # or transport="socket"; `async with` works too
        client = …(domain=feishu.url, tenant.app_id, tenant.app_secret)
        feishu.request_url = "http://127.0.0.1:8000/feishu/events"   # webhook: sealed with tenant.encrypt_key, "" for plain
        zhang = feishu.person("张三")
        zhang.mentions_bot(duty, "报 下单报错")                  # @烽火 报 下单报错; returns when the bot has answered 200
        card = zhang.message(duty, "下单报错")                  # the newest message with these words
        seen = zhang.clicks(card, "认领")                       # by label; near="…" when several are called so
        assert seen.error is None, seen.toast
        form = zhang.form()                                     # the newest open form in the direct chat with the bot
        form.fill("标题", "下单报错").fill("等级", "重大").submit()
        assert form.errors == {} and not form.open
        feishu.settle()                                         # everything that happened has been told to the bot
        assert feishu.violations == []                          # nothing that Feishu would refuse or frown upon

The server runs on a thread and loop of its own; everything people do is synchronous. In an async test whose bot lives on the test's
loop, write `await asyncio.to_thread(zhang.tells_bot, "报")`.

`Tenant`: `user`, `chat`, `group` (of the contacts), `advance(seconds)`, `clock`, `scopes`, `events`, `published`, `bot_active`,
`sms_quota`, `phone_quota`, `expire_tokens()`, `chats`, `messages`, `message(ref)`, `ephemerals`, `urgents`, `files`, `commands`.
A message's `ref` is `om_…/created`; `looks` are all faces its card has had.
`FeishuServer`: `url`, `api_url`, `request_url`, `delivery.callback_url` (when presses go elsewhere), `person(id or name)`, `calls`,
`called("message.create")` (arguments, start, end, error), `requests()` (for judges), `chain(calls)` (how many round trips followed one
another), `connections` (TCP), `delivered` (every attempt, with its reply), `again(delivered)`, `sent` (every card, for judges),
`violations`, `latency` (seconds, or by method), `limits.on`, `fault = lambda method, args: Fault("reset", after=True) or None` (methods
are called as in the SDK: `im.v1.message.create`; the token's is `auth.v3.tenant_access_token.internal`), `delivery.ack_seconds`,
`delivery.retry_waits`, `event(kind, inner)`, `verifies_url()`, `settle()`, `await_socket()`, `sockets`, `drop_sockets()`, and `links`:
`config`, `refuse` (`busy`, `internal`, `http`, `secret`, `connections`, `forbidden`, `closed`), `mute`, `drop_next`, `split`, `pings`,
`opened`, `discovered`, `refused`, `carried`.
People: `says`, `mentions_bot`, `tells_bot`, `sends`, `recalls`, `reacts`, `unreacts`, `joins`, `leaves`, `invites`, `kicks`, `adds_bot`,
`removes_bot`, `renames`, `disbands`, `opens_bot_chat`, `menu(key)`, `clicks`, `selects`, `ticks`, `types`, `chooses` (overflow), `form`;
looking: `chats`, `bot_chat`, `sees` (members only), `reads`, `message`, `labels`, `ephemerals`, `toasts`, `urgents`.
A `Form`: `open`, `title`, `words`, `labels`, `values`, `errors` (red words, by field), `fill`, `submit`.
`Hostile(feishu)`: `unsigned`, `plain`, `badly_signed`, `badly_sealed`, `tampered`, `stale`, `replayed`, `wrong_token`, `garbage`,
`other_app`, `presses`, `submits`.
"""

from tests.feishu.double.delivery import Delivered, Reply
from tests.feishu.double.form import Form
from tests.feishu.double.hostile import Hostile
from tests.feishu.double.limits import Fault
from tests.feishu.double.model import BOT, ApiError, Call, Chat, Ephemeral, File, Group, Message, Sent, Toast, Urgent, User, Violation
from tests.feishu.double.person import Person, Seen
from tests.feishu.double.screen import NotThere
from tests.feishu.double.server import FeishuServer
from tests.feishu.double.tenant import EVENTS, SCOPES, Tenant

__all__ = [
    "BOT",
    "EVENTS",
    "SCOPES",
    "ApiError",
    "Call",
    "Chat",
    "Delivered",
    "Ephemeral",
    "Fault",
    "FeishuServer",
    "File",
    "Form",
    "Group",
    "Hostile",
    "Message",
    "NotThere",
    "Person",
    "Reply",
    "Seen",
    "Sent",
    "Tenant",
    "Toast",
    "Urgent",
    "User",
    "Violation",
]
