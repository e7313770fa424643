"""Doors 入口 of search: parse, call one deed, render."""
