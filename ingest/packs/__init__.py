"""Packs 规则包: rules as data, one file for each authority, and their reading."""
