"""OFD: a viewing copy with the text of every page; seals named and never called verified; broken ones refused."""

from __future__ import annotations

import pytest

from archive.kernel.refusals import Refusal
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Rung
from archive.renditions.workshop import inspect, make_pdfa
from tests.support.ofd_samples import make_ofd

PAGES = [["行政处罚决定书", "当事人：示例商贸有限公司"], ["责令限期拆除"]]


def test_every_page_is_drawn_with_its_text_in_place() -> None:
    source = BytesSource(make_ofd(PAGES))
    facts = inspect(source, "决定书.ofd")
    assert (facts.format.name, facts.pages, facts.signed) == ("OFD (GB/T 33190)", 2, False)
    made = make_pdfa(source, facts)
    assert made.provenance.rung is Rung.DRAWN and len(made.pages) == 2
    for page, lines in zip(made.pages, PAGES, strict=True):
        assert (round(page.width), round(page.height)) == (595, 842)
        assert "".join(page.text.split()) == "".join(lines)
    title = made.pages[0].lines[0]
    assert title.x0 == pytest.approx(20 * 72 / 25.4, abs=4) and 80 < title.y0 < 110
    assert "viewing-copy" in {finding.code for finding in made.provenance.findings}


def test_a_seal_is_named_and_never_called_verified() -> None:
    source = BytesSource(make_ofd(PAGES, seal="示例签章服务"))
    facts = inspect(source)
    assert facts.signed
    (seal,) = [finding for finding in facts.findings if finding.code == "seal-not-verified"]
    assert "示例签章服务" in seal.detail
    with pytest.raises(Refusal) as caught:
        make_pdfa(source, facts)
    assert caught.value.code == "archive.pdf-signed", "the record is never rewritten"
    assert len(make_pdfa(source, facts, viewing=True).pages) == 2


@pytest.mark.parametrize("spoilt", ["Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"])
def test_a_broken_one_is_refused(spoilt: str) -> None:
    data = make_ofd(PAGES)
    broken = data.replace(spoilt.encode(), spoilt.replace("Doc_0", "Doc_9").encode())
    with pytest.raises(Refusal):
        make_pdfa(BytesSource(broken), inspect(BytesSource(broken)))
