"""Every reason leads to a refusal that the catalogue can put into words."""

import pytest

from archive.kernel.refusals import Catalogue
from archive.renditions.reasons import REASONS, reason_refusal

CATALOGUE = Catalogue.load(["archive"])


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_reason_has_words_in_both_languages(reason: str) -> None:
    refusal = reason_refusal(reason, page=2, detail="D")
    assert refusal.code in CATALOGUE.texts
    for language in ("zh", "en"):
        told = CATALOGUE.tell(refusal, language)
        assert told.what and told.todo and "{" not in told.what and "—" not in told.what


def test_scan_refusals_have_texts() -> None:
    assert {"archive.scan-failed"} <= set(CATALOGUE.texts)
