"""Stores 存储: where sealed objects lie."""
