"""The card that works when the chat does not."""

from __future__ import annotations

import pytest

from bot.plan.commands import pocket_page
from bot.plan.pocket import pocket
from bot.plan.schema import Plan
from bot.words import Bi


def test_the_phone_tree_reaches_every_post_at_every_site(plan: Plan) -> None:
    first = next(rule.people[0] for rule in plan.rota if rule.post == plan.groups["ecc"].seats[0])
    called, waiting = {first}, [first]
    while waiting:
        for number in pocket(plan, plan.people[waiting.pop()]).calls:
            if number.person.id not in called:
                called.add(number.person.id)
                waiting.append(number.person.id)
    posts_and_sites = {(rule.post, rule.site) for rule in plan.rota}
    reached = {(rule.post, rule.site) for rule in plan.rota if rule.people[0] in called}
    assert reached == posts_and_sites


def test_every_number_on_a_card_has_a_deputy_beside_it(plan: Plan) -> None:
    for person in plan.people.values():
        card = pocket(plan, person)
        assert all(number.deputy for number in (*card.calls, *card.centre, *card.own))


def test_a_card_says_the_first_step_of_every_post_of_its_person(plan: Plan) -> None:
    for person in plan.people.values():
        said = " ".join(step.text.zh for step in pocket(plan, person).steps)
        assert all(plan.posts[post].first_step.zh in said for post in person.posts)


@pytest.mark.parametrize(("person", "words"), [("chenhai", "头十分钟"), ("tangning", "The first ten minutes")])
def test_the_page_is_in_its_persons_language(plan: Plan, person: str, words: str) -> None:
    page = pocket_page(plan, (plan.people[person],))
    assert f"<h2>{words}</h2>" in page
    assert plan.hash in page
    assert plan.people[person].phone in page


def test_the_page_loads_nothing_and_runs_nothing(plan: Plan) -> None:
    person = plan.people["chenhai"].model_copy(update={"name": "<script>{{ 7 * 7 }}</script>"})
    post = plan.posts["architect"].model_copy(update={"duties": Bi("<b>{% raw %}", "<b>")})
    harmed = plan.model_copy(update={"people": {**plan.people, "chenhai": person}, "posts": {**plan.posts, "architect": post}})
    page = pocket_page(harmed)
    assert "<script" not in page
    assert "&lt;script&gt;{{ 7 * 7 }}&lt;/script&gt;" in page
    assert "&lt;b&gt;{% raw %}" in page
    assert "http" not in page
    assert "src=" not in page
