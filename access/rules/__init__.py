"""Rules 规则 of access: decision, separation of duties, release."""
