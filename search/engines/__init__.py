"""Engines 检索引擎: one protocol, one file an engine."""
