"""Child program for papers 子程序: all that is done with PDF and pictures, and telling what a file is, in one program.

It is started to wait: every file that comes in needs two or three of these, and loading the libraries takes longer
than most files do.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import pikepdf

from archive.renditions.children import gate, identify, image, ladder, pdf, render, runtime
from archive.renditions.children.runtime import Task

TASKS: Mapping[str, Task] = {**identify.TASKS, **pdf.TASKS, **ladder.TASKS, **image.TASKS, **render.TASKS}


def warm() -> None:
    """One page of ours goes the whole way, so that tables, schemas and typeface readers are loaded."""
    with pikepdf.Pdf.new() as sheet:
        page = sheet.add_blank_page(page_size=(72, 72))
        page.Contents = sheet.make_stream(b"0.5 g 0 0 9 9 re f")
        out = io.BytesIO()
        sheet.save(out)
    ladder.read_and_draw(out.getvalue())
    with pikepdf.open(io.BytesIO(out.getvalue())) as again:
        gate.write(again, repair=True)


if __name__ == "__main__":
    runtime.run(TASKS, warm)
