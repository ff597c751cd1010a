"""Whatever somebody types anywhere is shown as typed: it mentions nobody, runs nothing, breaks nothing, and is not lost."""

from __future__ import annotations

import html
import itertools

import pytest

import handlers
from bot.cards import forms
from bot.cards.model import Card
from bot.core.events import NoteTaken
from bot.html.render import draw
from bot.platforms.sandbox.dialog import draw_form
from bot.talk import Answer, Ask, Invalid, Private, Refusal
from bot.words import Text
from tests.flows import story
from tests.flows.house import House, opened

NASTY = "<script>alert(1)</script> <!channel> <@U123> @所有人 {{7*7}} {name} {n} %s %(x)s ${x} `x` \\ ' \" </textarea> http://evil.example"
STRANGE = "a\x00b\x1b[31mc\u202edcba\u202c\u200be\ufeff\U0001f525"
LONG = "长" * 10_000
EVIL = {"markup": NASTY, "control characters": STRANGE, "ten thousand characters": LONG, "nothing": "   ", "a number": "-1e999"}
IDS = (
    "side", "question", "score", "hit", "value", "call", "list", "item", "task", "broadcast", "measure", "cause", "check", "condition",
    "role", "post", "rule", "level", "action", "group", "person", "playbook", "checklist", "kind", "page", "id", "words", "approved",
)  # fmt: skip
PEOPLE = ("wangmin", "linyuan")


def drawn(house: House) -> str:
    """Everything everybody could look at, as HTML."""
    viewer, parts = house.app.viewer("wangmin"), []
    for room in range(1, house.app.sandbox.newest_room() + 1):
        for message in house.app.sandbox.recent(room, "wangmin", None, 10_000):
            if isinstance(message.body, Card):
                parts.append(str(draw(message.body, f"c{message.id}", viewer)))
    return "\n".join(parts)


def looks(house: House, answer: Answer | None, person: str) -> str:
    """The answer, drawn as its reader would see it."""
    viewer = house.app.viewer(person)
    match answer:
        case Ask(form=form):
            return str(draw_form(form, viewer, house.app.humans()))
        case Private(card=card):
            return str(draw(card, "c", viewer))
        case Refusal(text=text):
            return html.escape(house.words(text, person))
        case Invalid(errors=errors):
            return html.escape(" ".join(house.words(text, person) for text in errors.values()))
        case None:
            return ""
        case _:
            return html.escape(house.words(answer.text, person))


def harmless(page: str) -> None:
    assert "<script>alert" not in page
    assert "<!channel>" not in page
    assert "{{49" not in page


def test_every_verb_takes_anything(busy_house: House) -> None:
    """Each with each, in the room of a running incident and alone with the bot."""
    house = busy_house
    war = house.room("war")
    for verb, text in itertools.product(handlers.COMMANDS, EVIL.values()):
        harmless(looks(house, house.app.ears.say("wangmin", war, f"/{verb.zh} {text}", house.ident()), "wangmin"))
        alone = house.linyuan.direct()
        harmless(looks(house, house.app.ears.say("linyuan", alone, f"{verb.en} {text}", house.ident()), "linyuan"))
    house.settle()
    everybody = [message for message in house.bot_messages("war") if message.mention_all]
    assert len(everybody) <= 1, "only the plan's own call to everyone mentions everyone"
    harmless(drawn(house))


def test_every_field_of_every_form_takes_anything_or_says_at_the_field_why_not(busy_house: House) -> None:
    """Nothing typed is lost: what is refused leaves the form open (Invalid) or is a refusal of the whole deed."""
    house = busy_house
    house.record, war = "INC-1", house.room("war")
    plan, failures = house.app.plans.current, []
    people = itertools.cycle(PEOPLE)
    last = sorted(forms.FORMS_BY_ID.items(), key=lambda item: item[0] == "incident.false_alarm")  # it closes what the others need
    for (form_id, make), evil in itertools.product(last, EVIL.values()):
        person = next(people)
        state = house.app.service.incident("INC-1")
        made = make(state, plan, **({"now": house.app.now()} if form_id == "update.send" else {}))
        values = {field.key: evil for field in made.fields if field.kind != "note"}
        args = {**dict(made.args), "record": "INC-1"}
        answer = house.app.ears.submit(person, war, form_id, args, values, house.ident())
        harmless(looks(house, answer, person))
        assert form_id == "incident.false_alarm" or house.state.responding, form_id
        if isinstance(answer, Invalid) and not set(answer.errors) <= {*values, ""}:
            failures.append((form_id, tuple(answer.errors), tuple(values)))
    assert failures == []
    house.settle()
    harmless(drawn(house))


def test_every_button_takes_a_forged_argument(busy_house: House) -> None:
    """Ids that name nothing are refused in words; nobody's page breaks and nothing happens."""
    house = busy_house
    war = house.room("war")
    people = itertools.cycle(PEOPLE)
    for action, evil in itertools.product(handlers.ACTIONS, ("", "no-such-id", NASTY)):
        person = next(people)
        args = {"record": "INC-1"} | (dict.fromkeys(IDS, evil) if evil else {})
        harmless(looks(house, house.app.ears.press(person, war, action, args, house.ident()), person))
    harmless(drawn(house))


@pytest.mark.parametrize("typed", [NASTY, STRANGE, LONG], ids=["markup", "control", "long"])
def test_what_was_typed_is_stored_and_shown_to_the_last_character(house: House, typed: str) -> None:
    story.reported(house)
    shown = typed.replace("\x00", "\N{SYMBOL FOR NULL}")
    house.wangmin.says(f"/记 {typed}")
    house.settle()
    noted = [event.text for event in house.events() if isinstance(event, NoteTaken)]
    assert noted == [shown]
    house.wangmin.says(typed)
    said = [message for message in house.messages("war") if message.author == "wangmin"]
    assert said[-1].body == shown
    assert said[-1].mentions == ()


def test_a_report_of_nothing_but_markup_gets_its_number_and_mentions_nobody(house: House) -> None:
    assert "INC-1" in house.wangmin.says(f"/报故障 {NASTY}", at="@report")
    house.settle()
    assert house.state.report.words == NASTY
    assert not any(message.mention_all for message in house.bot_messages("@report"))
    assert "&lt;script&gt;" in drawn(house)


@pytest.mark.parametrize("when", ["昨天的明天", "25:99", "一万年前", "0000-00-00", "∞ 分钟前", "9" * 400])
def test_a_time_that_cannot_be_read_is_kept_as_typed_or_asked_again_with_examples(house: House, when: str) -> None:
    values = {"symptom": "下单报错", "started": when, "scope": "火星仓、月球服务"}
    answer = house.app.ears.submit("wangmin", house.room("@report"), "report.form", {}, values, house.ident())
    if isinstance(answer, Invalid):
        assert set(answer.errors) == {"started"}
        assert when[:20] in _words(house, answer.errors["started"])
        assert house.app.service.incidents() == ()
    else:
        assert house.state.report.started_text == when


def _words(house: House, text: Text) -> str:
    return house.words(text, "wangmin")


@pytest.mark.postgres
def test_characters_that_a_database_refuses_do_not_stop_a_report(postgres_url: str) -> None:
    """PostgreSQL cannot store NUL; the report of somebody who pasted one must get its number all the same."""
    with opened(postgres_url) as house:
        assert "INC-1" in house.wangmin.says(f"/报故障 下单报错 {STRANGE}", at="@report")
        house.wangmin.says(f"下单 {STRANGE}", at="@report")
        house.holds()
