"""The database: tables, their migrations, and how it is opened. Knows no rule of a report's life."""
