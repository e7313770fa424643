"""Migrations 数据库升级: one history for the tables of all packages; never touches ledger entries or sealed bytes."""
