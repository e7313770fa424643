"""Doors of content: ranges to the byte, fixed types, the guard asked again while an answer runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from archive.doors.web.headers import disposition, served_type
from archive.doors.web.ranges import PIECE, ReadingEnded, Span, choose_span, running_answer
from archive.service.reading import ASK_BYTES
from archive.tables import FileRow
from tests.support.webapp import Site


def _file(site: Site, media_type: str, role: str = "original") -> str:
    with site.house.works.sessions() as session:
        wanted = select(FileRow.id).where(FileRow.media_type == media_type, FileRow.role == role)
        found = session.scalars(wanted).first()
    assert found is not None
    return str(found)


@pytest.fixture(scope="module")
def film(site: Site) -> tuple[str, bytes]:
    """The film of the case: its address and the bytes that were handed over."""
    handed = next(Path(site.house.path).parent.glob("package/film.mp4")).read_bytes()
    return f"/files/{_file(site, 'video/mp4')}", handed


def test_a_film_is_served_by_range_to_the_byte(site: Site, film: tuple[str, bytes]) -> None:
    path, whole = film
    client = site.client("archivist")
    full = client.get(path)
    assert (full.status_code, full.data, full.headers["Accept-Ranges"]) == (200, whole, "bytes")
    size = len(whole)
    for header, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-", 100, size),
        ("bytes=-500", size - 500, size),
        (f"bytes=5-{size + 10}", 5, size),
    ):
        part = client.get(path, headers={"Range": header})
        assert (part.status_code, part.data) == (206, whole[start:end])
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
    beyond = client.get(path, headers={"Range": f"bytes={size}-"})
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{size}"
    head = client.head(path, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (206, b"", "10")
    stale = client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    fresh = client.get(path, headers={"Range": "bytes=0-9", "If-Range": full.headers["ETag"]})
    assert (stale.status_code, fresh.status_code) == (200, 206)


def test_content_carries_nothing_that_a_browser_could_run_or_keep(site: Site, film: tuple[str, bytes]) -> None:
    client = site.client("archivist")
    for path in (film[0], f"/files/{_file(site, 'application/pdf', 'pdfa')}"):
        answer = client.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_content_is_for_those_who_may_read_it(site: Site, film: tuple[str, bytes]) -> None:
    with site.house.works.sessions() as session:
        row = session.scalars(select(FileRow).where(FileRow.tier == "personal", FileRow.role == "pdfa")).first()
    assert row is not None and row.item_id is not None
    for login, status in (("foreign", 404), ("stranger", 403), ("confidentiality", 403), ("deputy", 200)):
        client = site.client(login)
        assert client.get(f"/files/{row.id}").status_code == status
        assert client.get(f"/items/{row.item_id}/pages/1.png").status_code == status
    assert site.client("party").get(film[0]).status_code in (403, 404)


def test_a_page_image_is_a_picture_of_that_page(site: Site) -> None:
    with site.house.works.sessions() as session:
        row = session.scalars(select(FileRow).where(FileRow.role == "pdfa", FileRow.tier == "general")).first()
    assert row is not None
    client = site.client("archivist")
    page = client.get(f"/items/{row.item_id}/pages/1.png")
    assert page.mimetype == "image/png" and page.data.startswith(b"\x89PNG")
    assert client.get(f"/items/{row.item_id}/pages/900.png").status_code in (404, 422)
    assert len(client.get(f"/items/{row.item_id}/pages/1.png?size=thumb").data) < len(page.data)


def test_hits_are_boxed_where_the_words_stand(site: Site) -> None:
    client = site.client("archivist")
    found = client.get("/search?q=斜撑").get_data(as_text=True)
    assert "<mark>斜撑</mark>" in found
    link = re.search(r'href="(/cases/[^"]+page=1[^"]*)#page"', found)
    assert link is not None
    page = client.get(link.group(1).replace("&amp;", "&")).get_data(as_text=True)
    boxes = re.findall(r'class="hit-box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', page)
    assert len(boxes) == 1
    x, y, width, height = map(float, boxes[0])
    assert 0 < x < 1000 and 0 < y < 600 and 20 < width < 80 and 5 < height < 40


class _Source:
    def __init__(self, size: int) -> None:
        self.size, self.closed = size, False

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(min(length, self.size - offset))

    def close(self) -> None:
        self.closed = True


def _ticks(step: float) -> Iterator[float]:
    at = 0.0
    while True:
        yield at
        at += step


def test_a_running_answer_asks_again_every_8_mib_and_every_5_seconds() -> None:
    size = 3 * ASK_BYTES
    asked: list[int] = []
    done = 0

    def may_go_on() -> bool:
        asked.append(done)
        return True

    source = _Source(size)
    for piece in running_answer(source, Span(200, 0, size), may_go_on, lambda: 0.0):
        done += len(piece)
    assert asked == [ASK_BYTES, 2 * ASK_BYTES] and done == size and source.closed
    slow = _ticks(1.0)
    asked.clear()
    list(running_answer(_Source(20 * PIECE), Span(200, 0, 20 * PIECE), may_go_on, lambda: next(slow)))
    assert len(asked) >= 3


def test_a_running_answer_ends_when_the_right_to_read_ends() -> None:
    source = _Source(4 * ASK_BYTES)
    running = running_answer(source, Span(200, 0, source.size), lambda: False, lambda: 0.0)
    given: list[int] = []
    with pytest.raises(ReadingEnded):
        given.extend(len(piece) for piece in running)
    assert sum(given) == ASK_BYTES and source.closed


@given(st.integers(1, 500), st.text(max_size=20) | st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True))
def test_a_span_never_leaves_the_file(size: int, header: str) -> None:
    span = choose_span(size, header, "", '"e"')
    assert span.status in (200, 206, 416)
    assert 0 <= span.start <= size and 0 <= span.length <= size - span.start
    assert span.status != 200 or (span.start, span.length) == (0, size)


@pytest.mark.parametrize(
    ("stored", "served", "inline"),
    [
        ("text/html", "application/octet-stream", False),
        ("image/svg+xml", "application/octet-stream", False),
        ("application/xhtml+xml", "application/octet-stream", False),
        ("application/pdf", "application/pdf", False),
        ("image/jpeg", "image/jpeg", True),
        ("IMAGE/JPEG; charset=x", "image/jpeg", True),
        ("", "application/octet-stream", False),
    ],
)
def test_only_harmless_types_are_shown(stored: str, served: str, *, inline: bool) -> None:
    assert served_type(stored) == (served, inline)


def test_names_of_files_cannot_write_headers() -> None:
    told = disposition("attachment", '笔录"\r\nSet-Cookie: a=b/../x.pdf')
    assert "\r" not in told and "\n" not in told and told.count('"') == 2
    assert "filename*=UTF-8''%E7%AC%94" in told and "a=b_.._x.pdf" in told
    long = unquote(disposition("attachment", "正" * 300 + ".pdf").split("''")[1])
    assert len(long.encode()) < 255 and long.endswith("正.pdf")


def test_a_saved_file_bears_its_number_and_its_tier(site: Site) -> None:
    client = site.client("archivist")
    page = client.get(f"/cases/{site.case_id}").get_data(as_text=True)
    number = page.split('档号 <span class="code">')[1].split("<")[0]
    links = dict.fromkeys(re.findall(r'"(/files/\w+)\?save=1"', page))
    told = [unquote(client.get(link + "?save=1").headers["Content-Disposition"].split("''")[1]) for link in links]
    assert all(name.startswith(number) for name in told), told
    assert any(name == f"{number}_封存证明.pdf" for name in told)
    assert any(name.startswith(f"{number}_过程性文书层_") for name in told)
