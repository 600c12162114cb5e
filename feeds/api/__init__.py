"""The HTTP doors: citizens' reports come in, the room's decisions go back. Behind the bus; publishes nothing itself."""
