"""`fenghuo doctor` against a whole Slack: every check well, then each thing that can be wrong, said in one line with its fix."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import doctor
from bot.app import Now
from bot.cli import main
from bot.core.people import Team
from bot.plan.load import load
from bot.rules import rules
from bot.service import Service
from bot.settings import HOUSE, Settings
from bot.store.database import Database
from bot.store.migrate import migrate
from tests.slack.double.limits import Fault
from tests.slack.double.model import Channel
from tests.slack.double.server import SlackServer
from tests.slack.setup import manifest

PLAN = load(HOUSE / "data/plan")
SLOTS = ("@report", *(f"@{each}" for each in (*PLAN.groups, *PLAN.comms.rooms)))


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SlackServer]:
    """A workspace with everybody of the plan in it, installed from the manifest and configured for Socket Mode."""
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    with SlackServer() as server:
        workspace = server.workspace
        workspace.scopes = set(manifest.socket_mode()["oauth_config"]["scopes"]["bot"])
        for number, person in enumerate(PLAN.people.values()):
            workspace.user(f"U{number:04d}", person.name, person.email)
        monkeypatch.setenv("SLACK_BOT_TOKEN", workspace.bot_token)
        monkeypatch.setenv("SLACK_APP_TOKEN", workspace.app_token)
        monkeypatch.setenv("SLACK_API_URL", server.api_url)
        yield server


@pytest.fixture
def rooms(slack: SlackServer, tmp_path: Path) -> dict[str, Channel]:
    """The standing rooms as a first start left them, in the workspace and in the database."""
    url = f"sqlite:///{tmp_path / 'fenghuo.db'}"
    migrate(url)
    database = Database(url)
    made = {slot: slack.workspace.channel(slot.removeprefix("@")) for slot in SLOTS}
    service = Service(database, rules(), lambda: PLAN, Now(), ("slack",))
    for slot, room in made.items():
        service.bind_room(slot, "slack", room.id)
    database.close()
    return made


Said = dict[str, tuple[bool, str]]


def examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, Said]:
    """The exit code, and what is said of Slack by name; no token is ever among it."""
    code = main(["doctor"])
    out, err = capsys.readouterr()
    assert err == ""
    assert "double" not in out
    lines = [line.split(maxsplit=2) for line in out.splitlines()]
    return code, {name: (verdict == "ok", text) for verdict, name, text in lines if name.startswith("slack")}


def test_all_is_well_in_a_workspace_made_from_the_manifest(
    slack: SlackServer, rooms: dict[str, Channel], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = examined(capsys)
    assert code == 0, said
    assert list(said) == ["slack", "slack-scopes", "slack-clock", "slack-socket", *(f"slack-room:{slot}" for slot in SLOTS), "slack-people"]
    assert said["slack-people"] == (True, f"方案里 {len(PLAN.people)} 人都找得到")
    assert {call.method for call in slack.calls if call.method not in READING} == set()


READING = {"auth.test", "apps.connections.open", "conversations.info", "users.info", "users.lookupByEmail", "usergroups.list"}


def test_before_the_first_start_the_rooms_are_no_fault_and_nothing_is_made(slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = examined(capsys)
    assert code == 0
    assert said["slack-room:@report"] == (True, "还没有；启动时会建，或在现成的群里说「绑定」")
    assert list(Path.cwd().iterdir()) == []


def test_it_speaks_english_where_it_is_told_to(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    _, said = examined(capsys)
    assert said["slack-people"] == (True, f"all {len(PLAN.people)} people of the plan are found")


@pytest.mark.parametrize(("token", "code"), [("xoxb-hunter2", "invalid_auth"), ("revoked", "token_revoked")])
def test_a_token_that_is_not_taken_is_the_one_thing_that_is_said(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str, code: str
) -> None:
    slack.workspace.revoked = token == "revoked"
    if token != "revoked":
        monkeypatch.setenv("SLACK_BOT_TOKEN", token)
    exit_code, said = examined(capsys)
    assert (exit_code, list(said)) == (1, ["slack"])
    assert said["slack"][1].endswith(code)
    assert "SLACK_BOT_TOKEN" in said["slack"][1]
    assert "hunter2" not in said["slack"][1]


@pytest.mark.parametrize("kind", ["http", "reset", "garbage"])
def test_a_slack_that_does_not_answer_is_the_one_thing_that_is_said(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    slack.api.fault = lambda method, args: Fault(kind)  # type: ignore[arg-type]  # one of its kinds
    code, said = examined(capsys)
    assert (code, list(said)) == (1, ["slack"])


def test_nobody_at_the_address_is_said_with_what_to_look_at(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api")
    code, said = examined(capsys)
    assert (code, list(said)) == (1, ["slack"])
    assert said["slack"][1].endswith("看网络、代理和 SLACK_API_URL")


def test_a_scope_that_is_missing_is_named_with_what_people_lose_and_the_fix(slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    slack.workspace.scopes -= {"pins:write", "bookmarks:write"}
    code, said = examined(capsys)
    assert code == 1
    assert said["slack-scopes"] == (
        False,
        "缺 bookmarks:write（群顶的链接：记录页、方案）、pins:write（状态卡钉在群里）："
        "把 deploy/slack-manifest.yaml 贴进 App Manifest，再重新安装应用",
    )


def test_people_who_cannot_be_looked_up_for_want_of_a_scope_are_not_said_to_be_missing(
    slack: SlackServer, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.workspace.scopes -= {"users:read.email"}
    code, said = examined(capsys)
    assert code == 1
    assert said["slack-people"][1].startswith(f"方案里还有 {len(PLAN.people)} 人没查成：")


@pytest.mark.parametrize(
    ("token", "scopes", "text"),
    [
        ("xapp-wrong", {"connections:write"}, "应用令牌不对：Basic Information → App-Level Tokens，写进 SLACK_APP_TOKEN  invalid_auth"),
        (None, set(), "应用令牌缺权限 connections:write：新建一个带它的，写进 SLACK_APP_TOKEN  missing_scope"),
    ],
)
def test_an_app_token_that_opens_no_socket_is_said_with_its_fix(
    slack: SlackServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
    scopes: set[str],
    text: str,
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", token or slack.workspace.app_token)
    slack.workspace.app_scopes = scopes
    code, said = examined(capsys)
    assert (code, said["slack-socket"]) == (1, (False, text))


def test_with_both_secrets_socket_mode_wins_and_that_is_said(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.workspace.signing_secret)
    _, said = examined(capsys)
    assert said["slack-socket"] == (True, "Socket Mode，应用令牌可用；SLACK_SIGNING_SECRET 用不到")
    assert "slack-http" not in said


@pytest.mark.parametrize(
    ("address", "well", "text"),
    [
        ("https://fenghuo.example.com", True, "HTTP 方式，应用设置里三处 Request URL 都写 https://fenghuo.example.com/slack/events"),
        ("http://fenghuo.example.com", False, "Slack 只来 https，PUBLIC_URL 现在是 http://fenghuo.example.com：写代理对外的 https 地址"),
    ],
)
def test_over_http_the_address_must_be_one_that_slack_comes_to(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, address: str, well: bool, text: str
) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.workspace.signing_secret)
    monkeypatch.setenv("PUBLIC_URL", address)
    code, said = examined(capsys)
    assert (code, said["slack-http"]) == (int(not well), (well, text))
    assert "slack-socket" not in said


def test_a_clock_that_is_minutes_off_is_said(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "Now", lambda: lambda: datetime.now(UTC) + timedelta(seconds=400))
    code, said = examined(capsys)
    assert code == 1
    assert said["slack-clock"][0] is False


def test_each_room_says_whether_it_can_be_used(slack: SlackServer, rooms: dict[str, Channel], capsys: pytest.CaptureFixture[str]) -> None:
    rooms["@ecc"].archived = True
    rooms["@tech"].members.remove(slack.workspace.bot_user)
    del slack.workspace.channels[rooms["@biz"].id]
    code, said = examined(capsys)
    assert code == 1
    assert said["slack-room:@ecc"] == (False, "#ecc 已归档：在 Slack 里恢复它，或在别的群里说「绑定」")
    assert said["slack-room:@tech"] == (False, "烽火不在 #tech 里：在那里发 /invite @烽火")
    assert said["slack-room:@biz"][1].startswith(f"{rooms['@biz'].id} 看不到：")
    assert said["slack-room:@report"] == (True, "#report，烽火在里面")


def test_people_who_are_not_found_are_counted_and_named(slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    gone = list(slack.workspace.users.values())[1:3]  # the first is the bot
    gone[0].email, gone[1].deleted = "somebody.else@example.com", True
    code, said = examined(capsys)
    assert code == 1
    names = f"{gone[0].real_name}、{gone[1].real_name}"
    assert said["slack-people"][1] == f"方案里 2 人在 Slack 上找不到：{names}。在方案里写对邮箱，或写 identities.slack"


def test_when_slack_asks_for_patience_people_are_not_said_to_be_missing(slack: SlackServer, capsys: pytest.CaptureFixture[str]) -> None:
    slack.api.fault = lambda method, args: Fault("ratelimited", seconds=30) if method == "users.lookupByEmail" else None
    code, said = examined(capsys)
    assert code == 1
    assert said["slack-people"][1].startswith(f"方案里还有 {len(PLAN.people)} 人没查成")
    assert len([call for call in slack.calls if call.method == "users.lookupByEmail"]) <= 4


def test_a_user_group_of_the_plan_that_does_not_exist_is_named(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = PLAN.groups["tech"]
    groups = {**PLAN.groups, "tech": group.model_copy(update={"user_groups": {"slack": "S0TECH"}})}
    monkeypatch.setattr(doctor, "load", lambda folder: PLAN.model_copy(update={"groups": groups}))
    assert examined(capsys)[1]["slack-groups"] == (
        False,
        f"方案里的用户组在 Slack 上没有：{group.name.zh} S0TECH。改方案里的 user_groups",
    )
    slack.workspace.group("S0TECH", "tech", [])
    assert examined(capsys)[1]["slack-groups"] == (True, "方案里 1 个用户组都在")


def test_somebody_bound_in_chat_is_looked_up_by_that(
    slack: SlackServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    user = list(slack.workspace.users.values())[1]
    monkeypatch.setattr(doctor, "_kept", lambda found, plan: doctor._Kept({}, Team(identities={f"slack:{user.id}": "chenhai"})))
    user.email = "private@example.com"
    assert examined(capsys)[0] == 0
