"""Names of index files 索引文件名: keyed digests, so that a name tells neither unit nor marking nor generation."""

from __future__ import annotations

import base64
import hashlib
import hmac

from archive.kernel.canonical import canonical
from search.terms import IndexKey, IndexName


def index_name(secret: bytes, key: IndexKey, generation: int) -> IndexName:
    """The name of ``key``'s index in ``generation``: 26 signs, the same whenever it is asked for."""
    what = {"unit": key.unit, "marking_set": key.marking_set, "case": key.case_id or "", "generation": generation}
    digest = hmac.new(secret, b"anjuan/search/index\0" + canonical(what), hashlib.sha256).digest()
    return IndexName(base64.b32encode(digest[:16]).decode("ascii").rstrip("=").lower())
