"""The webhook: only what Feishu has sealed and signed just now is heard, once; and the rest is logged without a secret."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from bot.platforms.feishu.doors import Seal, router
from bot.store.database import Unavailable
from tests.feishu.double import Hostile
from tests.feishu.double.crypt import encrypted
from tests.feishu.double.delivery import NONCE, SIGNATURE, STAMP, Reply
from tests.feishu.ears.toy import Stage

REFUSED = "refused: a request to /feishu/events"


def secrets(stage: Stage) -> tuple[str, ...]:
    return stage.ws.encrypt_key, stage.ws.verification_token, stage.ws.app_secret


def test_only_what_feishu_has_sealed_and_signed_just_now_is_heard_and_the_rest_is_logged(
    here: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    hostile, delivery = Hostile(here.feishu), here.feishu.delivery
    payload = hostile.message("王敏", "报故障 一")
    body, headers = delivery.signed(payload)

    def with_headers(**changed: str) -> Reply:
        return hostile._send(body, {**headers, **changed})

    found = {
        "unsigned": hostile.unsigned(payload), "plain": hostile.plain(payload), "another key": hostile.badly_signed(payload),
        "another seal": hostile.badly_sealed(payload), "another body": hostile.tampered(payload), "too old": hostile.stale(payload),
        "too early": hostile.stale(payload, -310), "another token": hostile.wrong_token(payload),
        "no time": with_headers(**{STAMP: ""}), "no number": with_headers(**{STAMP: "soon"}), "another nonce": with_headers(**{NONCE: "1"}),
        "no hex": with_headers(**{SIGNATURE: "é" * 64}), "no seal": hostile.garbage(b'{"encrypt": 7}'),
        "short seal": hostile.garbage(b'{"encrypt": "AAAA"}'), "odd seal": hostile.garbage(b'{"encrypt": "***"}'),
    }  # fmt: skip
    assert {name: reply.status for name, reply in found.items()} == dict.fromkeys(found, 401)
    assert (here.toy.asked, caplog.text.count(REFUSED)) == ([], len(found))
    assert not any(secret in caplog.text for secret in secrets(here))
    assert hostile._send(body, headers).status == 200
    here.settle()
    assert here.toy.deeds == ["一"]


def test_a_request_that_was_recorded_and_is_sent_again_is_refused_and_logged(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    here.wang().tells_bot("报故障 一")
    sent = here.feishu.delivered[-1]
    assert [Hostile(here.feishu).replayed(sent).status for _ in range(2)] == [401, 401]
    assert (here.toy.deeds, caplog.text.count("replayed")) == (["一"], 2)


def test_a_request_that_could_not_be_kept_is_heard_when_it_is_sent_again(here: Stage) -> None:
    here.toy.trouble.append(Unavailable("no database"))
    here.feishu.delivery.retry_waits = ()
    here.wang().tells_bot("报故障 一")
    sent = here.feishu.delivered[-1]
    assert (sent.reply.status, Hostile(here.feishu).replayed(sent).status) == (503, 200)
    assert here.toy.deeds == ["一"]


def test_a_bug_of_ours_is_a_500_and_feishu_tries_again(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    bugs = [RuntimeError("a bug")]
    hear = here.ears.hear

    async def once(body: object) -> object:
        if bugs:
            raise bugs.pop()
        return await hear(body)  # type: ignore[arg-type]

    monkeypatch.setattr(here.ears, "hear", once)
    here.wang().tells_bot("报故障 一")
    assert [it.reply.status for it in here.feishu.delivered] == [500, 200]


def test_a_new_address_is_verified_signed_or_not_within_a_second(here: Stage) -> None:
    assert here.feishu.verifies_url()
    body = {"challenge": "c-1", "token": here.ws.verification_token, "type": "url_verification"}
    sealed = json.dumps({"encrypt": encrypted(here.ws.encrypt_key, json.dumps(body).encode())}).encode()
    begun = time.monotonic()
    reply = Hostile(here.feishu)._send(sealed, {"Content-Type": "application/json"})
    assert (reply.status, reply.body, time.monotonic() - begun < 1) == (200, {"challenge": "c-1"}, True)
    wrong = {**body, "token": "another"}
    sealed = json.dumps({"encrypt": encrypted(here.ws.encrypt_key, json.dumps(wrong).encode())}).encode()
    assert Hostile(here.feishu)._send(sealed, {"Content-Type": "application/json"}).status == 401


BODIES = ((b"{", 400), (b"[]", 400), (b"", 400), (b"\xff\xfe", 400), (b"[" * 100_000, 400), (b"x" * 1_000_001, 413))


def test_every_body_gets_its_answer(here: Stage) -> None:
    assert [Hostile(here.feishu).garbage(body).status for body, _ in BODIES] == [status for _, status in BODIES]


def test_what_is_of_another_app_is_not_believed(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    hostile = Hostile(here.feishu)
    assert hostile.other_app(hostile.message("王敏", "报故障 一")).status == 200
    here.settle()
    assert (here.toy.asked, "of another app" in caplog.text) == ([], True)


@pytest.fixture
def token_only(here: Stage) -> Iterator[Stage]:
    """An app without an Encrypt Key: nothing is sealed or signed, and the token is all there is."""
    import socket

    import uvicorn

    app = FastAPI()
    app.include_router(router(lambda body: here.ears.hear(body), Seal(None, here.ws.verification_token)))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    done = here.loop.create_task
    here.loop.call_soon_threadsafe(lambda: done(server.serve([listening])))
    here.feishu.request_url = f"http://127.0.0.1:{listening.getsockname()[1]}/feishu/events"
    here.until(lambda: server.started)
    here.ws.encrypt_key = ""
    yield here
    server.should_exit = True


def test_without_an_encrypt_key_the_token_decides(token_only: Stage) -> None:
    hostile = Hostile(token_only.feishu)
    assert token_only.feishu.verifies_url()
    assert hostile.wrong_token(hostile.message("王敏", "报故障 一")).status == 401
    token_only.wang().tells_bot("报故障 二")
    token_only.settle()
    assert token_only.toy.deeds == ["二"]


def test_a_door_without_any_secret_is_not_built() -> None:
    with pytest.raises(ValueError, match="Encrypt Key"):
        Seal(None, None)
    assert "k-1" not in repr(Seal("k-1", "t-1"))
