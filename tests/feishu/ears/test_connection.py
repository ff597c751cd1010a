"""The long connection under the real lark-oapi: late, dropped, refused, deaf, and revived every time."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from bot.platforms.feishu.connection import LongConnection, Times
from tests.feishu.double.toy import lark_ws
from tests.feishu.ears.toy import Stage, stage


@pytest.fixture
def apart() -> Iterator[Stage]:
    """A bot that is not connected yet."""
    with stage() as made:
        lark_ws()
        made.feishu.delivery.transport = "socket"
        yield made


@pytest.fixture
def line() -> Iterator[Stage]:
    with stage("socket") as made:
        yield made


def says(stage: Stage, text: str) -> bool:
    before = len(stage.toy.deeds)
    stage.wang().tells_bot(f"报故障 {text}")
    stage.settle()
    return len(stage.toy.deeds) == before + 1


def test_starting_waits_for_nobody_and_the_connection_comes_when_feishu_does(apart: Stage) -> None:
    apart.feishu.links.refuse = "http"
    before = time.monotonic()
    apart.run(apart.line.start())
    assert (time.monotonic() - before < 0.2, apart.line.connected) == (True, False)
    apart.until(lambda: apart.feishu.links.discovered > 2)
    apart.until(lambda: apart.line.state == "deaf")
    apart.feishu.links.refuse = None
    apart.until(lambda: apart.line.state == "connected")
    assert says(apart, "一")
    assert apart.feishu.violations == []


@pytest.mark.parametrize("why", ["busy", "internal", "secret", "connections", "forbidden", "closed"])
def test_whatever_refuses_a_connection_is_outlived(apart: Stage, why: Any, caplog: pytest.LogCaptureFixture) -> None:
    """lark-oapi gives up for good after some of these, and its thread lives on."""
    apart.feishu.links.refuse = why
    apart.run(apart.line.start())
    apart.until(lambda: apart.feishu.links.discovered > 1)
    apart.feishu.links.refuse = None
    apart.until(lambda: apart.line.connected)
    assert says(apart, "一")
    assert "no long connection to Feishu" in caplog.text
    assert not any(word in caplog.text for word in (apart.ws.app_secret, "access_key", "ticket="))


def test_a_dropped_connection_is_opened_again_and_nothing_is_lost(line: Stage) -> None:
    for number in range(3):
        line.feishu.drop_sockets()
        assert says(line, str(number))
    assert (line.toy.deeds, line.line.state, line.feishu.sockets) == (["0", "1", "2"], "connected", 1)


def test_a_connection_that_goes_mid_way_loses_neither_the_deed_nor_the_answer(line: Stage) -> None:
    line.feishu.links.drop_next = True
    assert says(line, "一")
    assert (line.told(), [it.reply.status for it in line.feishu.delivered]) == (["收到 1：一"], [0, 200])


def test_a_client_that_is_refused_when_it_comes_back_is_replaced(line: Stage) -> None:
    """The one after which lark-oapi alone would be deaf for ever."""
    line.feishu.links.refuse = "secret"
    asked = line.feishu.links.discovered
    line.feishu.drop_sockets()
    line.until(lambda: line.feishu.links.discovered > asked + 1)
    assert line.line.state in ("connecting", "deaf")
    line.feishu.links.refuse = None
    line.until(lambda: line.line.connected)
    assert says(line, "一")


def test_a_connection_that_stands_and_is_silent_is_replaced() -> None:
    with stage(times=Times(watch=0.02, backoff=(0.02, 0.1), silent=1.2)) as made:
        lark_ws()
        made.feishu.delivery.transport = "socket"
        made.feishu.links.config |= {"PingInterval": 1}
        made.run(made.line.start())
        made.until(lambda: made.line.connected and made.feishu.links.pings > 0)
        made.feishu.links.mute = True
        opened = made.feishu.links.opened
        made.until(lambda: made.feishu.links.opened > opened)
        made.feishu.links.mute = False
        made.until(lambda: made.line.connected)
        assert says(made, "一")


def test_a_client_that_hangs_while_it_asks_where_to_connect_is_left_behind(apart: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """That call has no time-out. Whatever comes of it later must not disturb the client that follows."""
    import threading

    ws, gate = lark_ws(), threading.Event()
    hung: list[Any] = []
    asks = ws.Client._get_conn_url

    def slowly(self: Any) -> Any:
        if not hung:
            hung.append(self)
            gate.wait(10)
        return asks(self)

    monkeypatch.setattr(ws.Client, "_get_conn_url", slowly)
    patient = LongConnection(
        apart.ws.app_id, apart.ws.app_secret, apart.feishu.url, lambda body: apart.ears.hear(body),
        Times(watch=0.02, backoff=(0.02, 0.1), opening=0.2),
    )  # fmt: skip
    apart.run(patient.start())
    apart.until(lambda: patient.connected)
    gate.set()
    assert says(apart, "一")
    apart.until(lambda: threading.active_count() > 0 and sum(it.name == "feishu-long-connection" for it in threading.enumerate()) == 1)
    assert (patient.connected, apart.feishu.sockets) == (True, 1)
    apart.run(patient.stop())


def test_one_that_takes_long_does_not_hold_up_the_others(line: Stage) -> None:
    line.toy.gate.clear()
    card = line.posted()
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(person.clicks, card, "慢") for person in (line.wang(), line.chen())]
        line.until(lambda: len(line.toy.asked) == 2)
        before = time.monotonic()
        assert line.feishu.person("李外").clicks(card, "打钩").toast == "打钩了"
        assert time.monotonic() - before < 1.0
        line.toy.gate.set()
        assert all(it.result(5).error is None for it in slow)


def test_a_payload_in_several_frames_is_heard(line: Stage) -> None:
    line.feishu.links.split = 100
    assert line.wang().clicks(line.posted(), "完成").toast == "收到 1：task"
    assert line.feishu.violations == []


def test_what_is_no_json_is_let_pass(line: Stage) -> None:
    reply = line.feishu.run(line.feishu.links.carry(b"{", 3.0))
    assert reply == (200, None)


def test_stopping_answers_what_was_heard_and_ends_the_thread(line: Stage) -> None:
    line.toy.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        pressed: Future[Any] = pool.submit(line.wang().clicks, line.posted(), "慢")
        line.until(lambda: len(line.toy.asked) == 1)
        stopping = asyncio.run_coroutine_threadsafe(line.line.stop(), line.loop)
        line.toy.gate.set()
        stopping.result(5)
        assert pressed.result(5).toast == "收到 1：slow"
    assert (line.line.connected, line.feishu.sockets) == (False, 0)


def test_lark_oapi_is_imported_in_the_thread_and_the_loop_runs_meanwhile() -> None:
    program = textwrap.dedent(
        """
        import asyncio, sys, threading, time
        from bot.platforms.feishu.connection import LongConnection

        async def hear(body): return None

        async def main():
            assert not any(name.startswith("lark_oapi") for name in sys.modules)
            line = LongConnection("cli_1", "s", "http://127.0.0.1:9", hear)
            began = time.monotonic()
            await line.start()
            assert line.state == "loading" and time.monotonic() - began < 0.1
            worst = 0.0
            while line.state == "loading":
                at = time.monotonic()
                await asyncio.sleep(0.01)
                worst = max(worst, time.monotonic() - at)
            assert "lark_oapi.ws.client" in sys.modules
            print(line.state, round(worst, 2), file=sys.stderr)
            assert worst < 2.0  # the import takes four seconds and more
            await line.stop()

        asyncio.run(main())
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.startswith("connecting"), done.stderr


def test_what_the_line_relies_on_in_lark_oapi_is_there() -> None:
    """All of it private: a version that renames something must fail here, and not at night (pyproject.toml keeps to one minor version)."""
    ws = lark_ws()
    assert isinstance(ws.loop, asyncio.AbstractEventLoop)
    assert all(inspect.iscoroutinefunction(getattr(ws.Client, name)) for name in ("_connect", "_handle_message", "_handle_data_frame"))
    assert not any(inspect.iscoroutinefunction(getattr(ws.Client, name)) for name in ("_get_conn_url", "start"))
    assert "loop" in ws.Client.start.__code__.co_names, "it runs in the loop of its module"
    assert "_do_without_validation" in ws.Client._handle_data_frame.__code__.co_names, "it asks the handler for the answer"
    assert {"_conn", "_ping_interval", "_auto_reconnect"} <= {*ws.Client.__init__.__code__.co_names}
    assert {"event_handler", "domain", "auto_reconnect"} <= {*inspect.signature(ws.Client).parameters}
    assert str(ws.ClientException(0, "given up"))
