"""How the engine behaves in time."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """All in seconds. `alone`: no other worker can be alive (SQLite), so lanes are taken at the start."""

    at_once: int = 128  # calls in flight over all platforms
    call: float = 15.0  # after that the call counts as timed out, and in doubt
    beat: float = 1.0  # lease renewed, forgotten rows looked for
    lease: float = 6.0
    first_pause: float = 0.5  # doubled with each failure
    longest_pause: float = 60.0
    patience: int = 3  # failures after which the messages behind overtake
    tries: int = 6  # failures of an unknown kind after which it is parked
    keep_done: float = 7 * 86400.0
    head_start: float = 0.006  # of a room before whatever else is promised
    gather: float = 0.02  # what became of calls is written down together, but for a room that others wait for
    breath: float = 0.03  # what has waited for a room sets out first, and then the record hears that it stands
    crowd: int = 4  # so many new records in a tenth of a second are a crowd: somebody waits for the answer to each
    hush: float = 0.03  # so long after the last of them nothing sets out, lest it holds up the next
    longest_hush: float = 1.5
    tell_after: float = 3.0  # people hear of a room that has to wait longer than that
    letter: float = 60.0  # for one text to one recipient outside; channels have shorter limits of their own
    letter_tries: int = 12  # some four minutes; then a person hears that it does not go
    longest_letter: float = 300.0  # a receiver that wants a longer pause has failed
    homeless: float = 30.0  # a room for people outside that does not stand by then
    suspect: int = 4  # calls in a row, of several things, that nobody answered: from then on one at a time finds out
    lost_after: float = 20.0  # of such silence: two calls that time out, and less than the first minute in which somebody sleeps on
    probe: float = 5.0  # the longest pause between two that find out: so late at most it is noticed that a platform is back
    alone: bool = False

    def pause(self, attempts: int, dice: random.Random) -> float:
        """Until the next try: doubled each time, with some chance in it."""
        doublings = min(attempts - 1, 30)  # an outage of days makes thousands of attempts, and 2.0 ** 1024 is no number
        full = min(self.longest_pause, self.first_pause * 2.0**doublings)
        return full * (0.5 + 0.5 * dice.random())

    def probing(self, tries: int) -> float:
        """Until the next call finds out whether a platform answers again."""
        return min(self.probe, self.longest_pause, self.first_pause * 2.0 ** min(tries, 30))

    def obey(self, asked: float, dice: random.Random) -> float:
        """How long calls of a kind stay away when the platform asks for it: a little longer, and never for no time at all."""
        return max(asked, self.first_pause) * (1 + 0.1 * dice.random())
