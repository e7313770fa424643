"""Letters 电子邮件: header, body and list of what is attached, of a message or a saved page (MHT).

What is attached stays in the original: name, type, size and SHA-256 tell what it is.
"""

from __future__ import annotations

import contextlib
import email
import hashlib
from collections import Counter
from email import policy
from email.header import decode_header
from email.message import Message
from typing import Any

from archive.renditions.children.encodings import decoded
from archive.renditions.children.flow import Flow
from archive.renditions.children.hypertext import read_hypertext
from archive.renditions.children.runtime import Unfit
from archive.renditions.comparison import folded

_FIELDS = (("From", "发件人"), ("To", "收件人"), ("Cc", "抄送"), ("Date", "日期"), ("Subject", "主题"))
_PARTS_CAP = 2_000


class Letter:
    """A message read whole 邮件内容: its flow, what acts in it, the names of what is attached."""

    def __init__(self, data: bytes) -> None:
        self.flow = Flow()
        self.active: set[str] = set()
        self.attached: list[tuple[str, str, int, str]] = []
        self.pictures = 0
        message = email.message_from_bytes(data, policy=policy.compat32)
        self.flow.title = _words(message.get("Subject"))
        rows = [(label, _words(message.get(name))) for name, label in _FIELDS if message.get(name) is not None]
        if rows:
            self.flow.fields(rows)
        parts = list(_leaves(message))
        body = _body(parts)
        others = [part for part in parts if _is_other_form(part, body)]
        for part in parts:
            if part in body:
                self._show(part, self.flow)
            elif part not in others:
                self._attach(part)
        self._show_what_differs(others)
        if self.attached:
            self.flow.heading(3, "附件（存于原件）")
            rows_of = [[name, kind, f"{size} B", digest] for name, kind, size, digest in self.attached]
            self.flow.table([["名称", "类型", "大小", "SHA-256"], *rows_of])

    def _show(self, part: Message, flow: Flow) -> None:
        text = decoded(_payload(part), part.get_content_charset() or "")
        if part.get_content_type() == "text/html":
            reader = read_hypertext(text, flow)
            self.active |= reader.active
            self.pictures += reader.pictures if flow is self.flow else 0
        else:
            flow.lines(text.replace("\r\n", "\n"))

    def _show_what_differs(self, others: list[Message]) -> None:
        """Other forms of the body that say more than it does: a sender may write there what the plain text lacks."""
        shown = _signs(self.flow)
        for part in others:
            form = Flow()
            self._show(part, form)
            if signs := _signs(form) - shown:
                shown += signs
                self.flow.heading(3, "正文的另一形式")
                self._show(part, self.flow)

    def _attach(self, part: Message) -> None:
        data = _payload(part)
        name = _words(part.get_filename() or part.get("Content-Location") or part.get("Content-ID")) or "—"
        self.attached.append((name[:200], part.get_content_type()[:80], len(data), hashlib.sha256(data).hexdigest()))


def _signs(flow: Flow) -> Counter[str]:
    """How often each letter, figure and Chinese sign is shown."""
    return Counter(sign for sign in folded("".join(each.text for each in flow.held() if each.shown)) if sign.isalnum())


def _leaves(message: Message) -> Any:
    count = 0
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        count += 1
        if count > _PARTS_CAP:
            raise Unfit("members", detail="parts")
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting = [*payload, *waiting]
        else:
            yield part


def _body(parts: list[Message]) -> list[Message]:
    """The plain texts that are no attachments; where there is none, the hypertext."""
    inline = [part for part in parts if part.get_content_disposition() != "attachment" and not part.get_filename()]
    plain = [part for part in inline if part.get_content_type() == "text/plain" and _payload(part).strip()]
    return plain or [part for part in inline if part.get_content_type() == "text/html"][:1]


def _is_other_form(part: Message, body: list[Message]) -> bool:
    """A further text beside the body that is shown: as a rule the same words as hypertext."""
    named = part.get_filename() or part.get_content_disposition() == "attachment"
    return bool(body) and not named and part.get_content_type() in ("text/plain", "text/html") and part not in body


def _payload(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"".join(each.as_bytes() for each in payload if isinstance(each, Message))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _words(value: Any) -> str:
    """A header field in words; a charset that is unknown or wrong is guessed."""
    if value is None:
        return ""
    pieces = []
    with contextlib.suppress(Exception):
        for text, charset in decode_header(value):
            pieces.append(decoded(text, charset or "") if isinstance(text, bytes) else str(text))
    return " ".join("".join(pieces or [str(value)]).split())
