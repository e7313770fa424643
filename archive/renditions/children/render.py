"""Child program 子程序: draws one page of a PDF/A as PNG, at a resolution or as a thumbnail."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pypdfium2

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request, Task, Unfit

_PIXELS = 40_000_000
_AHEAD = 64 * 1024


def page(request: Request) -> Answer:
    """Page ``page`` (from 1) at ``dpi``, lowered for a very large page; value: width and height in pixels."""
    number, dpi = int(request["page"]), float(request["dpi"])
    try:
        document = pypdfium2.PdfDocument(io.BufferedReader(runtime.shared_source(request), _AHEAD))
        if not 1 <= number <= len(document):
            raise Unfit("no-pages", number)
        drawn = document[number - 1]
        width, height = drawn.get_size()
        scale = min(dpi / 72, (_PIXELS / max(width * height, 1.0)) ** 0.5)
        image = drawn.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    except pypdfium2.PdfiumError:
        raise Unfit("damaged", number) from None
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return Answer({"width": image.width, "height": image.height}, (out.getvalue(),))


TASKS: Mapping[str, Task] = {"render.page": page}

if __name__ == "__main__":
    runtime.run(TASKS)
