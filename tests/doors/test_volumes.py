"""A whole volume to be saved: a link for who may read, one PDF while it is written, a refusal for everybody else."""

from __future__ import annotations

import re

import pypdfium2
import pytest

from tests.support.webapp import Site


def _links(site: Site, login: str) -> list[str]:
    page = site.client(login).get(f"/cases/{site.case_id}").get_data(as_text=True)
    return re.findall(r'<span class="bind"><a class="btn[^"]*" href="([^"]+)" download>', page)


def test_the_case_page_gives_each_volume_as_one_pdf(site: Site) -> None:
    links = _links(site, "archivist")
    assert links == [f"/cases/{site.case_id}/volumes/{number}.pdf" for number in (1, 2)]
    answer = site.client("archivist").get(links[0])
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert (
        answer.headers["Content-Disposition"].startswith("attachment") and answer.headers["Cache-Control"] == "no-store"
    )
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    document = pypdfium2.PdfDocument(answer.data)
    labels = [document.get_page_label(number) for number in range(len(document))]
    assert labels == ["i", "ii", *"12345678", "6·音像"]
    document.close()


def test_who_may_not_read_gets_no_link_and_no_file(site: Site) -> None:
    assert _links(site, "supervisor") == []
    for login, status in (("supervisor", 403), ("foreign", 404), ("party", 403), ("sysadmin", 403)):
        assert site.client(login).get(f"/cases/{site.case_id}/volumes/1.pdf").status_code == status, login


@pytest.mark.parametrize("number", ["0", "3", "99999999999999999999"])
def test_a_volume_that_is_not_there_is_not_found(site: Site, number: str) -> None:
    assert site.client("archivist").get(f"/cases/{site.case_id}/volumes/{number}.pdf").status_code == 404


def test_two_are_bound_at_once_and_a_closed_line_makes_room(site: Site) -> None:
    path, client = f"/cases/{site.case_id}/volumes/1.pdf", site.client("archivist")
    first, second = (client.get(path, buffered=False) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    refused = client.get(path)
    assert refused.status_code == 503 and "正在合订" in refused.get_data(as_text=True)
    first.close()  # the reader went away before the end
    assert client.get(path, buffered=True).status_code == 200
    second.close()
