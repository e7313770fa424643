"""Ledger 存证账本: two tamper-evident histories, ``activity`` and ``release``: RFC 6962 logs in C2SP formats."""
