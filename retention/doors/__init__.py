"""Doors 入口 of retention: parse, call one deed, render."""
