"""Retention 保管期限: how long a case file is kept, what stops its end, and how it ends."""
