"""Reading from outside: bytes to Drafts. Knows no database and no model."""
