"""Rules 规则 of search: tokens, query trees, ranking, snippets; values in, values out."""
