"""Doors 入口 of ingest: parse, call one deed, render."""
