"""The database: PostgreSQL from a wheel by default, or the one ``DATABASE_URL`` names."""
