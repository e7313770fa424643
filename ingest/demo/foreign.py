"""Files that others send 外来文件: a letter by mail and a Word document, as an office program would have saved it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from xml.sax.saxutils import escape

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def make_letter(subject: str, lines: Sequence[str], sent: str) -> bytes:
    """A message (RFC 5322) between two addresses of the domain that is kept for examples; ``sent`` as in its header."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "resident@example.org", "bureau@example.org"
    letter["Subject"], letter["Date"] = subject, sent
    letter.set_content("\n".join(lines) + "\n")
    return letter.as_bytes()


def make_document(title: str, lines: Sequence[str]) -> bytes:
    """A Word document: its title, then a paragraph for each line."""
    head = f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:b/><w:sz w:val="36"/></w:rPr>{_text(title)}'
    body = "".join(f"<w:p><w:r>{_text(line)}</w:r></w:p>" for line in lines)
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
        f'ContentType="{_TYPE}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{head}</w:r></w:p>{body}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in members.items():
            package.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text)
    return out.getvalue()


def _text(words: str) -> str:
    return f"<w:t>{escape(words)}</w:t>"
