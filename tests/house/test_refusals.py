"""Every refusal that is raised has its text in both languages, and every text is of a refusal that is raised."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections import defaultdict

from tests.house.sources import PACKAGES, ROOT, sources

CODE = re.compile(rf"^({'|'.join(PACKAGES)})\.[a-z0-9]+(-[a-z0-9]+)*$")
MAKERS = {"Refusal", "Problem", "Reason"}
FIELDS = {"http", "basis", "zh", "en", "do_zh", "do_en"}
STATUS = {400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 423, 429, 460, 500, 503}  # 460: tus, checksum mismatch


def _texts() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for package in PACKAGES:
        found |= tomllib.loads((ROOT / package / "refusals.toml").read_text("utf-8"))
    return found


def _said() -> tuple[dict[str, set[str]], set[str]]:
    """Codes given to a refusal, by file, and every string that has the form of a code."""
    raised: dict[str, set[str]] = defaultdict(set)
    seen: set[str] = set()
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value):
                seen.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    raised[first.value].add(source.place)
    return raised, seen


def test_every_refusal_has_its_text() -> None:
    raised, _ = _said()
    texts = _texts()
    assert len(raised) > 100
    assert {code: places for code, places in raised.items() if CODE.match(code) and code not in texts} == {}


def test_every_text_is_of_a_refusal_that_is_raised() -> None:
    _, seen = _said()
    assert [code for code in _texts() if code not in seen] == []


def test_every_text_says_what_and_what_to_do_in_both_languages() -> None:
    for code, text in _texts().items():
        assert CODE.match(code), code
        assert set(text) - FIELDS == set(), code
        assert text["http"] in STATUS, code
        for field in ("zh", "en", "do_zh", "do_en"):
            assert isinstance(text[field], str) and text[field], f"{code}: {field}"
        assert re.search("[一-鿿]", str(text["zh"])), code
        assert re.search("[一-鿿]", str(text["do_zh"])), code


def test_both_languages_name_the_same_facts() -> None:
    """A fact that only one language tells is hidden from the other; language-dependent ones end in _zh and _en."""

    def facts(text: object) -> set[str]:
        named = {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}
        return {re.sub(r"_(zh|en)$", "", name) for name in named}

    assert {code: text["zh"] for code, text in _texts().items() if facts(text["zh"]) != facts(text["en"])} == {}
