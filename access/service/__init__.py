"""Deeds 事项 of access: people, duties, clearances, sign-in, copy requests, releases."""
