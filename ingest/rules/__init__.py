"""Rules 规则 of ingest: names, descriptions, plausibility. Values in, values out."""
