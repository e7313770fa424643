"""Rule packs: a closed language, faults with line and reason, the stricter wins, the pack of the day judges."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.rules.time_limits import TIME_LIMITS
from ingest.document_types import DOCUMENT_TYPES
from ingest.packs.reading import BASE, SHIPPED, read_file, read_text, shipped_packs, shipped_text
from ingest.rules.expressions import ExpressionFault, judge, parse
from ingest.rules.merging import MergeFault, effective
from ingest.rules.pack_terms import Pack, Severity

CODES = frozenset(DOCUMENT_TYPES)
PIECES = [
    *("penalty", "urgent", "officers", 'has("DECISION")', "and", "or", "not", "in", "==", "<", ">", "(", ")", '"G"'),
    *("procedures", "1", "é", "甲", "{", "\n", "\0"),
]
SECOND_CITY = Path(__file__).parent / "packs_of_others" / "second-city.toml"


@dataclass
class Told:
    """A case of which only this is known."""

    acts: dict[str, bool] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    sets: dict[str, set[str]] = field(default_factory=dict)

    def act(self, name: str) -> bool | None:
        return self.acts.get(name)

    def word(self, name: str) -> str | None:
        return self.words.get(name)

    def member(self, name: str, word: str) -> bool | None:
        return word in self.sets[name] if name in self.sets else None

    def number(self, name: str) -> int | None:
        return self.numbers.get(name)

    def count(self, code: str) -> int | None:
        return self.numbers.get(code)


CASE = Told(
    {"penalty": True, "urgent": False}, {"officers": 2, "DECISION": 1}, {"source": "tip"}, {"service": {"left"}}
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", True),
        ("penalty", True),
        ("not penalty", False),
        ("penalty and not urgent", True),
        ("sampling", None),
        ("sampling and urgent", False),
        ("sampling or penalty", True),
        ("not sampling", None),
        ("sampling or urgent", None),
        ('source == "tip" and "left" in service', True),
        ('source != "tip"', False),
        ('"mail" in service', False),
        ('"G" in procedures', None),
        ("officers >= 2 and officers < 3", True),
        ("certificates > 0", None),
        ('has("DECISION") and count("DECISION") == 1', True),
        ('has("PRE_NOTICE")', None),
        ("urgent or penalty and sampling", None),
        ("(urgent or penalty) and not (sampling and urgent)", True),
    ],
)
def test_conditions_answer_yes_no_or_unknown(text: str, answer: bool | None) -> None:
    assert judge(parse(text, CODES), CASE) is answer


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("penalti", 1),
        ("penalty and", 12),
        ("penalty sampling", 9),
        ("(penalty", 9),
        ('source == "tipp"', 8),
        ('"X" in procedures', 1),
        ("penalty in procedures", 1),
        ('"G" in penalty', 8),
        ("officers", 1),
        ("officers == penalty", 10),
        ("penalty and officers", 1),
        ('has("NOTHING")', 5),
        ("has(DECISION)", 5),
        ("open('/etc/passwd')", 6),
        ('__import__("os")', 1),
        ("penalty.real", 8),
        ("penalty; urgent", 8),
        ("not " * 20 + "penalty", 53),
        ("(" * 20 + "penalty" + ")" * 20, 14),
        ("penalty or " * 60 + "penalty", 400),
    ],
)
def test_what_is_not_of_the_language_is_told_with_its_column(text: str, column: int) -> None:
    with pytest.raises(ExpressionFault) as fault:
        parse(text, CODES)
    assert fault.value.column == column and re.search("[一-鿿]", fault.value.zh) and fault.value.en


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_whatever_is_typed_is_a_condition_or_a_fault(text: str) -> None:
    try:
        found = parse(text, CODES)
    except ExpressionFault as fault:
        assert 1 <= fault.column <= len(text) + 1
    else:
        assert judge(found, CASE) in (True, False, None)


def test_the_shipped_packs_speak_of_every_requirement_of_the_rules() -> None:
    (types, national, district) = shipped_packs()
    assert set(types.types) == set(DOCUMENT_TYPES) and len(types.types) == 80
    named = {rule.id for rule in district.rules} | {each.id for each in district.elsewhere}
    assert {f"SR-{number:03}" for number in range(1, 71)} - named == set()
    for rule in (*national.rules, *district.rules):
        assert all(re.search("第[一二三四五六七八九十]+条", article) for article in rule.articles), rule.id


def test_deadlines_are_those_of_the_table_of_limits() -> None:
    needs = [rule.need for pack in shipped_packs() for rule in pack.rules if rule.need.deadline]
    assert len(needs) >= 9
    for need in needs:
        limit = TIME_LIMITS[need.deadline]
        assert (limit.length, limit.unit) == (need.length, need.unit), need.deadline


RULE = """
[[rules]]
id = "{id}"
article = "办法第一条"
zh = "示例规则"
en = "an example"
when = '{when}'
needs = {{ {needs} }}
severity = "refuse"
"""
HEAD = """[pack]
id = "trial"
version = "2026.1"
level = "district"
zh = "试验"
en = "trial"
since = 2026-01-01
"""


def _rule(needs: str = 'kind = "paper", of = ["DECISION"]', when: str = "", id_: str = "XX-01") -> str:
    return RULE.format(id=id_, when=when, needs=needs)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[pack", 1, "TOML"),
        (HEAD + "harm = 1\n", 8, "Extra"),
        (HEAD.replace("since = 2026-01-01", ""), 2, "since"),
        (HEAD + "until = 2025-01-01\n", 8, "before"),
        (HEAD.replace("district", "village"), 4, "Input"),
        (HEAD + _rule() + "run = 'rm'\n", 17, "Extra"),
        (HEAD + _rule().replace('article = "办法第一条"\n', ""), 9, "required"),
        (HEAD + _rule() + _rule(), 19, "twice"),
        (HEAD + _rule(when="penalti"), 14, "unknown name"),
        (HEAD + _rule(when='__import__("os").system("x")'), 14, "cannot stand here"),
        (HEAD + _rule(when="penalty and not penalty"), 14, "never hold"),
        (HEAD + _rule(when='source == "tip" and source == "draw"'), 14, "never hold"),
        (HEAD + _rule(when='count("DECISION") > 2 and not has("DECISION")'), 14, "never hold"),
        (HEAD + _rule('kind = "paper", of = ["DECISIONS"]'), 15, "unknown document type"),
        (HEAD + _rule('kind = "paper"'), 15, "of is missing"),
        (HEAD + _rule('kind = "paper", of = ["COVER"]'), 15, "archive itself"),
        (HEAD + _rule('kind = "exec", of = ["DECISION"]'), 15, "unknown kind"),
        (HEAD + _rule('kind = "holds", condition = "officers"'), 15, "no condition"),
        (HEAD + _rule('kind = "states", of = ["DECISION"], words = ["weather"]'), 15, "unknown word"),
        (HEAD + _rule('kind = "signed", of = ["DECISION"], words = ["officer:many"]'), 15, "no number"),
        (HEAD + _rule('kind = "deadline", start = "opened", end = "noon", length = 3, unit = "hours"'), 15, "event"),
        (
            HEAD + _rule('kind = "deadline", start = "opened", end = "closed", length = 3, unit = "working-days"'),
            15,
            "of a law",
        ),
        (
            HEAD
            + _rule('kind = "order", of = ["PRE_NOTICE", "DECISION"]')
            + _rule('kind = "order", of = ["DECISION", "CASE_APPR"]', id_="XX-02")
            + _rule('kind = "order", of = ["CASE_APPR", "PRE_NOTICE"]', id_="XX-03"),
            33,
            "each to come before",
        ),
        (
            HEAD + '[types.NEW]\nzh = "现场检查笔录"\nen = "x"\nstages = ["S2"]\nprocedures = ["G"]\npart = "main"\n',
            8,
            "already",
        ),
        (HEAD + "noon = 12:00:00\n", 1, "value that no pack has"),
    ],
)
def test_a_wrong_pack_is_refused_with_line_and_reason(text: str, line: int, why: str) -> None:
    pack, problems = read_text(text, "trial.toml", shipped_packs(BASE))
    assert pack is None
    assert (problems[0].facts["line"], problems[0].file) == (line, "trial.toml"), problems
    assert why in str(problems[0].facts["why_en"]) and problems[0].facts["why_zh"]


def test_a_file_of_no_text_is_refused(tmp_path: Path) -> None:
    for number, data in enumerate((b"\xff\xfe[pack]", b"a = 1\n" * 300_000, b"x = " + b"[" * 100_000)):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(data)
        pack, problems = read_file(path)
        assert pack is None and [problem.code for problem in problems] == ["ingest.pack-wrong"]


def _below(text: str) -> Pack:
    pack, problems = read_text(text, "trial.toml", shipped_packs(BASE))
    assert pack is not None, problems
    return pack


def test_a_nearer_pack_makes_stricter_and_never_laxer() -> None:
    city, problems = read_file(SECOND_CITY, shipped_packs(BASE))
    assert city is not None, problems
    rules = {rule.id: rule for rule in effective((*shipped_packs(BASE), city), date(2026, 1, 1)).rules}
    assert rules["PL-60"].need.length == 60
    assert rules["PL-60"].articles == ("行政处罚法第六十条", "示例二市办法第七条")
    # what was to weaken the law: a narrower condition and a milder consequence are both without effect
    assert rules["PL-57"].severity is Severity.REASON
    ordinary = Told({"penalty": False}, sets={"procedures": {"G"}})
    assert judge(rules["PL-57"].when, ordinary) is True
    longer = _below(
        HEAD + _rule('kind = "deadline", deadline = "D07", start = "opened", end = "decided", length = 120, '
                     'unit = "natural-days"', id_="PL-60")
    )  # fmt: skip
    held = {rule.id: rule for rule in effective((*shipped_packs(BASE), longer), date(2026, 1, 1)).rules}
    assert held["PL-60"].need.length == 90


def test_a_second_city_stands_where_the_district_stood() -> None:
    city, _ = read_file(SECOND_CITY, shipped_packs(BASE))
    assert city is not None
    held = effective((*shipped_packs(BASE), city), date(2026, 1, 1))
    assert "SITE_PLAN" in held.types
    assert {rule.id for rule in held.rules if rule.id.startswith("SR-")} == set()
    twice = _below(HEAD)
    with pytest.raises(MergeFault, match="one level"):
        effective((*shipped_packs(), twice), date(2026, 1, 1))


@pytest.mark.parametrize(
    "needs",
    [
        'kind = "paper", of = ["DECISION"]',
        'kind = "deadline", start = "opened", end = "closed", length = 9, unit = "natural-days"',
        'kind = "deadline", start = "opened", end = "decided", length = 9, unit = "hours"',
    ],
)
def test_packs_that_cannot_be_compared_are_refused_at_the_rule(needs: str) -> None:
    pack, problems = read_text(HEAD + _rule(needs, id_="PL-60"), "trial.toml", shipped_packs(BASE))
    assert pack is None and problems[0].facts["line"] == 10 and "PL-60" in str(problems[0].facts["why_zh"])


def test_the_packs_of_the_day_of_closing_hold() -> None:
    packs = shipped_packs()
    named = {
        day: effective(packs, day) for day in (date(1995, 6, 1), date(2017, 6, 1), date(2019, 6, 1), date(2026, 1, 1))
    }
    assert [each.named.split(" + ") for each in named.values()] == [
        [""],
        ["zhuhui 2026.1"],
        ["zhuhui 2026.1"],
        ["national 2026.1", "zhuhui 2026.1"],
    ]
    assert named[date(2017, 6, 1)].doubtful == {"zhuhui"} and not named[date(2019, 6, 1)].doubtful


def test_a_pack_that_was_cut_off_is_told_where() -> None:
    """A file that broke off in a copy names a line that it has."""
    text = shipped_text(SHIPPED[2])
    lines = text.splitlines()
    for number in range(20, len(lines), 97):
        cut = "\n".join(lines[:number]) + "\n" + lines[number][: len(lines[number]) // 2]
        pack, problems = read_text(cut, "cut.toml", shipped_packs(BASE))
        assert pack is not None or all(1 <= problem.facts["line"] <= number + 1 for problem in problems)
