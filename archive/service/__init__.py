"""Deeds 事项 of the holdings: describe, seal, verify, read, annotate, destroy."""
