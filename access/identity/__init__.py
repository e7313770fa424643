"""Identity 身份: who somebody is. What they may see stands in the tables of access, never here."""
