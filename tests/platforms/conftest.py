"""Fixtures that several platform tests use."""

from synapse.fixtures import bot, homeserver, person

__all__ = ["bot", "homeserver", "person"]
