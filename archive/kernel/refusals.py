"""Refusals 拒绝: an expected no, with its code, its article and its facts.

A refusal is raised by a rule or a deed, journaled by the unit of work, and rendered only at a door. Everything else
that is raised is a fault 故障.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Self

from archive.kernel.articles import basis_said

_CODE = re.compile(r"^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$")


class Refusal(Exception):
    """An expected no 拒绝: ``code`` is stable (``<package>.<noun>-<state>``), ``facts`` fill its text.

    ``basis`` overrides the article that the catalogue names; ``also`` holds further reasons found at the same time.
    """

    def __init__(self, code: str, *, basis: str = "", also: Iterable[Refusal] = (), **facts: object) -> None:
        if not _CODE.match(code):
            raise ValueError(f"not a refusal code: {code!r}")
        super().__init__(code)
        self.code = code
        self.basis = basis
        self.facts: Mapping[str, object] = facts
        self.also: tuple[Refusal, ...] = tuple(also)

    def all(self) -> tuple[Refusal, ...]:
        """This reason and every other that was found with it, each once."""
        return (self, *(found for other in self.also for found in other.all()))

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code

    @classmethod
    def join(cls, reasons: Iterable[Refusal]) -> Refusal | None:
        """One refusal that carries all ``reasons``; None when there is none."""
        found = list(reasons)
        if not found:
            return None
        first, *rest = found
        return cls(first.code, basis=first.basis, also=(*first.also, *rest), **first.facts)


class Crossed(Refusal):
    """A deed that met another one 并发冲突: nothing of it was done, and it may be begun again at once."""

    def __init__(self) -> None:
        super().__init__("archive.deed-crossed")


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What a refusal says 拒绝文本: what happened, by which rule, what to do next, in Chinese and English."""

    code: str
    http: int
    basis: str
    zh: str
    en: str
    do_zh: str
    do_en: str


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal made readable 已成文的拒绝 in one language."""

    code: str
    http: int
    basis: str
    what: str
    todo: str

    def line(self) -> str:
        """One line for a terminal: code, what, rule, what to do."""
        return f"[{self.code}] {self.what}" + (f" ({self.basis})" if self.basis else "") + f" → {self.todo}"


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "—"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All refusal texts 拒绝文本目录, read from ``refusals.toml`` of each package."""

    texts: Mapping[str, RefusalText]

    @classmethod
    def load(cls, packages: Iterable[str]) -> Self:
        """Reads ``<package>/refusals.toml``; raises ValueError for an entry that lacks a text."""
        texts: dict[str, RefusalText] = {}
        for package in packages:
            source = resources.files(package).joinpath("refusals.toml")
            for code, row in tomllib.loads(source.read_text("utf-8")).items():
                missing = {"http", "zh", "en", "do_zh", "do_en"} - set(row)
                if missing or not _CODE.match(code) or not code.startswith(package + "."):
                    raise ValueError(f"{package}/refusals.toml: {code}: lacks {sorted(missing)} or has a wrong code")
                texts[code] = RefusalText(
                    code, int(row["http"]), row.get("basis", ""), row["zh"], row["en"], row["do_zh"], row["do_en"]
                )
        return cls(texts)

    def tell(self, refusal: Refusal, language: str = "zh") -> Told:
        """The refusal in ``language`` (``zh`` or ``en``). An unknown code is told as itself, never hidden."""
        text = self.texts.get(refusal.code)
        if text is None:
            return Told(refusal.code, 409, refusal.basis, str(refusal), "—")
        facts = _Lenient(refusal.facts)
        zh = language.startswith("zh")
        what, todo = (text.zh, text.do_zh) if zh else (text.en, text.do_en)
        basis = basis_said(refusal.basis or text.basis, language)
        return Told(refusal.code, text.http, basis, what.format_map(facts), todo.format_map(facts))
