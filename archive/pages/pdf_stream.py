"""A PDF written from its first byte to its last 顺序写出的 PDF: parts are copied in one after the other and let go of.

Nothing of what was written is kept but its place, so that a volume of thousands of pages takes no more memory than its
largest part. ISO 32000-1, 7.5: plain objects and one cross-reference table, which PDF/A-2 allows.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import deque
from collections.abc import Iterable, Iterator

from pikepdf import Dictionary, Object, Pdf, Stream

# A string is skipped as a whole, so that what it says is never taken for a reference; qpdf writes either form.
_REFERENCE = re.compile(rb"\((?:[^\\)]|\\.)*\)|<[0-9a-f]*>|\b(\d+) (\d+) R\b", re.DOTALL)
_HEAD = b"%PDF-1.7\n%\xe6\xa1\x88\xe5\x8d\xb7\n"


class PdfStream:
    """The growing file 写出中的文件: gives numbers to objects and the bytes to be sent, in their order.

    Every piece that a method gives must be sent before the next one is asked for.
    """

    def __init__(self) -> None:
        self._at = 0
        self._places = array("Q", [0])
        self._digest = hashlib.sha256()

    def reserve(self) -> int:
        """The number of an object that is written later, or of one that is named before it is."""
        self._places.append(0)
        return len(self._places) - 1

    def head(self) -> bytes:
        """The first bytes of the file."""
        return self._sent(_HEAD)

    def object(self, number: int, body: bytes) -> bytes:
        """One object with its final number."""
        self._places[number] = self._at
        return self._sent(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def stream(self, number: int, words: bytes, data: bytes) -> Iterator[bytes]:
        """One stream; ``words`` is its whole dictionary with the true length of ``data``."""
        self._places[number] = self._at
        yield self._sent(b"%d 0 obj\n%b\nstream\n" % (number, words))
        yield self._sent(data)
        yield self._sent(b"\nendstream\nendobj\n")

    def content(self, number: int, data: bytes) -> Iterator[bytes]:
        """One stream without filter."""
        return self.stream(number, b"<< /Length %d >>" % len(data), data)

    def end(self, root: int) -> Iterator[bytes]:
        """The cross-reference table and the trailer; ValueError when an object was named and never written."""
        if missing := [number for number, place in enumerate(self._places) if number and not place]:
            raise ValueError(f"object {missing[0]} was named and never written")
        start, count = self._at, len(self._places)
        yield self._sent(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for first in range(1, count, 1000):
            yield self._sent(b"".join(b"%010d 00000 n \n" % place for place in self._places[first : first + 1000]))
        name = self._digest.hexdigest()[:32].encode()
        words = b"<< /Size %d /Root %d 0 R /ID [ <%b> <%b> ] >>" % (count, root, name, name)
        yield self._sent(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (words, start))

    def _sent(self, data: bytes) -> bytes:
        self._at += len(data)
        self._digest.update(data)
        return data


class Grafter:
    """Copies objects of one PDF into the growing file 移入: each once, with whatever it refers to."""

    def __init__(self, out: PdfStream, source: Pdf) -> None:
        self._out = out
        self._source = source
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: deque[tuple[int, int]] = deque()

    def place(self, each: Object, number: int) -> None:
        """``each`` (an object with a number) is known as ``number``: whoever refers to it refers to that."""
        self._numbers[each.objgen] = number

    def stand_in(self, number: int) -> Object:
        """An object of the source that stands for the object ``number`` of the growing file."""
        made = self._source.make_indirect(Dictionary())
        self.place(made, number)
        return made

    def number(self, each: Object) -> int:
        """The number of ``each`` in the growing file; it will be copied."""
        return self._number(*each.objgen)

    def written(self, each: Object) -> bytes:
        """``each`` as the growing file writes it; what it refers to will be copied."""
        return _REFERENCE.sub(self._renumber, each.unparse(resolved=True))

    def drain(self) -> Iterator[bytes]:
        """Everything that was referred to and is not written yet."""
        while self._waiting:
            found = self._waiting.popleft()
            number, each = self._numbers[found], self._source.get_object(found)
            if not isinstance(each, Stream):
                yield self._out.object(number, self.written(each))
                continue
            data, words = each.read_raw_bytes(), each.stream_dict
            words.Length = len(data)
            yield from self._out.stream(number, self.written(words), data)

    def _renumber(self, found: re.Match[bytes]) -> bytes:
        if found.group(1) is None:
            return found.group()
        return b"%d 0 R" % self._number(int(found.group(1)), int(found.group(2)))

    def _number(self, number: int, generation: int) -> int:
        key = (number, generation)
        if key not in self._numbers:
            self._numbers[key] = self._out.reserve()
            self._waiting.append(key)
        return self._numbers[key]


def references(numbers: Iterable[int]) -> bytes:
    """An array of references."""
    return b"[ %b ]" % b" ".join(b"%d 0 R" % number for number in numbers)


def text_string(text: str) -> bytes:
    """A text string, ISO 32000-1, 7.9.2.2."""
    return b"<%b>" % (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()
