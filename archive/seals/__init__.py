"""Seals 签章: signing, time stamping and checking; nothing slow is imported here, adapters are loaded by name."""
