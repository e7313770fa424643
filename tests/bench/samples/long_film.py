"""Makes a long film that browsers play, run as ``python -m`` in a process of its own: such a program alone imports av.

Usage: ``python -m tests.bench.samples.long_film FILE BYTES``. Two seconds of H.264 are encoded once and laid end to
end; the index stands at the end of the file, as a camera leaves it that was switched off.
"""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

RATE, SECONDS = 10, 2
SIDE = (640, 480)


def main(path: Path, size: int) -> None:
    """Writes ``path`` with about ``size`` bytes."""
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIDE, "yuv420p"
        stream.options = {"preset": "ultrafast", "bf": "0", "g": str(RATE * SECONDS), "qp": "18", "tune": "zerolatency"}
        packets = []
        for number in range(RATE * SECONDS):
            video_frame: Any = av.VideoFrame
            frame = video_frame.from_image(Image.frombytes("RGB", SIDE, os.urandom(SIDE[0] * SIDE[1] * 3)))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        pieces = [(bytes(packet), bool(packet.is_keyframe)) for packet in packets]
        written, number = 0, 0
        while written < size:
            for data, begins in pieces:
                packet: Any = av.Packet(data)
                packet.stream, packet.pts, packet.dts, packet.duration = stream, number, number, 1
                packet.time_base, packet.is_keyframe = Fraction(1, RATE), begins
                container.mux_one(packet)
                written, number = written + len(data), number + 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
