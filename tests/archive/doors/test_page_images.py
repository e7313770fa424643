"""Clear page images end with the time their tier is open, whoever locks it and whether or not anybody asks again."""

from __future__ import annotations

import time

from archive.doors.web.page_images import PageImages
from archive.terms import Tier


def test_a_locked_tier_leaves_no_image_and_the_others_stay() -> None:
    images, opened = PageImages(pause=0.01), {Tier.GENERAL, Tier.PERSONAL}
    for number, tier in enumerate((Tier.GENERAL, Tier.PERSONAL)):
        images.keep("file", number, "page", b"png", tier, lambda asked: asked in opened)
    assert images.find("file", 0, "page") == images.find("file", 1, "page") == b"png"
    opened.discard(Tier.PERSONAL)
    _until(images, 1)
    assert images.find("file", 0, "page") == b"png" and images.find("file", 1, "page") is None
    opened.clear()
    _until(images, 0)
    images.keep("file", 3, "page", b"png", Tier.GENERAL, lambda asked: False)  # and it is watched again
    _until(images, 0)


def test_a_key_store_that_fails_opens_nothing_and_the_oldest_goes_first() -> None:
    def fails(tier: Tier) -> bool:
        raise OSError("the key store is away")

    images = PageImages(most=2, pause=60)
    for number in range(3):
        images.keep("file", number, "page", b"png", Tier.GENERAL, fails)
    assert images.find("file", 0, "page") is None and len(images) == 2
    images.drop_locked()
    assert len(images) == 0


def _until(images: PageImages, left: int) -> None:
    end = time.monotonic() + 5
    while len(images) != left and time.monotonic() < end:
        time.sleep(0.01)
    assert len(images) == left
