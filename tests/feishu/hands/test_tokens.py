"""A token is fetched before the old one ends, by one at a time, and never while somebody waits if that can be helped."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.errors import Later
from bot.platforms.feishu.tokens import AHEAD, LEAST, Tokens
from tests.feishu.hands.stage import counted, do


class Source:
    """Gives t1, t2 …; what is in `troubles` goes wrong first."""

    def __init__(self, seconds: float = 7200.0) -> None:
        self.given, self.seconds, self.troubles, self.under_way, self.most = 0, seconds, list[Later](), 0, 0

    async def fetch(self) -> tuple[str, float]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.given += 1
        return f"t{self.given}", self.seconds


async def turns(n: int = 20) -> None:
    for _ in range(n):
        await asyncio.sleep(0.001)


def test_the_next_one_is_there_before_anybody_asks() -> None:
    source = Source(seconds=AHEAD)
    tokens = Tokens(source.fetch, ahead=AHEAD, again=0.002)

    async def scene() -> None:
        assert await tokens.get() == "t1"
        await turns()
        assert source.given > 1
        assert await tokens.get() == f"t{source.given}"
        tokens.close()

    do(scene())
    assert source.most == 1


def test_the_old_one_serves_while_the_next_cannot_be_had() -> None:
    source = Source(seconds=AHEAD)
    tokens = Tokens(source.fetch, ahead=AHEAD, again=0.002)

    async def scene() -> None:
        await tokens.get()
        source.troubles = [Later(2.0, "away")] * 3
        while source.troubles:
            assert await tokens.get() == "t1"
            await turns(1)
        await turns()
        assert source.given > 1
        tokens.close()

    do(scene())


def test_one_that_ends_soon_is_used_no_more() -> None:
    source, now = Source(), [0.0]
    tokens = Tokens(source.fetch, counted(now))

    async def scene() -> None:
        assert await tokens.get() == "t1"
        now[0] = 7200 - LEAST - 1
        assert await tokens.get() == "t1"
        now[0] = 7200 - LEAST
        assert await tokens.get() == "t2"
        tokens.close()

    do(scene())


def test_a_refused_one_is_replaced_once_for_everybody() -> None:
    source = Source()
    tokens = Tokens(source.fetch)

    async def scene() -> None:
        first = await tokens.get()
        assert set(await asyncio.gather(*(tokens.renew(first) for _ in range(9)))) == {"t2"}
        assert await tokens.renew(first) == "t2"
        tokens.close()

    do(scene())
    assert (source.given, source.most) == (2, 1)


def test_one_who_gives_up_does_not_take_the_token_from_the_others() -> None:
    source = Source()
    tokens = Tokens(source.fetch)

    async def scene() -> str:
        first, second = asyncio.ensure_future(tokens.get()), asyncio.ensure_future(tokens.get())
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert do(scene()) == "t1"


def test_a_trouble_is_everybodys_and_the_next_ask_tries_anew() -> None:
    source = Source()
    source.troubles = [Later(2.0, "away")]
    tokens = Tokens(source.fetch)

    async def scene() -> None:
        ends = await asyncio.gather(tokens.get(), tokens.get(), return_exceptions=True)
        assert [type(end) for end in ends] == [Later, Later]
        assert await tokens.get() == "t1"
        tokens.close()

    do(scene())


def test_another_loop_takes_over_the_token_and_its_alarm() -> None:
    source = Source(seconds=AHEAD)
    tokens = Tokens(source.fetch, ahead=AHEAD, again=0.002)
    assert do(tokens.get()) == "t1"

    async def scene() -> None:
        had = source.given  # the first loop's alarm may have rung before it ended
        assert await tokens.get() == f"t{had}"
        await turns()
        assert source.given > had
        tokens.close()

    do(scene())


def test_a_bug_in_fetching_is_no_silence(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> tuple[str, float]:
        raise TypeError("a bug")

    with pytest.raises(TypeError):
        do(Tokens(broken).get())
    assert "a token cannot be fetched" in caplog.text
