"""One transaction per request: all of it or nothing, once, whoever asks at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy.event import listen, remove

from bot.cards.model import Field, Form
from bot.clock import Clock as Rings
from bot.service import Outcome, Service
from bot.store import outbox, records
from bot.store.database import Conflict, Database
from bot.talk import Answer, Invalid, Refusal, Toast
from bot.words import line
from tests.engine import toy
from tests.engine.toy import Assemble, Begin, Board, End, GoAway, Plan, SetAlarm, Write, do, reply, request


def board(service: Service, record: str = "INC-1") -> Board:
    return cast(Board, service.incident(record))


def folded(service: Service, record: str) -> Any:
    state: Any = None
    for event, stamp in service.events(record):
        state = toy.evolve(state, event, stamp)
    return state


def rows(database: Database) -> list[outbox.Row]:
    with database.read() as connection:
        return outbox.stuck(connection, database.clock, -1.0)


@pytest.fixture
def service(database: Database) -> Service:
    return toy.service(database)


def test_a_redelivered_request_gets_the_kept_answer_and_changes_nothing(service: Service) -> None:
    do(service, None, Begin())
    first = do(service, "INC-1", Write("a"), "k1")
    before = (board(service), service.events("INC-1"), rows(service.database))
    again = do(service, "INC-1", Write("something else"), "k1")
    assert again == first == Toast("INC-1: 1")
    assert (board(service), service.events("INC-1"), rows(service.database)) == before


def test_a_redelivered_report_opens_no_second_record(service: Service) -> None:
    answers = [do(service, None, Begin(), "k1") for _ in range(3)]
    assert answers == [Toast("INC-1: 1")] * 3
    assert [b.id for b in service.incidents()] == ["INC-1"]


def test_a_refusal_is_worded_and_not_kept(service: Service) -> None:
    do(service, None, Begin())
    assert do(service, "INC-1", Write(""), "k1") == Refusal("write something")
    assert do(service, "INC-1", Write("now right"), "k1") == Toast("INC-1: 1")


def test_what_is_wrong_with_a_field_is_said_at_the_field_while_a_form_is_open(service: Service) -> None:
    do(service, None, Begin())
    typed = replace(request("k1"), values={"text": ""})
    write: Any = Write("")
    assert service.run(typed, "INC-1", write, reply) == Invalid({"text": "write something"})


def test_the_kept_answer_of_a_request_can_be_asked_for(service: Service) -> None:
    said = do(service, None, Begin(), "k1")
    assert service.kept("k1") == said
    assert service.kept("k2") is None


def test_a_record_that_does_not_exist_is_refused(service: Service) -> None:
    assert isinstance(do(service, "INC-404", Write("a")), Refusal)
    assert service.incidents() == ()


def test_a_command_that_changes_nothing_writes_no_event_but_keeps_its_answer(service: Service) -> None:
    do(service, None, Begin())
    do(service, "INC-1", Write("again"))
    assert do(service, "INC-1", Write("again"), "k1") == Toast("INC-1: 0")
    assert len(service.events("INC-1")) == 2


def test_when_anything_fails_nothing_is_remembered(service: Service) -> None:
    do(service, None, Begin())
    before = (board(service), service.events("INC-1"), rows(service.database))

    def broken(outcome: Outcome) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(service, "INC-1", Assemble(), "k1", broken)
    assert (board(service), service.events("INC-1"), rows(service.database)) == before
    assert do(service, "INC-1", Assemble(), "k1") == Toast("INC-1: 1")


def test_a_number_is_given_back_when_its_report_fails(service: Service) -> None:
    def broken(outcome: Outcome) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do(service, None, Begin(), "", broken)
    assert do(service, None, Begin()) == Toast("INC-1: 1")


def test_twenty_threads_on_one_record_are_carried_out_one_after_the_other(service: Service) -> None:
    do(service, None, Begin())
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: do(service, "INC-1", Write(f"line {n}")), range(20)))
    assert sorted(board(service).lines) == sorted(f"line {n}" for n in range(20))
    assert [stamp.seq for _, stamp in service.events("INC-1")] == list(range(1, 22))
    assert folded(service, "INC-1") == board(service)


def test_two_processes_on_one_record_never_overwrite_one_another(database_url: str, open_database: Callable[[str], Database]) -> None:
    services = [toy.service(open_database(database_url)) for _ in range(2)]
    do(services[0], None, Begin())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: do(services[n % 2], "INC-1", Write(str(n))), range(24)))
    assert len(board(services[0]).lines) == 24
    assert board(services[0]) == board(services[1]) == folded(services[0], "INC-1")


def test_the_same_request_delivered_by_twenty_threads_at_once_counts_once(service: Service) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: do(service, None, Begin(), "k1"), range(20)))
    assert answers == [Toast("INC-1: 1")] * 20
    assert len(service.incidents()) == 1


def test_numbers_have_no_gaps_when_many_report_at_once(service: Service) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: do(service, None, Begin()), range(30)))
    assert [b.id for b in service.incidents()] == [f"INC-{n}" for n in range(1, 31)]


def test_a_write_of_a_version_that_is_gone_is_a_conflict(service: Service) -> None:
    do(service, None, Begin())
    with service.database.read() as connection:
        read = records.load(connection, "INC-1")
    assert read is not None
    do(service, "INC-1", Write("first"))
    with pytest.raises(Conflict), service.database.write() as connection:
        records.save(connection, read, read.version, toy.START)
    assert board(service).lines == ("first",)


def test_stored_state_is_what_a_new_process_reads(service: Service, database_url: str, open_database: Callable[[str], Database]) -> None:
    do(service, None, Begin())
    do(service, "INC-1", SetAlarm(toy.START))
    assert board(toy.service(open_database(database_url))) == board(service)


def test_a_record_stays_under_its_plan(database: Database, open_database: Callable[[str], Database], database_url: str) -> None:
    current = [Plan("1", "one")]
    plans: Any = lambda: current[0]  # noqa: E731  # a plan that changes
    service = Service(database, toy.RULES, plans, toy.Clock(), ("double",))
    do(service, None, Begin())
    current[0] = Plan("2", "two")
    do(service, None, Begin())
    restarted = Service(open_database(database_url), toy.RULES, plans, toy.Clock(), ("double",))
    assert [restarted.plan_of(record).hash for record in ("INC-1", "INC-2", "team")] == ["one", "two", "two"]


def test_open_records_are_listed_by_number_and_ended_ones_only_when_asked_for(service: Service) -> None:
    for _ in range(11):
        do(service, None, Begin())
    do(service, "INC-2", End())
    assert [b.id for b in service.incidents()] == [f"INC-{n}" for n in (1, *range(3, 12))]
    assert len(service.incidents(open_only=False)) == 11


def test_the_record_of_the_team_says_who_can_be_reached_where(database: Database) -> None:
    service = toy.service(database, platforms=("east", "west"))
    do(service, "team", GoAway("bob"))
    assert service.team() == cast(Any, toy.Crew(("bob",)))
    do(service, None, Begin(("ann", "bob")))
    do(service, "INC-1", Assemble())
    west = [row.effect for row in rows(service.database) if row.platform == "west"]
    assert {getattr(effect, "person", None) for effect in west} == {None, "ann"}
    assert not any("bob" in getattr(effect, "people", ()) for effect in west)


def test_every_platform_gets_its_own_effects(database: Database) -> None:
    service = toy.service(database, platforms=("left", "right"))
    do(service, None, Begin())
    kinds = [[type(row.effect).__name__ for row in rows(database) if row.platform == platform] for platform in ("left", "right")]
    assert kinds[0] == kinds[1] != []


def test_only_cards_that_look_different_are_drawn_again(service: Service) -> None:
    do(service, None, Begin())
    before = len(rows(service.database))
    do(service, "INC-1", SetAlarm(toy.START))
    assert len(rows(service.database)) == before


def test_standing_rooms_are_promised_once(service: Service) -> None:
    service.ensure_standing()
    service.ensure_standing()
    assert [row.record for row in rows(service.database)] == ["standing"]


def test_a_standing_room_that_was_bound_is_not_opened(service: Service) -> None:
    service.bind_room("@report", "double", "C123")
    service.ensure_standing()
    assert rows(service.database) == []
    assert service.place("double", "C123") == ("standing", "@report")


# --- timers -----------------------------------------------------------------------------------------------------------------


def test_timers_follow_the_state(database: Database) -> None:
    clock = toy.Clock()
    service = toy.service(database, clock)
    rings = Rings(service)
    do(service, None, Begin())
    do(service, "INC-1", SetAlarm(toy.START + timedelta(minutes=5)))
    do(service, "INC-1", SetAlarm(toy.START + timedelta(minutes=9)))
    assert rings.next_deadline() == toy.START + timedelta(minutes=9)
    clock.forward(minutes=6)
    assert rings.ring_due() == 0
    clock.forward(minutes=6)
    assert (rings.ring_due(), board(service).rang, rings.next_deadline()) == (1, 1, None)


def test_a_timer_counts_once_whoever_rings(database: Database) -> None:
    clock = toy.Clock()
    service = toy.service(database, clock)
    do(service, None, Begin())
    do(service, "INC-1", SetAlarm(toy.START))
    (timer,) = service.due()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(service.ring, [timer.key] * 8))
    assert board(service).rang == 1


def test_a_ring_that_changes_nothing_does_not_come_again(service: Service, database: Database) -> None:
    do(service, None, Begin())
    do(service, "INC-1", SetAlarm(toy.START))
    stubborn = records.Timer("INC-1:other", "INC-1", "other", "x", toy.START - timedelta(1))
    with database.write() as connection:
        records.set_timers(connection, [stubborn])
    assert Rings(service).ring_due() == 2
    assert service.due() == ()


def test_the_end_takes_its_timers_with_it(service: Service) -> None:
    do(service, None, Begin())
    do(service, "INC-1", SetAlarm(toy.START + timedelta(days=1)))
    do(service, "INC-1", End())
    assert service.next_deadline() is None


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    listen(database.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        remove(database.engine, "before_cursor_execute", hear)


def test_a_new_record_does_not_look_for_what_it_cannot_have(database: Database) -> None:
    service = toy.service(database, worker="w1")
    do(service, None, Begin())
    with statements(database) as said:
        do(service, None, Begin())
    tables = [name for name in ("timers", "lanes", "slots") if any(f"FROM {name}" in statement for statement in said)]
    assert (tables, sum("FROM records" in statement for statement in said)) == ([], 1)  # the team's


def test_what_became_of_many_effects_is_written_in_three_statements(database: Database) -> None:
    service = toy.service(database, worker="w1")
    do(service, None, Begin())
    fates = [
        outbox.Result(row.id, "INC-1", "done", 1, fill=(("INC-1", f"slot:{row.id}", "double"), outbox.Ref(f"ref:{row.id}")))
        for row in rows(database)
    ]
    with statements(database) as said, database.write() as connection:
        assert outbox.settle(connection, "w1", fates) == frozenset()
    assert len([statement for statement in said if not statement.startswith("BEGIN")]) == 3
    assert (rows(database), len(service.refs("INC-1"))) == ([], len(fates))


def test_old_answers_are_forgotten_and_fresh_ones_kept(database: Database) -> None:
    clock = toy.Clock()
    service = toy.service(database, clock)
    do(service, None, Begin(), "old")
    clock.forward(days=40)
    do(service, "INC-1", Write("a"), "fresh")
    assert service.tidy() == 1
    assert service.kept("old") is None
    assert service.kept("fresh") is not None


def test_a_form_that_was_sent_can_be_filled_in_later(service: Service) -> None:
    form = Form("report.form", line("报故障"), (Field("symptom", line("现象"), required=True),), line("提交"), args=(("record", "INC-1"),))
    kept = service.keep_form(form)
    assert service.form(kept) == form
    assert service.form("another") is None
