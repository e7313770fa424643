"""Every page of the house and who sees it: the routes themselves are walked, so that no page can be forgotten."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import wsgi
from archive.doors.web.manual import MANUALS
from tests.browser.furnishing import Furnished
from tests.support.house import DUTIES
from tests.support.webapp import FRESH

LOGINS = ("", *(login for login in DUTIES if login not in (FRESH, "foreign", "stranger")))
"""Nobody, and one person of each duty."""
MORE = {
    "/search": ("?q=焊缝", "?q=没有这个词", "?q=NOT 甲"),
    "/cases/<case_id>/items/<item_id>": ("?q=合同",),
}
"""What else a page can show: words after its address."""
BESIDE = {"static": "no page"}
"""Routes of which nothing is visited, and why."""


@dataclass(frozen=True)
class Visit:
    """One page in front of one reader; ``login`` is empty before signing in."""

    endpoint: str
    path: str
    login: str


@dataclass
class Walk:
    """What the walk over the routes found: the visits, and the routes nobody was shown."""

    visits: list[Visit] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


_WALKED: list[Walk] = []


def walked(found: Furnished) -> Walk:
    """The walk over the furnished site of this process, done once."""
    if not _WALKED:
        _WALKED.append(_walk(found))
    return _WALKED[0]


def _walk(found: Furnished) -> Walk:
    """Asks every GET route of the porch with every sample as every reader; keeps each page whose frame or whose content
    has a shape of its own: the same boxes with other words need no second look.
    """
    done, shapes = Walk(), set[str]()
    clients = {login: found.site.client(login) if login else found.site.app.test_client() for login in LOGINS}
    for rule in wsgi.make_app(found.site.house.ports).url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in BESIDE:
            continue
        shown = False
        for path, login in itertools.product(_paths(rule.rule, found), LOGINS):
            with clients[login].get(path) as answer:
                shown = shown or answer.status_code == 200
                if answer.status_code == 200 and answer.mimetype != "text/html":
                    break  # bytes, not a page: that somebody gets them is enough
                text = "" if 300 <= answer.status_code < 400 else answer.get_data(as_text=True)
            if text and (new := _boxes(text) - shapes):
                shapes |= new
                done.visits.append(Visit(rule.endpoint, path, login))
        if not shown:
            done.unseen.append(f"{rule.endpoint} {rule.rule}")
    return done


def _samples(found: Furnished) -> dict[str, tuple[object, ...]]:
    return {
        "case_id": (found.site.case_id, "absent"),
        "item_id": found.items,
        "number": (1,),
        "file_id": found.files,
        "request_id": found.requests,
        "intake_id": found.intakes,
        "draft_id": found.drafts,
        "upload_id": found.uploads,
        "name": (*MANUALS, "case"),
        "language": ("zh",),
        "report_id": found.reports,
        "form": ("json",),
    }


def _paths(rule: str, found: Furnished) -> list[str]:
    """The addresses of a rule; KeyError when one of its arguments has no sample yet."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
    pattern = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)
    samples = _samples(found)
    paths = [
        pattern.format(**dict(zip(names, values, strict=True)))
        for values in itertools.product(*(samples[name] for name in names))
    ]
    more = found.films if rule.endswith("/items/<item_id>") else ()
    return [*paths, *more, *(paths[0] + words for words in MORE.get(rule, ()))]


def _boxes(text: str) -> set[str]:
    """The shapes of a page's frame and of its content."""
    boxes = _Boxes()
    boxes.feed(text)
    return {" ".join(dict.fromkeys(boxes.frame)), " ".join(dict.fromkeys(boxes.content))}


class _Boxes(HTMLParser):
    """Which tags with which classes and roles stand on a page, around its content and in it."""

    def __init__(self) -> None:
        super().__init__()
        self.frame: list[str] = []
        self.content: list[str] = []
        self._into = self.frame

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._into.append(f"{tag}.{told.get('class')}.{told.get('role')}.{told.get('type')}")
        if tag == "main":
            self._into = self.content

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._into = self.frame
