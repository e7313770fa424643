"""Doors 入口 of access: parse, call one deed, render."""
