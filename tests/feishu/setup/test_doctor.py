"""`fenghuo doctor` against a whole Feishu: every check well, then each thing that can be wrong, said in one line with its fix."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
from tests.feishu.double import Chat, Fault, FeishuServer
from tests.feishu.double import methods as double_methods
from tests.feishu.double.args import Args
from tests.feishu.requests import faults_of, requests_of
from tests.feishu.setup import description

PLAN = load(HOUSE / "data/plan")
SLOTS = ("@report", *(f"@{each}" for each in (*PLAN.groups, *PLAN.comms.rooms)))
READING = {
    "auth.v3.tenant_access_token.internal",
    "bot.v3.info",
    "application.v6.scope.list",
    "application.v6.application.get",
    "application.v6.application_app_version.list",
    "im.v1.chat.get",
    "contact.v3.user.batch_get_id",
    "contact.v3.user.get",
    "contact.v3.group_member.simplelist",
}
FIRST = ["feishu", "feishu-scopes", "feishu-version", "feishu-events", "feishu-clock", "feishu-socket"]


@pytest.fixture
def feishu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FeishuServer]:
    """A tenant with everybody of the plan in it, and the app as its description has it."""
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    with FeishuServer(transport="socket") as server:
        tenant, app = server.tenant, description.app()
        tenant.scopes = {*app["scopes"], *app["optional_scopes"]}
        tenant.events, tenant.callbacks = set(app["events"]), set(app["callbacks"])
        for number, person in enumerate(PLAN.people.values()):
            tenant.user(f"ou_{number:04d}", person.name, person.email)
        monkeypatch.setenv("FEISHU_APP_ID", tenant.app_id)
        monkeypatch.setenv("FEISHU_APP_SECRET", tenant.app_secret)
        monkeypatch.setenv("FEISHU_DOMAIN", server.url)
        yield server


@pytest.fixture
def rooms(feishu: FeishuServer, tmp_path: Path) -> dict[str, Chat]:
    """The standing rooms as a first start left them, in the tenant and in the database."""
    url = f"sqlite:///{tmp_path / 'fenghuo.db'}"
    migrate(url)
    database = Database(url)
    made = {slot: feishu.tenant.chat(slot.removeprefix("@")) for slot in SLOTS}
    service = Service(database, rules(), lambda: PLAN, Now(), ("feishu",))
    for slot, room in made.items():
        service.bind_room(slot, "feishu", room.id)
    database.close()
    return made


Said = dict[str, tuple[bool, str]]


def examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, Said]:
    """The exit code, and what is said of Feishu by name; no secret is ever among it."""
    code = main(["doctor"])
    out, err = capsys.readouterr()
    assert err == ""
    assert "double-app-secret" not in out
    assert "t-double" not in out
    lines = [line.split(maxsplit=2) for line in out.splitlines()]
    return code, {name: (verdict == "ok", text) for verdict, name, text in lines if name.startswith("feishu")}


def test_all_is_well_in_a_tenant_with_the_app_of_the_description(
    feishu: FeishuServer, rooms: dict[str, Chat], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = examined(capsys)
    assert code == 0, said
    assert list(said) == [*FIRST, *(f"feishu-room:{slot}" for slot in SLOTS), "feishu-people"]
    assert said["feishu"][1].startswith(f"应用 {feishu.tenant.app_id}，机器人「烽火」，")
    assert said["feishu-version"] == (True, "在用的是版本 1.0.1")
    assert said["feishu-events"] == (True, f"{len(feishu.tenant.events)} 个事件和 1 个回调都订阅了")
    assert said["feishu-people"] == (True, f"方案里 {len(PLAN.people)} 人都找得到")


def test_it_only_looks_and_takes_events_from_nobody(
    feishu: FeishuServer, rooms: dict[str, Chat], capsys: pytest.CaptureFixture[str]
) -> None:
    examined(capsys)
    assert {call.method for call in feishu.calls} <= READING
    assert feishu.violations == []
    assert (feishu.links.discovered, feishu.links.opened) == (1, 0)


@pytest.mark.schemas
def test_what_it_asks_is_what_feishu_defines(
    feishu: FeishuServer, rooms: dict[str, Chat], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    examined(capsys)
    assert faults_of(requests_of(feishu), tmp_path) == []
    assert len(feishu.called("batch_get_id")) == -(-len(PLAN.people) // 50)


def test_lark_oapi_is_not_loaded_for_it() -> None:
    """Its import would take seconds; that it is not needed shows where nobody else has loaded it."""
    code = "import sys, bot.platforms.feishu.checks; sys.exit('lark_oapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=HOUSE, timeout=60, check=False).returncode == 0


def test_before_the_first_start_the_rooms_are_no_fault_and_nothing_is_made(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = examined(capsys)
    assert code == 0
    assert said["feishu-room:@report"] == (True, "还没有；启动时会建，或在现成的群里说「绑定」")
    assert list(Path.cwd().iterdir()) == []


def test_it_speaks_english_where_it_is_told_to(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    _, said = examined(capsys)
    assert said["feishu-version"] == (True, "version 1.0.1 is in use")
    assert said["feishu-socket"][1].endswith("one app per environment")


# --- the first call -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value", "code"), [("FEISHU_APP_ID", "cli_other", 10003), ("FEISHU_APP_SECRET", "hunter2", 10014)])
def test_credentials_that_are_not_taken_are_the_one_thing_that_is_said(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int
) -> None:
    monkeypatch.setenv(name, value)
    exit_code, said = examined(capsys)
    assert (exit_code, list(said)) == (1, ["feishu"])
    assert said["feishu"][1].endswith(f"写进 FEISHU_APP_ID 和 FEISHU_APP_SECRET  {code}")
    assert "hunter2" not in said["feishu"][1]


def test_an_app_without_a_bot_is_told_to_get_one(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    feishu.tenant.bot_active = False
    assert examined(capsys) == (1, {"feishu": (False, "应用没有机器人：在「添加应用能力」里加上机器人，发布新版本  11205")})


@pytest.mark.parametrize("kind", ["http", "reset", "garbage"])
def test_a_feishu_that_does_not_answer_is_the_one_thing_that_is_said(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    feishu.fault = lambda method, args: Fault(kind)  # type: ignore[arg-type]  # one of its kinds
    code, said = examined(capsys)
    assert (code, list(said)) == (1, ["feishu"])


def test_nobody_at_the_address_is_said_with_what_to_look_at(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEISHU_DOMAIN", "http://127.0.0.1:9")
    code, said = examined(capsys)
    assert (code, list(said)) == (1, ["feishu"])
    assert said["feishu"][1].endswith("看网络、代理和 FEISHU_DOMAIN")


def test_a_clock_that_is_minutes_off_is_said(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "Now", lambda: lambda: datetime.now(UTC) + timedelta(seconds=400))
    code, said = examined(capsys)
    assert (code, said["feishu-clock"][0]) == (1, False)


# --- the app ------------------------------------------------------------------------------------------------------------------


def test_a_scope_that_is_missing_is_named_with_what_people_lose_and_the_fix(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str]
) -> None:
    feishu.tenant.scopes -= {"im:message.urgent", "im:chat"}
    code, said = examined(capsys)
    assert code == 1
    assert said["feishu-scopes"] == (
        False,
        "缺 im:chat（建群、请人、改名、简介、置顶、标签页、结束后限发言）、im:message.urgent（应用内加急）："
        "在「权限管理」批量导入 docs/feishu.md 里的 JSON，再发布一个版本",
    )


def test_what_can_be_done_without_is_said_and_no_fault(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    feishu.tenant.scopes -= {"im:message.group_msg"}
    code, said = examined(capsys)
    assert code == 0
    assert said["feishu-scopes"][1].endswith("没开的：im:message.group_msg（群里没 @烽火 的话：总指挥的动静、这些话上的表情）")


def answers(monkeypatch: pytest.MonkeyPatch, name: str, change: dict[str, Any]) -> None:
    """From now on the call answers with some things put in place of others."""
    method = next(each for each in double_methods.METHODS if each.name == name)

    def act(args: Args) -> dict[str, Any]:
        found = method.act(args)
        inner = found.get("app", found)
        for key, value in change.items():
            inner[key] = {**inner[key], **value} if isinstance(value, dict) else value
        return found

    others = [each for each in double_methods.METHODS if each is not method]
    monkeypatch.setattr(double_methods, "METHODS", [*others, dataclasses.replace(method, act=act)])


def test_a_scope_that_waits_for_its_version_counts_as_missing(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"scope_name": scope, "grant_status": 1, "scope_type": "tenant"} for scope in sorted(feishu.tenant.scopes)]
    by_name = {row["scope_name"]: row for row in rows}
    by_name["im:resource"]["grant_status"] = 2
    by_name["im:message.urgent"]["scope_type"] = "user"
    answers(monkeypatch, "application.v6.scope.list", {"scopes": rows})
    assert examined(capsys)[1]["feishu-scopes"][1].startswith("缺 im:message.urgent（应用内加急）、im:resource（复盘稿作为文件）：")


def test_an_app_that_was_never_published_is_told_so(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    feishu.tenant.published = False
    code, said = examined(capsys)
    assert code == 1
    assert said["feishu-version"][1].startswith("看不到版本：没发布过，")
    assert said["feishu-people"][1].startswith(f"方案里还有 {len(PLAN.people)} 人没查成：")


VERSIONS = {
    "none": ([], "还没有发布过版本，权限和事件都不生效：到「版本管理与发布」创建版本并发布"),
    "draft": ([{"version": "1.0.0", "status": 4}], "还没有发布过版本，权限和事件都不生效：到「版本管理与发布」创建版本并发布"),
    "waiting": (
        [{"version": "1.0.2", "status": 3}, {"version": "1.0.1", "status": 1}],
        "版本 1.0.2 还没发布（审核中），在用的是 1.0.1：改动要发布了才生效",
    ),
    "refused": (
        [{"version": "1.0.2", "status": 2}, {"version": "1.0.1", "status": 1}],
        "版本 1.0.2 还没发布（审核没通过），在用的是 1.0.1：改动要发布了才生效",
    ),
    "strange": (
        [{"version": "2", "status": "?"}, {"version": "1", "status": 1}],
        "版本 2 还没发布（没提交），在用的是 1：改动要发布了才生效",
    ),
}


@pytest.mark.parametrize("case", VERSIONS)
def test_a_version_that_is_not_published_is_named(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    items, text = VERSIONS[case]
    answers(monkeypatch, "application.v6.application_app_version.list", {"items": items})
    code, said = examined(capsys)
    assert (code, said["feishu-version"]) == (1, (False, text))


def test_events_and_callbacks_that_nobody_subscribed_to_are_named(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    feishu.tenant.events -= {"application.bot.menu_v6"}
    feishu.tenant.callbacks.clear()
    code, said = examined(capsys)
    assert code == 1
    assert said["feishu-events"] == (
        False,
        "没订阅 application.bot.menu_v6（机器人菜单）、card.action.trigger（卡片上的按钮和表单）：在「事件与回调」里添加，再发布一个版本",
    )


# --- the way in ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["event", "callback_info"])
def test_a_console_that_sends_another_way_is_said(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    key = {"event": "subscription_type", "callback_info": "callback_type"}[which]
    answers(monkeypatch, "application.v6.application.get", {which: {key: "webhook"}})
    code, said = examined(capsys)
    assert (code, said["feishu-events"]) == (1, (False, "后台选的不是长连接：「事件配置」和「回调配置」都改成使用长连接"))


def test_a_long_connection_that_does_not_open_is_said(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    feishu.links.refuse = "internal"
    code, said = examined(capsys)
    assert code == 1
    assert said["feishu-socket"] == (False, "长连接开不了（1000040343 internal error）：应用要是企业自建的，连着的不能超过 50 条")
    feishu.links.refuse = "http"
    assert examined(capsys)[1]["feishu-socket"] == (False, "那头答的不是飞书的话：看代理和 FEISHU_DOMAIN，或过一会儿再试")


def test_secrets_of_the_webhook_are_not_used_by_the_long_connection(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEISHU_ENCRYPT_KEY", "hunter2")
    _, said = examined(capsys)
    assert said["feishu-socket"] == (
        True,
        "长连接可用；加密密钥和校验令牌用不到。用同一个应用连上的机器会分走事件：一个环境一个应用",
    )


HTTPS = "https://fenghuo.example.com"
WEBHOOK = [
    (HTTPS, "key", True, f"webhook 方式，事件和回调的请求地址都写 {HTTPS}/feishu/events"),
    (HTTPS, "", True, f"webhook 方式，请求地址写 {HTTPS}/feishu/events；没有 FEISHU_ENCRYPT_KEY，事件不加密也不签名，正式环境要设"),
    ("http://10.0.0.5", "key", False, "飞书要到得了的 https 地址，PUBLIC_URL 现在是 http://10.0.0.5：写代理对外的 https 地址"),
]


@pytest.mark.parametrize(("address", "key", "well", "text"), WEBHOOK, ids=["sealed", "plain", "http"])
def test_over_the_webhook_the_address_must_be_one_that_feishu_comes_to(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, address: str, key: str, well: bool, text: str
) -> None:
    monkeypatch.setenv("FEISHU_MODE", "webhook")
    monkeypatch.setenv("FEISHU_VERIFICATION_TOKEN", feishu.tenant.verification_token)
    monkeypatch.setenv("FEISHU_ENCRYPT_KEY", key)
    monkeypatch.setenv("PUBLIC_URL", address)
    feishu.tenant.way = "webhook"
    code, said = examined(capsys)
    assert (code, said["feishu-webhook"]) == (int(not well), (well, text))
    assert feishu.links.discovered == 0
    assert "feishu-socket" not in said


def test_a_console_on_the_long_connection_is_said_where_the_webhook_is_set(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEISHU_MODE", "webhook")
    monkeypatch.setenv("FEISHU_ENCRYPT_KEY", "key")
    assert examined(capsys)[1]["feishu-events"][1].startswith("后台选的是长连接：")


# --- rooms, people, groups ----------------------------------------------------------------------------------------------------


def test_each_room_says_whether_it_can_be_used(feishu: FeishuServer, rooms: dict[str, Chat], capsys: pytest.CaptureFixture[str]) -> None:
    rooms["@ecc"].dissolved = True
    rooms["@tech"].bot = False
    del feishu.tenant.chats[rooms["@biz"].id]
    code, said = examined(capsys)
    assert code == 1
    assert said["feishu-room:@ecc"] == (False, "「ecc」 已解散：在别的群里说「绑定」")
    assert said["feishu-room:@tech"][1].startswith(f"{rooms['@tech'].id} 看不到：烽火不在这个群里")
    assert said["feishu-room:@biz"][1].startswith(f"{rooms['@biz'].id} 看不到：飞书里找不到这个群")
    assert said["feishu-room:@report"] == (True, "「report」，烽火在里面")


def test_people_who_are_not_found_are_counted_and_named(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    people = list(feishu.tenant.users.values())
    people[0].email, people[1].resigned, people[2].visible = "somebody.else@example.com", True, False
    code, said = examined(capsys)
    assert code == 1
    names = "、".join(person.name for person in people[:3])
    assert said["feishu-people"][1] == (
        f"方案里 3 人在飞书里找不到：{names}。核对邮箱和手机号，把人加进应用的可用范围，或写 identities.feishu"
    )


def test_somebody_without_the_e_mail_is_found_by_the_telephone_number(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    user, person = next(iter(feishu.tenant.users.values())), next(iter(PLAN.people.values()))
    user.email, user.mobile = None, "+86" + person.phone.replace("-", "")
    assert examined(capsys)[0] == 0


@pytest.mark.parametrize(("ident", "there"), [("ou_bound", True), ("ou_nobody", False)])
def test_somebody_bound_in_chat_is_looked_up_by_that(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ident: str, there: bool
) -> None:
    feishu.tenant.user("ou_bound", "陈海（外地）", "private@example.com")
    feishu.tenant.by_name("陈海").email = None
    monkeypatch.setattr(doctor, "_kept", lambda found, plan: doctor._Kept({}, Team(identities={f"feishu:{ident}": "chenhai"})))
    code, said = examined(capsys)
    assert (code, said["feishu-people"][0]) == (int(not there), there)


def test_when_feishu_asks_for_patience_people_are_not_said_to_be_missing(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    feishu.fault = lambda method, args: Fault("ratelimited", seconds=30) if method.endswith("batch_get_id") else None
    code, said = examined(capsys)
    assert code == 1
    assert said["feishu-people"][1].startswith(f"方案里还有 {len(PLAN.people)} 人没查成")
    assert len(feishu.called("batch_get_id")) == 1


def test_a_user_group_of_the_plan_that_does_not_exist_is_named(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    group = PLAN.groups["tech"]
    groups = {**PLAN.groups, "tech": group.model_copy(update={"user_groups": {"feishu": "g_tech"}})}
    monkeypatch.setattr(doctor, "load", lambda folder: PLAN.model_copy(update={"groups": groups}))
    assert examined(capsys)[1]["feishu-groups"] == (
        False,
        f"方案里的用户组在飞书里没有：{group.name.zh} g_tech。改方案里的 user_groups",
    )
    feishu.tenant.group("g_tech", "技术", [])
    assert examined(capsys)[1]["feishu-groups"] == (True, "方案里 1 个用户组都在")
