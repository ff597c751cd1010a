"""What the bot could not do is told in sentences, which stay sentences from the effect to whoever reads the card."""

from __future__ import annotations

from bot.core.commands import RecordOutcome
from bot.core.incident import Incident
from bot.store.codec import Codec
from bot.words import line
from tests.core.drive import responding


def test_why_something_was_not_done_waits_for_its_reader_even_in_the_database() -> None:
    why = line("群「{name}」没建成：{why}", name="下单报错", why=line("没有权限"))
    drive = responding()
    drive.do(RecordOutcome("war@slack", "parked", why))
    (trouble,) = drive.incident.troubles
    assert trouble.why == why
    kept: Codec[Incident] = Codec(Incident)
    assert kept.load(kept.dump(drive.incident)).troubles[0].why == why
