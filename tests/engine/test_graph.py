"""Who waits for whom, without a bot around it."""

from __future__ import annotations

from bot.effects import Effect, OpenRoom, Page, Say, Show, StopPage
from bot.engine.graph import Graph
from bot.store.outbox import Ref, Row

WAR = ("INC-1", "war", "double")


def graph(*effects: Effect, room: bool = True) -> Graph:
    made = Graph()
    if room:
        made.know({WAR: Ref("r1")})
    for number, effect in enumerate(effects, start=1):
        made.admit(Row(number, "INC-1", "double", effect, 2))
    return made


def flying(made: Graph) -> list[str]:
    """The slots of everything that nothing holds up."""
    taken = []
    while (job := made.take()) is not None:
        taken.append(job.fills[1] if job.fills else "")
    return taken


def test_nothing_goes_into_a_room_that_does_not_stand() -> None:
    made = graph(OpenRoom("war", "", "", (), ""), Show("war", "a", "v"), Say("war", "b", ""), room=False)
    assert flying(made) == ["war"]


def test_new_cards_go_side_by_side() -> None:
    assert flying(graph(Show("war", "a", "v"), Show("war", "b", "v"), Show("war", "c", "v"))) == ["a", "b", "c"]


def test_new_cards_come_behind_the_pinned_one() -> None:
    assert flying(graph(Show("war", "a", "v", pin=True), Show("war", "b", "v"), Show("war", "c", "v"))) == ["a"]


def test_a_line_waits_for_every_message_before_it_and_every_message_after_it_waits_for_the_line() -> None:
    made = graph(Show("war", "a", "v"), Show("war", "b", "v"), Say("war", "line", ""), Show("war", "c", "v"))
    jobs = list(made.jobs().values())
    assert flying(made) == ["a", "b"]
    made.finish(jobs[0])
    assert flying(made) == []
    made.finish(jobs[1])
    assert flying(made) == ["line"]
    made.finish(jobs[2])
    assert flying(made) == ["c"]


def test_a_redraw_overtakes_whatever_is_said() -> None:
    made = graph(Say("war", "line", ""))
    made.know({("INC-1", "a", "double"): Ref("m1")})
    made.admit(Row(9, "INC-1", "double", Show("war", "a", "v"), 2))
    assert flying(made) == ["line", "a"]


def test_cards_that_wait_become_one_that_keeps_what_the_first_had_to_do() -> None:
    made = graph(Show("war", "a", "v", pin=True, mentions=("ann",)), Show("war", "a", "w", mentions=("bob",)))
    job = made.take()
    assert job is not None
    assert job.effect == Show("war", "a", "w", pin=True, mentions=("ann", "bob"))
    assert [row.id for row in job.rows] == [1, 2]


def test_a_page_that_was_never_sent_and_its_stopping_are_both_needless() -> None:
    made = graph(Page("ann", "p", "", "c"))
    needless = made.admit(Row(2, "INC-1", "double", StopPage("p"), 2))
    assert [row.id for row in needless] == [1, 2]
    assert len(made) == 0


def test_urgent_jobs_come_first_and_old_ones_before_new_ones() -> None:
    made = graph(Show("war", "a", "v"), Show("war", "b", "v"))
    made.admit(Row(7, "INC-2", "double", Page("ann", "p", "", "c"), 0))
    assert flying(made) == ["p", "a", "b"]


def test_what_an_urgent_job_waits_for_is_as_urgent_as_itself() -> None:
    rooms = [Row(n, f"INC-{n}", "double", OpenRoom("war", "", "", (), ""), 2) for n in (1, 2)]
    made = Graph()
    for row in rooms:
        made.admit(row)
    made.admit(Row(3, "INC-2", "double", Say("war", "line", ""), 0))
    job = made.take()
    assert job is not None
    assert (job.row.record, job.rank) == ("INC-2", (0, 0, 2))


def test_urgency_reaches_through_everything_that_is_in_the_way() -> None:
    made = graph(*(Say("war", str(n), "") for n in range(2000)))
    first = made.take()
    made.admit(Row(9000, "INC-1", "double", Say("war", "urgent", ""), 0))
    assert first is not None
    assert {job.rank[0] for job in made.jobs().values()} == {0}


def test_a_job_held_at_a_limit_is_joined_by_what_comes_later_about_the_same_thing() -> None:
    made = graph(Show("war", "a", "v"))
    job = made.take()
    assert job is not None
    made.hold(job)
    made.admit(Row(9, "INC-1", "double", Show("war", "a", "w"), 0))
    assert (len(job.rows), job.rank, made.take()) == (2, (0, 0, 1), None)
    made.resume(job)
    assert made.take() is job


def test_a_page_held_at_a_limit_is_not_sent_when_it_is_answered() -> None:
    made = graph(Page("ann", "p", "", "c"))
    job = made.take()
    assert job is not None
    made.hold(job)
    needless = made.admit(Row(9, "INC-1", "double", StopPage("p"), 2))
    assert [row.id for row in needless] == [1, 9]
