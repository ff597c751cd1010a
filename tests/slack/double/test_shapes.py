"""What the bot is told has the shape of the recorded events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.parts import ORACLES
from tests.slack.double import SlackServer, Workspace
from tests.slack.double.toy import ToyBot, register

pytestmark = pytest.mark.oracle

RECORDED = ORACLES.parent / "fixtures" / "slack_events"
FILES = {
    ("app_mention", None): "AppMention",
    ("app_home_opened", None): "AppHomeOpened",
    ("channel_archive", None): "ChannelArchive",
    ("channel_rename", None): "ChannelRename",
    ("member_joined_channel", None): "MemberJoinedChannel",
    ("member_left_channel", None): "MemberLeftChannel",
    ("reaction_added", None): "ReactionAdded",
    ("pin_added", None): "PinAdded",
    ("message", None): "Message",
    ("message", "message_changed"): "MessageChanged",
    ("message", "message_deleted"): "MessageDeleted",
    ("message", "file_share"): "MessageFileShare",
    ("message", "channel_join"): "MessageChannelJoin",
    ("message", "channel_leave"): "MessageChannelLeave",
    ("message", "channel_topic"): "MessageChannelTopic",
    ("message", "channel_name"): "MessageChannelName",
    ("message", "channel_archive"): "MessageChannelArchive",
}
NEWER = {"team", "client_msg_id", "app_id", "bot_id", "bot_profile", "channel_type", "context_team_id", "context_enterprise_id", "team_id"}
SOMETIMES = {  # what a recording holds and an event often lacks
    *("attachments", "bot_id", "bot_profile", "client_msg_id", "metadata", "parent_user_id", "thread_ts", "edited", "username", "app_id"),
    *("subtype", "upload", "display_as_bot", "user_team", "source_team", "user_profile", "view", "inviter", "enterprise", "blocks", "team"),
    *("reply_count", "latest_reply", "pinned_info", "files", "enterprise_id"),
}


@pytest.fixture
def bot(slack: SlackServer) -> Iterator[ToyBot]:
    toy = ToyBot(slack, register)
    yield toy
    toy.stop()


def test_events_have_the_recorded_shapes(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    slack.delivery.retry_waits = ()
    ann, room = slack.person("U1"), ws.channel("inc", ["U1"])
    ann.opens_home()
    said = ann.mentions_bot(room, "在吗")
    ann.says(room, "看图", thread=said, files=("图.png",))
    ann.edits(said, "在")
    ann.reacts(said, "eyes2")
    ann.pins(said)
    ann.invites(room, "U2")
    ann.kicks(room, "U2")
    bot.call("chat_postMessage", channel=room.id, text="在")
    bot.call("conversations_setTopic", channel=room.id, topic="在")
    ann.deletes(said)
    ann.renames(room, "inc-2")
    ann.archives(room)
    slack.settle()
    seen = set()
    for it in slack.delivered:
        event = it.payload["event"]
        kind = (event["type"], event.get("subtype"))
        recorded: dict[str, Any] = json.loads((RECORDED / f"{FILES[kind]}Payload.json").read_text(encoding="utf-8"))
        assert set(event) - NEWER <= set(recorded["event"]), kind
        assert set(recorded["event"]) - SOMETIMES <= set(event), kind
        assert set(recorded) - {"authed_users", "authed_teams", "enterprise_id"} <= set(it.payload), kind
        seen.add(kind)
    assert seen == set(FILES)
