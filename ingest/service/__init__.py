"""Deeds 事项 of ingest: receive, check, normalise, accession; take-in conducts them."""
