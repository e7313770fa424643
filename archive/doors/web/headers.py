"""Headers 响应头: what every answer tells the browser to refuse."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
CONTENT_POLICY = "default-src 'none'; style-src 'none'; sandbox; frame-ancestors 'none'"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
    "X-Frame-Options": "DENY",
}
LONGEST_NAME = 80
"""Signs of a name to save under: three bytes each still fit into what file systems take."""
_INLINE = {
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "video/mp4": "video/mp4",
    "video/webm": "video/webm",
    "audio/webm": "audio/webm",
    "video/quicktime": "video/mp4",
    "video/x-m4v": "video/mp4",
    "audio/mpeg": "audio/mpeg",
    "audio/mp4": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/ogg": "audio/ogg",
    "audio/flac": "audio/flac",
}
_ATTACHED = {"application/pdf": "application/pdf"}


def harden(answer: Response) -> Response:
    """Adds what every answer carries; nothing of the archive is kept by a browser or a proxy."""
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    for name, value in FIXED.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def served_type(media_type: str) -> tuple[str, bool]:
    """The type under which stored content is served, from a fixed list, and whether it may be shown in the page.

    What is not on the list is served as unnamed bytes to be saved: no stored file can bring a page of its own.
    """
    plain = media_type.split(";")[0].strip().lower()
    if plain in _INLINE:
        return _INLINE[plain], True
    return _ATTACHED.get(plain, "application/octet-stream"), False


def disposition(kind: str, name: str) -> str:
    """Content-Disposition with the name as RFC 6266 and RFC 8187 want it: an ASCII stand-in and the true name. A folder
    in the name stays to be seen: a stroke becomes ``_``. A name too long for a file system keeps its beginning and end.
    """
    safe = "".join("_" if sign in "/\\" else sign for sign in name if sign.isprintable() and sign != '"').strip(". ")
    safe = (safe if len(safe) <= LONGEST_NAME else f"{safe[: LONGEST_NAME - 20]}…{safe[-19:]}") or "file"
    plain = "".join(sign if sign.isascii() else "_" for sign in safe)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
