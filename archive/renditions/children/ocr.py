"""Child program for machine reading 机器识读子程序: pictures of pages come in one after another, lines of text go out.

It lives for many pages, for the engine takes seconds to load; the parent ends it. Pictures are those that our own
rendering child has drawn, never a foreign file. Models lie in the wheel of ``rapidocr``: nothing is fetched.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import struct
import sys
import time
from typing import Any, BinaryIO

import numpy
from PIL import Image
from rapidocr import RapidOCR

from archive.renditions.children import runtime

_PICTURE_CAP = 64 * 1024 * 1024
_PIXEL_CAP = 40_000_000
_UNSURE = 0.5


def read_pages(pipe: BinaryIO, out: BinaryIO, threads: int) -> None:
    """Answers one picture after another until the parent hangs up. Length first, then PNG; the answer likewise."""
    engine = _engine(threads)
    _say(out, {"engine": _name()})
    while len(head := pipe.read(4)) == 4:
        (length,) = struct.unpack(">I", head)
        if length > _PICTURE_CAP:
            return
        _say(out, _read(engine, pipe.read(length)))


def _engine(threads: int) -> Any:
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _name() -> str:
    return f"rapidocr {importlib.metadata.version('rapidocr')}, onnxruntime {importlib.metadata.version('onnxruntime')}"


def _read(engine: Any, png: bytes) -> dict[str, Any]:
    """Lines with boxes as shares of width and height, in reading order, and how sure the engine is of each."""
    started = time.monotonic()
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            if image.width * image.height > _PIXEL_CAP:
                return {"reason": "pixels"}
            pixels = numpy.asarray(image.convert("RGB"))[:, :, ::-1]
    except (OSError, ValueError, SyntaxError):
        return {"reason": "damaged"}
    try:
        found = engine(pixels)
    except MemoryError:
        return {"reason": "memory"}
    except Exception:  # noqa: BLE001  whatever a page does to the engine costs that page alone
        return {"reason": "fault"}
    height, width = pixels.shape[:2]
    lines = (
        []
        if found.boxes is None
        else [
            [text, round(float(score), 4), *_share(box, width, height)]
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
            if text.strip() and score >= _UNSURE
        ]
    )
    return {"lines": lines, "seconds": round(time.monotonic() - started, 3)}


def _share(box: Any, width: int, height: int) -> tuple[float, float, float, float]:
    across, down = [float(x) for x, _ in box], [float(y) for _, y in box]
    corners = (min(across) / width, min(down) / height, max(across) / width, max(down) / height)
    x0, y0, x1, y1 = (round(min(1.0, max(0.0, value)), 5) for value in corners)
    return x0, y0, x1, y1


def _say(out: BinaryIO, value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=True).encode("ascii")
    out.write(struct.pack(">I", len(text)) + text)
    out.flush()


def main() -> None:
    """The first line says the limits; then pages come."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline(65_536))
    runtime.confine(request["limits"])
    read_pages(sys.stdin.buffer, answer, int(request["threads"]))
    os._exit(0)


if __name__ == "__main__":
    main()
