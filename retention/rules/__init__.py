"""Rules 规则 of retention: period arithmetic, holds, the order of disposal."""
