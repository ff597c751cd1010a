"""The door by which Feishu comes to us over HTTP: sealed, signed, of now, and never twice; behind it are the ears.

Nothing of lark-oapi is needed here: its adapter compares signatures in variable time, looks at no clock, and takes seconds to import.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from Crypto.Cipher import AES
from fastapi import APIRouter, Request, Response

from bot.core.errors import Later
from bot.platforms.feishu.payload import Ack, Body, part, text
from bot.platforms.feishu.recent import Recent
from bot.store.database import Unavailable

log = logging.getLogger("fenghuo.feishu")

WINDOW = 300  # seconds by which a request's timestamp may differ from now
LARGEST = 1_000_000  # bytes
BLOCK = 16  # bytes of AES
PATH = "/feishu/events"


class Refused(Exception):
    """Not from Feishu, or not of now. The message is for the log and names no secret."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What only Feishu and we know. With an Encrypt Key everything is sealed and signed; without one there is the token alone."""

    encrypt_key: str | None
    verification_token: str | None

    def __post_init__(self) -> None:
        if not (self.encrypt_key or self.verification_token):
            raise ValueError("Feishu's webhook needs an Encrypt Key or a Verification Token")

    def __repr__(self) -> str:
        return "Seal(…)"

    def opened(self, body: bytes, stamp: str, nonce: str, signature: str, now: float) -> dict[str, Any]:
        """The payload of a request that is Feishu's. Raises Refused, or ValueError where it cannot be read."""
        payload = _read(body)
        if self.encrypt_key is not None:
            signed = bool(stamp or nonce or signature)
            if signed:
                self._check(body, stamp, nonce, signature, now)
            payload = _read(self._unsealed(payload.get("encrypt")))
            if not signed and payload.get("type") != "url_verification":  # a new address may be asked for its challenge unsigned
                raise Refused("not signed")
        if self.verification_token is not None and not _same(self.verification_token, _token(payload)):
            raise Refused("another token")
        return payload

    def _check(self, body: bytes, stamp: str, nonce: str, signature: str, now: float) -> None:
        if not (re.fullmatch(r"[0-9]{1,12}", stamp) and re.fullmatch(r"[0-9a-f]{64}", signature)):
            raise Refused("not signed")
        if abs(now - int(stamp)) > WINDOW:
            raise Refused("signed at another time")
        good = hashlib.sha256(f"{stamp}{nonce}{self.encrypt_key}".encode() + body).hexdigest()
        if not hmac.compare_digest(good, signature):
            raise Refused("signed by somebody else")

    def _unsealed(self, sealed: object) -> bytes:
        if not isinstance(sealed, str):
            raise Refused("not sealed")
        try:
            found = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise Refused("not sealed") from wrong
        if len(found) < 2 * BLOCK or len(found) % BLOCK:
            raise Refused("not sealed")
        key = hashlib.sha256(str(self.encrypt_key).encode()).digest()
        opened = AES.new(key, AES.MODE_CBC, found[:BLOCK]).decrypt(found[BLOCK:])
        pad = opened[-1]
        if not 1 <= pad <= BLOCK or opened[-pad:] != bytes([pad]) * pad:
            raise Refused("sealed under another key")
        return opened[:-pad]


def router(hear: Callable[[Body], Awaitable[Ack]], seal: Seal, now: Callable[[], float] = time.time) -> APIRouter:
    """POST /feishu/events, for events and card callbacks alike. `now` is the wall clock in seconds, which Feishu signs."""
    routes = APIRouter()
    seen: Recent[bool] = Recent(2 * WINDOW)

    @routes.post(PATH, include_in_schema=False)
    async def feishu_events(request: Request) -> Response:
        body = await _within(request, LARGEST)
        if body is None:
            log.warning("refused: a request to %s of more than %s bytes", PATH, LARGEST)
            return Response(status_code=413)
        names = ("x-lark-request-timestamp", "x-lark-request-nonce", "x-lark-signature")
        stamp, nonce, signature = (request.headers.get(name, "") for name in names)
        try:
            payload = seal.opened(body, stamp, nonce, signature, now())
            if signature and seen.get(signature):
                raise Refused("replayed")
        except Refused as refused:
            log.warning("refused: a request to %s from %s: %s", PATH, request.client.host if request.client else "?", refused)
            return Response(status_code=401)
        except (ValueError, RecursionError):
            log.warning("refused: a request to %s that cannot be read", PATH)
            return Response(status_code=400)
        if payload.get("type") == "url_verification":
            return _json({"challenge": str(payload.get("challenge", ""))})
        if signature:
            seen.put(signature, True)
        response = await heard(payload)
        if response.status_code >= 500:  # should Feishu send the very same request again, it is heard
            seen.drop(signature)
        return response

    async def heard(payload: Body) -> Response:
        try:
            return _json(await hear(payload) or {})
        except (Unavailable, Later):
            return Response(status_code=503)
        except Exception:
            log.exception("a request to %s was not heard", PATH)
            return Response(status_code=500)

    return routes


def _json(answer: dict[str, Any]) -> Response:
    return Response(json.dumps(answer, ensure_ascii=False, separators=(",", ":")), media_type="application/json")


async def _within(request: Request, most: int) -> bytes | None:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


def _read(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _token(payload: Body) -> str:
    """Where it stands depends on the protocol: in the header, or (challenges, and events of the old kind) at the top."""
    return text(part(payload, "header"), "token", otherwise="") or text(payload, "token", otherwise="")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
