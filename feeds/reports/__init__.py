"""Citizen reports: the rules of their life, and the one owner of the report topics on the bus."""
