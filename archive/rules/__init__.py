"""Rules 规则 of the holdings: decisions as arithmetic, values in, values out."""
