"""Archive 馆藏: what a record is, where it lies, and that it is intact."""
