"""Adapters 适配器 of ingest: what children read of packages, spreadsheets and signatures, judged by the parent."""
