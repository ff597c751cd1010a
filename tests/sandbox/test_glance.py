"""What stands around the conversation does not depend on the order in which a record was read back."""

from __future__ import annotations

from dataclasses import replace

from bot.core.commands import Activate, Arrive, SetLevel
from bot.platforms.sandbox.glance import glance
from tests.core.tale import reported


def test_somebody_with_two_roles_shows_both_in_the_plans_order() -> None:
    tale = reported("上海仓下单报错")
    tale.do(SetLevel("major", "演示"), "linyuan")
    tale.do(Activate(), "linyuan")
    for call in tale.state.calls:
        for person in call.ringing:
            tale.do(Arrive(), person)
    backwards = replace(tale.state, roles=dict(reversed(list(tale.state.roles.items()))))
    shown = glance(tale.state, tale.plan, ()).people
    assert shown == glance(backwards, tale.plan, ()).people
    assert tale.read(shown["suqing"].role) == "书记员、后勤费用"
