"""All SQL of the house. Statements are plain SQL in the part that SQLite and PostgreSQL share."""
