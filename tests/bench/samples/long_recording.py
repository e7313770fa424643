"""Makes a long recording, run as ``python -m`` in a process of its own: only such a program may import ``av``.

Usage: ``python -m tests.bench.samples.long_recording FILE BYTES``. One second of noise is encoded once and laid end
to end, as a camera's file would be; its last bytes are random, so that no two files are the same.
"""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

RATE = 10
SIDE = (640, 480)


def encode() -> list[tuple[bytes, bool]]:
    """The packets of one second, and which of them begin anew."""
    codec: Any = av.CodecContext.create("mpeg4", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = *SIDE, "yuv420p", Fraction(1, RATE)
    codec.gop_size, codec.bit_rate = RATE, 40_000_000
    packets = []
    for number in range(RATE):
        image = Image.frombytes("RGB", SIDE, os.urandom(SIDE[0] * SIDE[1] * 3))
        video_frame: Any = av.VideoFrame
        frame = video_frame.from_image(image)
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        packets += codec.encode(frame)
    packets += codec.encode(None)
    return [(bytes(packet), bool(packet.is_keyframe)) for packet in packets]


def main(path: Path, size: int) -> None:
    """Writes ``path`` with about ``size`` bytes."""
    second = encode()
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIDE, "yuv420p"
        written, number = 0, 0
        while written < size:
            for data, begins in second:
                packet: Any = av.Packet(data)
                packet.stream, packet.pts, packet.dts, packet.duration = stream, number, number, 1
                packet.time_base, packet.is_keyframe = Fraction(1, RATE), begins
                container.mux_one(packet)
                written, number = written + len(data), number + 1
    with path.open("ab") as out:
        out.write((24).to_bytes(4, "big") + b"free" + os.urandom(16))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
