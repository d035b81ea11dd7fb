"""Fixtures for faults of a real homeserver."""

from synapse.fixtures import bot, homeserver, person

__all__ = ["bot", "homeserver", "person"]
