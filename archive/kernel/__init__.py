"""Kernel 内核: one unit of work; knows nothing of archives."""
