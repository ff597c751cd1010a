"""The ear for one-line reports: time, place, service and extent recognised in what people write, and likely duplicates.

`hear` understands a report; `read_time` (it was), `read_ahead` (it will be), `read_duration` and `read_number` a form field; `alike` finds
the open incident it may belong to.
"""

from bot.core.hearing.ahead import read_ahead
from bot.core.hearing.alike import Known, Likeness, alike
from bot.core.hearing.ear import Heard, hear
from bot.core.hearing.folding import short
from bot.core.hearing.numbers import Figure, read_duration, read_figure, read_number
from bot.core.hearing.times import Time, read_time
from bot.core.hearing.vocabulary import Vocabulary, Word

__all__ = [
    "Figure",
    "Heard",
    "Known",
    "Likeness",
    "Time",
    "Vocabulary",
    "Word",
    "alike",
    "hear",
    "read_ahead",
    "read_duration",
    "read_figure",
    "read_number",
    "read_time",
    "short",
]
