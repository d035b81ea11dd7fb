"""Models by name: where their files come from, and what runs them.

    catalogue -> fetch -> a folder with verified files -> open -> Generator | Embedder

Knows no news: a Generator continues a conversation, an Embedder turns texts into vectors. Import
`bot.models.open` for both; it loads nothing heavy before the first call. The hard thing is that
every engine runs on threads of its own, so queueing, deadlines and cancellation are ours to keep.
"""
