"""Every row and every line of SQL, on SQLite and on PostgreSQL."""
