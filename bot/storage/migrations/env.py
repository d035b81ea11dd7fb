"""How Alembic runs here: on the connection, and inside the transaction, that `migrate.py` opened."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=False, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
