"""Child programs 子程序 of ingest: read packages, spreadsheets and foreign signatures inside limits; never imported."""
