"""Pages, doors and the stream, over HTTP."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.sandbox.toy import House

NASTY = "<script>alert(1)</script> <!channel> @所有人 {{ 7*7 }} {n} <hx-partial hx-target='body'>x</hx-partial> ''\"\""


@pytest.fixture
def browser(toy_house: House) -> TestClient:
    return TestClient(toy_house.app, follow_redirects=True)


def do(browser: TestClient, door: str, person: str = "wangmin", room: int = 1, ident: str = "id-00000001", **values: Any) -> Any:
    return browser.post(f"/sandbox/as/{person}/{door}", data={"room": room, "id": ident, **values})


def report(browser: TestClient) -> int:
    browser.get("/sandbox/as/wangmin/")
    assert do(browser, "say", text="/报故障 下单报错").headers["fenghuo"] == "done"
    return 2


def test_the_first_page_is_the_empty_sandbox_that_says_what_to_try(browser: TestClient) -> None:
    page = browser.get("/").text
    assert 'id="try"' in page
    assert "十几个客户说点下单没反应" in page


def test_no_page_may_load_or_run_anything_from_elsewhere(browser: TestClient) -> None:
    answer = browser.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)
    assert not re.search(r"<(?:script|style)(?![^>]*src=)[^>]*>|\son\w+=|\sstyle=", answer.text)


def test_what_was_typed_is_shown_literally(browser: TestClient) -> None:
    room = report(browser)
    do(browser, "say", room=room, ident="id-00000002", text=NASTY)
    live = do(browser, "live", room=room, since=0).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;!channel&gt; @所有人 {{ 7*7 }} {n} &lt;hx-partial" in live
    assert "<script>alert" not in live


def test_ten_thousand_characters_are_folded_and_all_there(browser: TestClient) -> None:
    room = report(browser)
    do(browser, "say", room=room, ident="id-00000002", text="长" * 10_000)
    live = do(browser, "live", room=room, since=0).text
    assert "显示全部 10000 字" in live
    assert "长" * 10_000 in live


def test_a_page_gets_exactly_what_came_after_its_cursor(browser: TestClient, toy_house: House) -> None:
    room = report(browser)
    first = do(browser, "live", room=room, since=0).text
    cursor = int((re.search(r'data-change="(\d+)"', first) or [0, 0])[1])
    do(browser, "say", room=room, ident="id-00000002", text="我在")
    after = do(browser, "live", room=room, since=cursor).text
    assert after.count('class="msg') == 1
    assert "我在" in after
    cursor = toy_house.store.change()
    do(browser, "press", person="chenhai", room=room, ident="id-00000003", action="roll.here")
    redrawn = do(browser, "live", room=room, since=cursor).text
    assert re.search(r'hx-target="#m\d+" hx-swap="outerMorph"><div class="msg', redrawn)
    assert 'hx-target="#log"' not in redrawn


def test_a_double_click_is_one_request(browser: TestClient, toy_house: House) -> None:
    room = report(browser)
    for _ in range(2):
        do(browser, "press", room=room, ident="id-00000002", action="roll.here")
    assert len([asked for asked in toy_house.toy.asked if asked.key == "sandbox:id-00000002"]) == 1


def test_errors_stand_at_their_fields_and_the_others_are_cleared(browser: TestClient) -> None:
    room = report(browser)
    dialog = do(browser, "press", room=room, ident="id-00000002", action="update.form")
    assert dialog.headers["fenghuo"] == "ask"
    typed = {"form": "update.send", "args": '{"record":"INC-42"}', "v:lead": " ", "v:trend": "", "v:unknown": "北京仓"}
    wrong = do(browser, "form", room=room, ident="id-00000003", **typed)
    assert wrong.headers["fenghuo"] == "kept"
    assert "还差一句话" in wrong.text
    assert 'id="e-unknown" hidden' in wrong.text
    right = do(browser, "form", room=room, ident="id-00000004", **{**typed, "v:lead": "仍在处理", "v:trend": "same"})
    assert right.headers["fenghuo"] == "done"


def test_several_ticks_of_one_field_arrive_joined(browser: TestClient, toy_house: House) -> None:
    room = report(browser)
    typed: dict[str, Any] = {"form": "update.send", "args": "{}", "v:lead": "在", "v:trend": "same", "v:links": ["", "采购", "物流"]}
    do(browser, "form", room=room, ident="id-00000003", **typed)
    assert toy_house.toy.asked[-1].values["links"] == "采购,物流"


def test_ten_thousand_characters_in_a_field_arrive_whole(browser: TestClient, toy_house: House) -> None:
    room = report(browser)
    typed = {"form": "update.send", "args": "{}", "v:lead": "长" * 10_000 + "\r\n" + NASTY, "v:trend": "same"}
    dialog = do(browser, "press", room=room, ident="id-00000002", action="update.form").text
    assert "maxlength" not in dialog
    do(browser, "form", room=room, ident="id-00000003", **typed)
    assert toy_house.toy.asked[-1].values["lead"] == "长" * 10_000 + "\n" + NASTY


def test_a_refusal_offers_to_become_the_one_who_may(browser: TestClient) -> None:
    room = report(browser)
    refused = do(browser, "press", room=room, ident="id-00000002", action="approve")
    assert refused.headers["fenghuo"] == "refused"
    assert f'href="/sandbox/as/chenhai/r/{room}"' in refused.text


def test_the_same_card_is_read_in_each_ones_language(browser: TestClient) -> None:
    room = report(browser)
    do(browser, "language", person="chenhai", language="en")
    page = browser.get(f"/sandbox/as/chenhai/r/{room}").text
    assert '<html lang="en">' in page
    assert "Chen Hai" in page
    assert '<html lang="zh-CN">' in browser.get(f"/sandbox/as/wangmin/r/{room}").text


def test_nobody_reads_a_room_they_are_not_in(browser: TestClient) -> None:
    report(browser)
    browser.get("/sandbox/as/chenhai/")
    assert browser.get("/sandbox/as/wangmin/r/3").status_code == 404
    assert browser.get("/sandbox/as/nobody/").status_code == 404


def test_a_whisper_is_seen_by_one_person_and_put_away_by_them(browser: TestClient) -> None:
    room = report(browser)
    do(browser, "say", room=room, ident="id-00000002", text="/帮助")
    mine = do(browser, "live", room=room, since=0).text
    found = re.search(r'"message":(\d+)\}\' *>收起|"message":(\d+)', mine)
    assert "只有你看得到" in mine
    assert "只有你看得到" not in do(browser, "live", person="chenhai", room=room, since=0).text
    ident = re.search(r'id="away(\d+)"', mine)
    assert found
    assert ident
    do(browser, "dismiss", room=room, message=ident[1])
    assert f'hx-target="#m{ident[1]}" hx-swap="delete"' in do(browser, "live", room=room, since=0).text


def test_another_sites_page_can_do_nothing_here(browser: TestClient) -> None:
    answer = browser.post(
        "/sandbox/as/wangmin/say", data={"room": 1, "id": "id-00000001", "text": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("args", ["nonsense", "[]", '{"a": 1}', "null"])
def test_arguments_that_are_not_ours_are_turned_away_at_the_door(browser: TestClient, args: str) -> None:
    room = report(browser)
    assert do(browser, "press", room=room, ident="id-00000002", action="roll.here", args=args).status_code == 422


def test_a_page_of_another_database_starts_anew(browser: TestClient) -> None:
    room = report(browser)
    assert do(browser, "live", room=room, since=99_999).headers["hx-refresh"] == "true"


def test_health_and_readiness(browser: TestClient) -> None:
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").json() == {"database": True}


def test_the_stream_tells_of_a_change_at_once_and_ends_when_the_house_closes(toy_house: House) -> None:
    async def listen() -> list[str]:
        response: Any = await toy_house.pages.stream()
        heard: list[str] = []
        async for chunk in response.body_iterator:
            heard.append(chunk)
            if len(heard) == 2:
                asyncio.get_running_loop().run_in_executor(None, toy_house.store.set, "x", "y")
            if len(heard) == 3:
                toy_house.bell.close()
        return heard

    heard = asyncio.run(asyncio.wait_for(listen(), 5))
    assert heard[1:] == ["id: 0\ndata: 0\n\n", "id: 1\ndata: 1\n\n"]
