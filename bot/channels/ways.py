"""Every way out that is no chat: those that are set up, and for the others the word that they are not, and which setting is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.channels.file import File
from bot.channels.port import Channel, Missing
from bot.channels.status import Status
from bot.core.outward import notices
from bot.core.outward.letter import Letter
from bot.effects import Deliver
from bot.engine import Outside
from bot.service import Service
from bot.settings import Settings
from bot.store.database import Database
from bot.words import Text, line

HOUSE = "house.id"
"""The name under which the database keeps the word of `outside`."""
NO_MAIL = line("没有配置邮件：SMTP_URL")
NO_WEBHOOK = line("没有配置 webhook：WEBHOOK_SECRETS")
NO_FILE = line("没有配置放文件的文件夹：OUTBOX_DIR")


def outside(settings: Settings, service: Service, house: str, now: Callable[[], datetime]) -> Outside:
    """`house` is a word that this database keeps to itself; ids that leave are made with it, so no other installation has the same."""

    def letter(record: str, effect: Deliver) -> Letter | None:
        """What leaves at this moment; nothing for a try that another one has followed."""
        state = service.incident(record)
        notice = None if state is None else notices.find(state, effect.notice)
        tries = None if notice is None else next((one.tries for one in notice.deliveries if one.id == effect.delivery), None)
        if state is None or tries != effect.tries:
            return None
        return notices.letter(state, service.plan_of(record), effect.notice, effect.delivery, effect.digest)

    return Outside(ways(settings, service.database, house, now), letter, service.record_delivery)


def ways(settings: Settings, database: Database, house: str, now: Callable[[], datetime]) -> Mapping[str, Channel]:
    """By name. The libraries of mail and HTTP are loaded where they are used."""
    found: list[Channel] = [Status(database)]
    missing: dict[str, Text] = {"mail": NO_MAIL, "webhook": NO_WEBHOOK, "file": NO_FILE}
    if settings.smtp_url is not None:
        from bot.channels.mail import Mail, Server

        server = Server.at(settings.smtp_url.get_secret_value())
        found.append(Mail(server, settings.mail_from or "", settings.mail_reply_to or "", house, now))
    if settings.webhook_secrets is not None:
        from bot.channels.webhook import Webhook

        found.append(Webhook(settings.webhook_keys, house, now, frozenset(settings.webhook_trusted)))
    if settings.outbox_dir is not None:
        found.append(File(settings.outbox_dir))
    there = {channel.name: channel for channel in found}
    return {**{name: Missing(name, why) for name, why in missing.items()}, **there}
