"""What an operator decides outside the plan: from the environment, `.env` or a secrets directory, checked before anything starts.

Every fault names its setting in one line. The names are the interface; `meanings()` is the one list of them, shared by
`fenghuo doctor` and the operator's guide.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.words import Bi, Language

HOUSE = Path(__file__).resolve().parent.parent
PlatformName = Literal["sandbox", "slack", "feishu"]
PLATFORM_NAMES: tuple[PlatformName, ...] = ("sandbox", "slack", "feishu")


@dataclass(frozen=True, slots=True)
class Fault:
    """A setting that cannot be used as it is."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


class SettingsError(Exception):
    """The start ends here. `str()` is one line with the first fault; `faults` are all of them, for the doctor."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(str(faults[0]))
        self.faults = faults


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{why}", {"why": why})


def _pair(name: str, why: str) -> PydanticCustomError:
    """A fault that only shows when settings are seen together; it names the one that is unset or does not fit."""
    return PydanticCustomError("setting", "{why}", {"why": why, "name": name})


def _language(value: object) -> object:
    """Desktops export LANGUAGE as a list of locales (`en_US:en`): the first one we speak counts, a foreign list counts as unset."""
    text = str(value)
    locales = [part.replace("_", "-").split(".")[0].lower() for part in text.split(":")]
    for found in locales:
        if found.split("-")[0] in ("zh", "en"):
            return "zh-CN" if found.startswith("zh") else "en"
    if "_" in text or ":" in text or text in ("C", "POSIX"):
        return "zh-CN"
    raise _wrong(f'"{text}" is not a language we speak: zh-CN or en')


def _platforms(value: object) -> object:
    if not isinstance(value, str):
        return value
    names = tuple(dict.fromkeys(part.strip().lower() for part in re.split(r"[,，\s]+", value) if part.strip()))
    for name in names:
        if name not in PLATFORM_NAMES:
            raise _wrong(f'no platform "{name}": any of {", ".join(PLATFORM_NAMES)}')
    return names


def _database(value: object) -> object:
    text = str(value)
    scheme = text.partition(":")[0]
    if scheme == "sqlite" and (text == "sqlite://" or text.startswith("sqlite:///")):
        return text
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and "://" in text and urlsplit(text).path.strip("/"):
        return "postgresql+psycopg://" + text.partition("://")[2]
    raise _wrong("must look like sqlite:///fenghuo.db or postgresql://user:password@host/name")


def _web(value: object) -> object:
    text = str(value).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _wrong(f'"{text}" is not a web address such as https://fenghuo.example.com')
    return text


def _smtp(value: object) -> object:
    parts = urlsplit(str(value))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise _wrong("must look like smtp://user:password@host:587 or smtps://…")
    return value


def _sender(value: object) -> object:
    text = str(value).strip()
    found = getaddresses([text])
    if not text.isprintable() or len(found) != 1 or not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", found[0][1]):
        raise _wrong("must look like 客服 <service@example.com>")
    return text


def _secrets(value: object) -> object:
    for contact, secret in _pairs(str(value)):
        if not contact or _key(secret) is None:
            raise _wrong("must look like customer=whsec_…,partner=whsec_…, each the base64 of 24 to 64 bytes")
    return value


def _pairs(value: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, (part.strip() for part in re.split(r"[,，\s]+", value))):
        contact, _, secret = part.partition("=")
        yield contact, secret


def _key(secret: str) -> bytes | None:
    """The bytes of `whsec_<base64>`, as Standard Webhooks writes them."""
    try:
        found = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return None
    return found if secret.startswith("whsec_") and 24 <= len(found) <= 64 else None


def _hosts(value: object) -> object:
    if not isinstance(value, str):
        return value
    hosts = tuple(dict.fromkeys(part.lower() for part in re.split(r"[,，\s]+", value) if part))
    for host in hosts:
        if not re.fullmatch(r".+:\d{1,5}", host):
            raise _wrong(f'"{host}" needs its port: 127.0.0.1:9000')
    return hosts


def _outbox(value: object) -> object:
    path = Path(str(value)).expanduser()
    if not path.is_dir():
        raise _wrong(f'no folder "{value}"')
    return path.resolve()


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(f'no time zone "{value}"; for example Asia/Shanghai') from None
    return value


def _folder(value: object) -> object:
    """A relative folder is looked for where we were started, then in the checkout, so that `fenghuo` works from anywhere."""
    path = Path(str(value)).expanduser()
    found = next((place for place in (path, HOUSE / path) if place.is_dir()), None)
    if found is None:
        raise _wrong(f'no folder "{value}"')
    return found


def _begins(prefix: str) -> BeforeValidator:
    def check(value: object) -> object:
        if not str(value).startswith(prefix):
            raise _wrong(f"must begin with {prefix}")
        return value

    return BeforeValidator(check)


@dataclass(frozen=True, slots=True)
class Shown:
    """How the tables show a default that is not a plain value."""

    text: str


class Settings(BaseSettings):
    """One value per name of the operator's table. Unset is None; what follows from several settings is a property below."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, env_file_encoding="utf-8", validate_default=False
    )

    database_url: Annotated[
        str, BeforeValidator(_database), Bi("数据库地址（SQLAlchemy URL）", "the database, an SQLAlchemy URL")
    ] = "sqlite:///fenghuo.db"
    plan_dir: Annotated[
        Path, BeforeValidator(_folder), Field(validate_default=True), Bi("方案所在的文件夹", "the folder of the plan")
    ] = Path("data/plan")
    host: Annotated[str, Bi("监听的地址", "the address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535), Bi("监听的端口", "the port to listen on")] = 8080
    public_url: Annotated[
        str | None,
        BeforeValidator(_web),
        Bi("浏览器和卡片怎样找到本机", "how browsers and cards reach us"),
        Shown("http://HOST:PORT"),
    ] = None
    platforms: Annotated[
        tuple[PlatformName, ...],
        NoDecode,
        BeforeValidator(_platforms),
        Bi(
            "用哪些平台：sandbox、slack、feishu，逗号分隔；空着就是有凭据的都用，都没有就用 sandbox",
            "a comma list of sandbox, slack, feishu; empty = every one that has credentials, else sandbox",
        ),
    ] = ()
    slack_bot_token: Annotated[
        SecretStr | None, _begins("xoxb-"), Bi("Slack 机器人令牌（xoxb-…）", "Slack's bot token (xoxb-…)")
    ] = None
    slack_signing_secret: Annotated[
        SecretStr | None,
        Bi("Slack 签名密钥：HTTP 方式用；有应用令牌就不用它", "Slack's signing secret, for HTTP mode; unused where there is an app token"),
    ] = None
    slack_app_token: Annotated[
        SecretStr | None,
        _begins("xapp-"),
        Bi("Slack 应用令牌（xapp-…）：填了就走 Socket Mode", "Slack's app-level token (xapp-…); with it Socket Mode is used"),
    ] = None
    slack_api_url: Annotated[
        str | None, BeforeValidator(_web), Bi("Slack 接口的基础地址", "the base URL of Slack's Web API"), Shown("Slack's")
    ] = None
    feishu_app_id: Annotated[str | None, _begins("cli_"), Bi("飞书应用 ID", "Feishu's app id")] = None
    feishu_app_secret: Annotated[SecretStr | None, Bi("飞书应用密钥", "Feishu's app secret")] = None
    feishu_encrypt_key: Annotated[
        SecretStr | None, Bi("飞书事件的加密密钥（webhook 方式）", "the key of encrypted Feishu events (webhook mode)")
    ] = None
    feishu_verification_token: Annotated[
        SecretStr | None, Bi("飞书事件的校验令牌（webhook 方式）", "Feishu's verification token (webhook mode)")
    ] = None
    feishu_mode: Annotated[
        Literal["websocket", "webhook"],
        Bi("飞书怎样送来事件：websocket 长连接，或 webhook", "how Feishu reaches us: websocket or webhook"),
    ] = "websocket"
    feishu_domain: Annotated[
        str | None,
        BeforeValidator(_web),
        Bi("飞书开放平台的基础地址（Lark 也行）", "the base URL of the open platform (Lark's works too)"),
        Shown("Feishu's"),
    ] = None
    alert_token: Annotated[
        SecretStr | None,
        Field(min_length=16),
        Bi("告警接入的令牌，不填就不接告警", "the token of the alert webhooks; none = webhooks off"),
    ] = None
    smtp_url: Annotated[
        SecretStr | None, BeforeValidator(_smtp), Bi("发邮件的服务器，不填就不发", "outgoing mail; none = mail off")
    ] = None
    mail_from: Annotated[
        str | None, BeforeValidator(_sender), Bi("对外邮件的发件人：客服 <service@example.com>", "whom mail to the outside is from")
    ] = None
    mail_reply_to: Annotated[
        str | None, BeforeValidator(_sender), Bi("对外邮件的回信地址，不填就回给发件人", "where its answers go; unset = to its sender")
    ] = None
    webhook_secrets: Annotated[
        SecretStr | None,
        BeforeValidator(_secrets),
        Bi(
            "往外推送的签名密钥，一个联系人一把：customer=whsec_…，逗号分隔；不填就不推送",
            "the signing secret of each contact for outgoing webhooks: customer=whsec_…, a comma list; none = off",
        ),
    ] = None
    webhook_trusted: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(_hosts),
        Bi(
            "可以推送到的内部地址（主机:端口，逗号分隔），那里也许可 http；试用和内网中转才用",
            "inner addresses that webhooks may go to (host:port, a comma list), over http too; for trying out, or a relay of one's own",
        ),
    ] = ()
    outbox_dir: Annotated[
        Path | None,
        BeforeValidator(_outbox),
        Bi("「文件」方式的对外通知放在哪个文件夹，不填就不放", "the folder for notices that go out as files; none = off"),
    ] = None
    language: Annotated[
        Language, BeforeValidator(_language), Bi("默认语言：zh-CN 或 en", "the default language of people: zh-CN or en")
    ] = "zh-CN"
    time_zone: Annotated[str, BeforeValidator(_zone), Bi("方案的时区", "the time zone of the plan")] = "Asia/Shanghai"
    status_dir: Annotated[
        Path | None,
        BeforeValidator(lambda value: Path(str(value)).expanduser()),
        Bi(
            "状态页最后一份好的拷贝放在哪个文件夹；不填时，SQLite 放在数据库旁边的 `….status/`，PostgreSQL 不放",
            "the folder of the status page's last good copy; unset = `….status/` beside SQLite's file, none with PostgreSQL",
        ),
        Shown("auto"),
    ] = None
    sandbox: Annotated[
        bool | None,
        Bi(
            "是否提供沙盒；不填时，没有接真平台才提供，demo 里总是提供",
            "whether the sandbox is served; unset = only where no real platform is configured, and in demo",
        ),
        Shown("auto"),
    ] = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.slack_bot_token and not (self.slack_signing_secret or self.slack_app_token):
            raise _pair("SLACK_SIGNING_SECRET", "unset, and SLACK_BOT_TOKEN needs it (or SLACK_APP_TOKEN for Socket Mode)")
        if (self.slack_signing_secret or self.slack_app_token) and not self.slack_bot_token:
            raise _pair("SLACK_BOT_TOKEN", "unset, and the other SLACK settings need it")
        if self.feishu_app_id and not self.feishu_app_secret:
            raise _pair("FEISHU_APP_SECRET", "unset, and FEISHU_APP_ID needs it")
        if self.feishu_app_secret and not self.feishu_app_id:
            raise _pair("FEISHU_APP_ID", "unset, and FEISHU_APP_SECRET needs it")
        if self.feishu_mode == "webhook" and self.feishu_app_id and not (self.feishu_encrypt_key or self.feishu_verification_token):
            raise _pair("FEISHU_VERIFICATION_TOKEN", "unset, and FEISHU_MODE=webhook needs it (or FEISHU_ENCRYPT_KEY)")
        if self.smtp_url and not self.mail_from:
            raise _pair("MAIL_FROM", "unset, and SMTP_URL needs it: 客服 <service@example.com>")
        if not self.chosen:
            raise _pair("SANDBOX", "is off and no other platform has credentials: nobody could speak to us")
        for name in self.platforms:
            if name not in (*self.equipped, "sandbox"):
                raise _pair("PLATFORMS", f"names {name}, and {name.upper()}'s credentials are unset")
        return self

    @property
    def equipped(self) -> tuple[PlatformName, ...]:
        """The real platforms whose credentials are there."""
        there: dict[PlatformName, bool] = {"slack": self.slack_bot_token is not None, "feishu": self.feishu_app_id is not None}
        return tuple(name for name, ready in there.items() if ready)

    @property
    def chosen(self) -> tuple[PlatformName, ...]:
        """The platforms to speak on: PLATFORMS, else every real one with credentials, else the sandbox; SANDBOX overrules."""
        real = tuple(name for name in (self.platforms or self.equipped) if name != "sandbox")
        return (*real, "sandbox") if self.sandbox_served else real

    @property
    def sandbox_served(self) -> bool:
        if self.sandbox is not None:
            return self.sandbox
        return "sandbox" in self.platforms if self.platforms else not self.equipped

    @property
    def status_folder(self) -> Path | None:
        """STATUS_DIR, or beside SQLite's file; None where nothing is kept."""
        file = self.database_url.removeprefix("sqlite:///").partition("?")[0] if self.database_url.startswith("sqlite:///") else ""
        return self.status_dir or (Path(file).with_suffix(".status") if file and not file.startswith((":memory:", "file:")) else None)

    @property
    def webhook_keys(self) -> Mapping[str, bytes]:
        """By contact."""
        pairs = _pairs(self.webhook_secrets.get_secret_value()) if self.webhook_secrets else ()
        return {contact: key for contact, secret in pairs if (key := _key(secret)) is not None}

    @property
    def address(self) -> str:
        """PUBLIC_URL, or where we listen as a browser on this machine would say it."""
        if self.public_url:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row of the operator's table."""

    name: str
    says: Bi
    default: str
    secret: bool


def meanings() -> tuple[Meaning, ...]:
    """Every setting, in the order an operator reads them."""
    return tuple(_meaning(name.upper(), field) for name, field in Settings.model_fields.items())


def _meaning(name: str, field: FieldInfo) -> Meaning:
    says = next(said for said in field.metadata if isinstance(said, Bi))
    shown = next((shown.text for shown in field.metadata if isinstance(shown, Shown)), None)
    default = shown if shown is not None else str(field.default) if field.default not in (None, ()) else ""
    return Meaning(name, says, default, SecretStr in get_args(field.annotation))


def load(overrides: Mapping[str, object] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """The settings, `overrides` (lower-case names) before environment before `.env` before the secrets directory.

    The secrets directory (one file per name) is SECRETS_DIR, or /run/secrets where a container mounts it. Raises SettingsError.
    """
    secrets = Path(os.environ.get("SECRETS_DIR") or "/run/secrets")
    if not secrets.is_dir() and "SECRETS_DIR" in os.environ:
        raise SettingsError(Fault("SECRETS_DIR", f'no folder "{secrets}"'))
    given = dict(overrides or {})
    try:
        return Settings(_env_file=env_file, _secrets_dir=secrets if secrets.is_dir() else None, **given)  # type: ignore[arg-type]  # validated
    except ValidationError as error:
        raise SettingsError(*map(_fault, error.errors(include_url=False, include_input=False))) from None
    except UnicodeDecodeError:
        raise SettingsError(Fault(".env", "is not UTF-8 text")) from None


PLAINLY = {
    "int_parsing": "must be a whole number",
    "bool_parsing": "must be true or false",
    "too_short": "is too short: at least {min_length} characters",
    "literal_error": "must be {expected}",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
}


def _fault(error: ErrorDetails) -> Fault:
    context = error.get("ctx", {})
    name = context.get("name") or str(error["loc"][0]).upper()
    return Fault(name, context.get("why") or PLAINLY.get(error["type"], error["msg"]).format_map(context))
