"""Document types 文种: codes of the papers and recordings of a case file, with their names and usual part."""

from __future__ import annotations

import tomllib
from importlib import resources


def _read() -> dict[str, tuple[str, str, str]]:
    text = resources.files("ingest.packs").joinpath("types.toml").read_text("utf-8")
    types = tomllib.loads(text)["types"]
    return {code: (row["zh"], row["en"], "B" if row["part"] == "internal" else "M") for code, row in types.items()}


DOCUMENT_TYPES: dict[str, tuple[str, str, str]] = _read()
"""Code to (Chinese name, English name, part: M main, B internal), as the vocabulary of the rule packs says it."""
