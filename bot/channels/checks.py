"""What the doctor says of the ways out that are no chat, one line each. Nothing is sent; the mail server is greeted, and logged in to."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from bot.channels.ways import NO_FILE, NO_MAIL, NO_WEBHOOK
from bot.core.errors import Later, Never
from bot.plan.schema import Plan
from bot.settings import Settings
from bot.words import Text, joined, line


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    well: bool
    text: Text


def examine(settings: Settings, plan: Plan | None) -> tuple[Check, ...]:
    """Of a plan that cannot be read nothing is said about contacts."""
    return (_mail(settings, plan), _webhook(settings, plan), _file(settings, plan))


def _mail(settings: Settings, plan: Plan | None) -> Check:
    if settings.smtp_url is None:
        return Check("mail", True, _off(NO_MAIL, "mail", plan))
    from bot.channels.mail import Server, check

    server = Server.at(settings.smtp_url.get_secret_value())
    try:
        asyncio.run(check(server, settings.mail_from or ""))
    except Never as never:
        return Check("mail", False, never.why)
    except Later as later:
        return Check("mail", False, line("{host}:{port} 连不上（SMTP_URL）：{why}", host=server.host, port=server.port, why=later.why))
    sender = settings.mail_from or ""
    return Check("mail", True, line("{host}:{port} 可以发，发件人 {sender}", host=server.host, port=server.port, sender=sender))


def _webhook(settings: Settings, plan: Plan | None) -> Check:
    if settings.webhook_secrets is None:
        return Check("webhook", True, _off(NO_WEBHOOK, "webhook", plan))
    wanted, known = set(_reached(plan, "webhook")), set(settings.webhook_keys)
    strangers = sorted(known - set(plan.comms.contacts)) if plan is not None else []
    if strangers:
        return Check("webhook", False, line("WEBHOOK_SECRETS 里有通讯录没有的联系人：{who}", who=joined((*strangers,))))
    if wanted - known:
        return Check("webhook", False, line("这些联系人没有签名密钥：{who}，加进 WEBHOOK_SECRETS", who=joined((*sorted(wanted - known),))))
    if settings.webhook_trusted:
        return Check("webhook", True, line("{n} 把签名密钥；内部地址也发：{hosts}", n=len(known), hosts=joined(settings.webhook_trusted)))
    return Check("webhook", True, line("{n} 把签名密钥；只发公网的 https 地址", n=len(known)))


def _file(settings: Settings, plan: Plan | None) -> Check:
    folder = settings.outbox_dir
    if folder is None:
        return Check("file", True, _off(NO_FILE, "file", plan))
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check("file", False, line("写不进文件夹 {folder}（OUTBOX_DIR）：{why}", folder=str(folder), why="not writable"))
    return Check("file", True, line("放在 {folder}", folder=str(folder)))


def _off(why: Text, via: str, plan: Plan | None) -> Text:
    """No fault: whoever is reached that way alone is reached by hand."""
    concerned = len(_reached(plan, via))
    return line("{why}。通讯录里有 {n} 个联系人要用它，现在要人来发", why=why, n=concerned) if concerned else why


def _reached(plan: Plan | None, via: str) -> tuple[str, ...]:
    """Contacts with an address of that kind."""
    contacts = () if plan is None else plan.comms.contacts.values()
    return tuple(contact.id for contact in contacts if any(address.via == via for address in contact.addresses))
