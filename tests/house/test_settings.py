"""An operator's mistake ends the start with one line that names the setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import HOUSE, Settings, SettingsError, load, meanings

NAMES = [
    "DATABASE_URL",
    "PLAN_DIR",
    "HOST",
    "PORT",
    "PUBLIC_URL",
    "PLATFORMS",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_API_URL",
    "FEISHU_APP_ID",
    "FEISHU_APP_SECRET",
    "FEISHU_ENCRYPT_KEY",
    "FEISHU_VERIFICATION_TOKEN",
    "FEISHU_MODE",
    "FEISHU_DOMAIN",
    "ALERT_TOKEN",
    "SMTP_URL",
    "MAIL_FROM",
    "MAIL_REPLY_TO",
    "WEBHOOK_SECRETS",
    "WEBHOOK_TRUSTED",
    "OUTBOX_DIR",
    "LANGUAGE",
    "TIME_ZONE",
    "STATUS_DIR",
    "SANDBOX",
]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine that runs the test reaches it."""
    for name in (*NAMES, "SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def fault(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    return str(caught.value)


def test_the_names_are_those_that_others_rely_on() -> None:
    assert [meaning.name for meaning in meanings()] == NAMES


def test_nothing_set_is_a_sandbox_on_this_machine() -> None:
    settings = load()
    assert (settings.chosen, settings.address, settings.language) == (("sandbox",), "http://127.0.0.1:8080", "zh-CN")
    assert settings.plan_dir == HOUSE / "data/plan"


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"DATABASE_URL": "mysql://u:p@h/db"}, "DATABASE_URL: must look like sqlite:///fenghuo.db or postgresql://…"),
        ({"PLAN_DIR": "nowhere"}, 'PLAN_DIR: no folder "nowhere"'),
        ({"PORT": "http"}, "PORT: must be a whole number"),
        ({"PORT": "70000"}, "PORT: must be at most 65535"),
        ({"PUBLIC_URL": "fenghuo"}, 'PUBLIC_URL: "fenghuo" is not a web address'),
        ({"PLATFORMS": "slak"}, 'PLATFORMS: no platform "slak"'),
        ({"PLATFORMS": "slack"}, "PLATFORMS: names slack, and SLACK's credentials are unset"),
        ({"SLACK_BOT_TOKEN": "secret"}, "SLACK_BOT_TOKEN: must begin with xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET: unset, and SLACK_BOT_TOKEN needs it"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN: unset"),
        ({"FEISHU_APP_ID": "cli_1"}, "FEISHU_APP_SECRET: unset"),
        ({"FEISHU_APP_SECRET": "s"}, "FEISHU_APP_ID: unset"),
        ({"FEISHU_MODE": "pigeon"}, "FEISHU_MODE: must be 'websocket' or 'webhook'"),
        ({"FEISHU_APP_ID": "cli_1", "FEISHU_APP_SECRET": "s", "FEISHU_MODE": "webhook"}, "FEISHU_VERIFICATION_TOKEN: unset"),
        ({"ALERT_TOKEN": "short"}, "ALERT_TOKEN: is too short: at least 16 characters"),
        ({"SMTP_URL": "mail.example.com"}, "SMTP_URL: must look like smtp://"),
        ({"SMTP_URL": "smtp://mail.example.com"}, "MAIL_FROM: unset, and SMTP_URL needs it"),
        ({"MAIL_FROM": "service"}, "MAIL_FROM: must look like 客服 <service@example.com>"),
        ({"MAIL_REPLY_TO": "a@example.com, b@example.com"}, "MAIL_REPLY_TO: must look like"),
        ({"WEBHOOK_SECRETS": "shop=hunter2"}, "WEBHOOK_SECRETS: must look like customer=whsec_…"),
        ({"WEBHOOK_TRUSTED": "relay.corp"}, 'WEBHOOK_TRUSTED: "relay.corp" needs its port'),
        ({"OUTBOX_DIR": "nowhere"}, 'OUTBOX_DIR: no folder "nowhere"'),
        ({"LANGUAGE": "klingon"}, 'LANGUAGE: "klingon" is not a language we speak'),
        ({"TIME_ZONE": "Mars/Olympus"}, 'TIME_ZONE: no time zone "Mars/Olympus"'),
        ({"SANDBOX": "maybe"}, "SANDBOX: must be true or false"),
        ({"SANDBOX": "false"}, "SANDBOX: is off and no other platform has credentials"),
        ({"SECRETS_DIR": "nowhere"}, 'SECRETS_DIR: no folder "nowhere"'),
    ],
)
def test_a_wrong_value_is_one_line_that_names_its_setting(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], line: str) -> None:
    told = fault(monkeypatch, **environment)
    assert told.startswith(line.removesuffix("…"))
    assert "\n" not in told


def test_a_secret_is_never_repeated_in_what_is_said_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hunter2" not in fault(monkeypatch, SLACK_BOT_TOKEN="hunter2")


def test_every_fault_is_there_for_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("TIME_ZONE", "Mars/Olympus")
    with pytest.raises(SettingsError) as caught:
        load()
    assert [fault.name for fault in caught.value.faults] == ["PORT", "TIME_ZONE"]


@pytest.mark.parametrize(("exported", "spoken"), [("en_US:en", "en"), ("zh_CN:zh", "zh-CN"), ("fr_FR:fr", "zh-CN"), ("EN", "en")])
def test_the_list_of_locales_that_desktops_export_is_no_fault(monkeypatch: pytest.MonkeyPatch, exported: str, spoken: str) -> None:
    monkeypatch.setenv("LANGUAGE", exported)
    assert load().language == spoken


def test_the_environment_goes_before_the_env_file_and_that_before_the_secrets_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, value in (("PORT", "1"), ("HOST", "secret.test"), ("TIME_ZONE", "Asia/Tokyo")):
        (secrets / name).write_text(value, encoding="utf-8")
    (tmp_path / ".env").write_text("PORT=2\nHOST=file.test\n", encoding="utf-8")
    monkeypatch.setenv("SECRETS_DIR", str(secrets))
    monkeypatch.setenv("PORT", "3")
    settings = load()
    assert (settings.port, settings.host, settings.time_zone) == (3, "file.test", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ({}, ("slack",)),
        ({"sandbox": True}, ("slack", "sandbox")),
        ({"platforms": "sandbox"}, ("sandbox",)),
        ({"platforms": "sandbox，slack"}, ("slack", "sandbox")),
    ],
)
def test_the_sandbox_is_served_beside_a_real_platform_only_when_asked_for(said: dict[str, object], chosen: tuple[str, ...]) -> None:
    assert load({"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", **said}).chosen == chosen


def test_a_postgres_address_names_the_driver_we_have() -> None:
    assert load({"database_url": "postgres://u:p@h/db"}).database_url == "postgresql+psycopg://u:p@h/db"


def test_settings_do_not_change_under_way() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]  # this is what must not be possible
    assert Settings.model_config["frozen"]
