"""Perform effects: order, retries, limits, leases, takeover. The only part that does (decision 3)."""

from bot.engine.couriers import Outside
from bot.engine.habits import Habits
from bot.engine.hands import Source
from bot.engine.worker import Engine

__all__ = ["Engine", "Habits", "Outside", "Source"]
