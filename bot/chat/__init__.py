"""From a Message to a Reply: commands, permissions, conversation, rendering. Knows no platform library."""
