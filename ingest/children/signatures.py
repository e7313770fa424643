"""Child program 子程序 for foreign signatures: verdicts on the signatures that a PDF brought with it."""

from __future__ import annotations

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request
from archive.seals.pdf_checks import verify_pdf

MOST = 200


def verify(request: Request) -> Answer:
    """Each signature as plain words; without anchors a good one is only intact."""
    verdict = verify_pdf(runtime.read_source(request))
    found = [
        {
            "field": each.field[:200],
            "signer": each.signer[:400],
            "signed_at": each.time.isoformat() if each.time else "",
            "indication": str(each.indication),
            "detail": ", ".join(each.reasons)[:400],
        }
        for each in verdict.signatures[:MOST]
    ]
    return Answer(found or [{"indication": str(verdict.indication), "detail": ", ".join(verdict.reasons)[:400]}])


if __name__ == "__main__":
    runtime.run({"signatures.verify": verify})
