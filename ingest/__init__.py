"""Ingest 接收: conducts the accession of a closed case across the floors below."""
