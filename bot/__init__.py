"""newsbot: feeds and pages in, cited summaries and answers out, on your own machine.

sources/    fetch -> feed | page -> Draft                        (knows no database, no model)
news/       Draft -> Passages -> Story -> Summary; question -> Answer   (pure deciders over protocols)
models/     catalogue, fetch, Generator and Embedder             (knows no news)
storage/    every row and every line of SQL, SQLite and PostgreSQL
chat/       Message -> Reply: commands, permissions, conversation, rendering
platforms/  telegram, matrix, console: Message in, Part out
workers     claim a due row, one step of one stage, commit result and next due time together
app         builds all of it from a Config and runs it; cli is the only one who asks it to
"""

__version__ = "0.1.0"
