"""Doors 入口 of the holdings: parse, call one deed, render."""
