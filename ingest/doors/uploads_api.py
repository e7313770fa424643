"""Uploads by tus 1.0 续传接口: creation, creation-with-upload, checksum (SHA-256), termination; progress as JSON.

The body of a PATCH goes piece by piece into encrypted parts: nothing clear touches a disk, and memory stays small. A
connection that breaks, stalls for a minute or lasts longer than a quarter of an hour ends there, and what came counts.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected

from archive.doors.web.asking import ask_duty, asks, open_to_all, open_work, ports, reader
from archive.doors.web.problems import answer_problem, reasons_of
from archive.kernel.guard import Action
from archive.kernel.ids import IntakeId
from archive.kernel.refusals import Refusal
from ingest.doors.api_models import upload_of
from ingest.doors.asked import answer, nothing, take_in_ports
from ingest.ports import TakeIn
from ingest.service.upload_list import get_upload
from ingest.service.uploads import Opened, append_upload, create_upload, drop_upload, open_upload
from ingest.terms import UploadId

uploads = Blueprint("uploads", __name__, url_prefix="/api/uploads")
VERSION = "1.0.0"
BODY = "application/offset+octet-stream"
EXTENSIONS = "creation,creation-with-upload,checksum,termination"
PIECE = 2**20
LONGEST_S = 900.0
STALLED_S = 60.0
HANDS = 4
"""Bodies that are taken at the same time; the other threads of the server stay free for pages 同时上传数."""
_hands = threading.BoundedSemaphore(HANDS)


@uploads.route("", methods=["OPTIONS"], provide_automatic_options=False)
@open_to_all
def speaks() -> ResponseReturnValue:
    """What this server speaks."""
    told = nothing()
    told.headers["Tus-Version"] = VERSION
    told.headers["Tus-Extension"] = EXTENSIONS
    told.headers["Tus-Checksum-Algorithm"] = "sha256"
    told.headers["Tus-Max-Size"] = str(ports().get(TakeIn).settings.ingest.max_upload_bytes)
    return told


@uploads.post("")
@asks(Action.INGEST)
def create() -> ResponseReturnValue:
    """Announces a file of a draft, and takes its first bytes when they come along."""
    _ask()
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    length = _number("Upload-Length")
    draft, name = IntakeId(said.get("draft", "")), said.get("filename", "")
    upload_id = create_upload(take_in_ports(), reader(), draft, name, length, said.get("sha256", "").lower())
    made = Response(status=201)
    made.headers["Location"] = f"/api/uploads/{upload_id}"
    if request.mimetype == BODY:
        made.headers["Upload-Offset"] = str(_take(upload_id, 0).offset)
    return made


@uploads.get("/<upload_id>")
@asks(Action.INGEST)
def show(upload_id: str) -> ResponseReturnValue:
    """Where an upload stands: for HEAD as tus says it, else as JSON with the way from uploaded to accepted."""
    _ask()
    if request.method == "HEAD":
        _speak()
        opened = open_upload(take_in_ports(), reader(), UploadId(upload_id))
        told = Response(status=200)
        told.headers["Upload-Offset"], told.headers["Upload-Length"] = str(opened.offset), str(opened.size)
        told.headers["Upload-Metadata"] = "filename " + base64.b64encode(opened.name.encode()).decode()
        return told
    with open_work() as work:
        line = get_upload(take_in_ports(), work, UploadId(upload_id))
    return answer(upload_of(line, reasons_of(line.reason) if line.reason else []))


@uploads.patch("/<upload_id>")
@asks(Action.INGEST)
def append(upload_id: str) -> ResponseReturnValue:
    """Takes bytes from the offset on."""
    _ask()
    return _append(UploadId(upload_id))


@uploads.delete("/<upload_id>")
@asks(Action.INGEST)
def terminate(upload_id: str) -> ResponseReturnValue:
    """Takes a file out of its draft, at whatever point it stands."""
    _ask()
    _speak()
    drop_upload(take_in_ports(), reader(), UploadId(upload_id))
    return nothing()


@uploads.post("/<upload_id>")
@asks(Action.INGEST)
def override(upload_id: str) -> ResponseReturnValue:
    """The same for senders that may only POST: X-HTTP-Method-Override says PATCH or DELETE."""
    _ask()
    if request.headers.get("X-HTTP-Method-Override", "") == "DELETE":
        drop_upload(take_in_ports(), reader(), UploadId(upload_id))
        return nothing()
    return _append(UploadId(upload_id))


@uploads.errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    """As everywhere in the API; a body that was not read to its end takes its connection along."""
    told = answer_problem(refusal)
    if request.method in ("PATCH", "POST"):
        told.headers["Connection"] = "close"
    return told


@uploads.after_request
def _say_version(told: Response) -> Response:
    told.headers["Tus-Resumable"] = VERSION
    if told.status_code == 412:
        told.headers["Tus-Version"] = VERSION
    return told


def _ask() -> None:
    if request.method in ("POST", "PATCH"):
        _speak()
    with open_work() as work:
        ask_duty(work, Action.INGEST)


def _speak() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Refusal("ingest.upload-version", version=VERSION)


def _append(upload_id: UploadId) -> ResponseReturnValue:
    if request.mimetype != BODY:
        raise Refusal("ingest.upload-type", type=BODY)
    told = nothing()
    told.headers["Upload-Offset"] = str(_take(upload_id, _number("Upload-Offset")).offset)
    return told


def _take(upload_id: UploadId, offset: int) -> Opened:
    checksum = _checksum(request.headers.get("Upload-Checksum", ""))
    with _a_hand():
        return append_upload(take_in_ports(), reader(), upload_id, offset, _pieces(), checksum)


@contextmanager
def _a_hand() -> Iterator[None]:
    if not _hands.acquire(blocking=False):
        raise Refusal("ingest.uploads-crowded", most=HANDS)
    try:
        yield
    finally:
        _hands.release()


def _pieces() -> Iterator[bytes]:
    """The body as it comes, of whatever length; ends early where the connection does."""
    request.max_content_length = 2**62  # None would mean the limit of forms
    wire = request.environ.get("gunicorn.socket")
    if wire is not None:
        wire.settimeout(STALLED_S)
    until = time.monotonic() + LONGEST_S
    try:
        while time.monotonic() < until and (piece := request.stream.read(PIECE)):
            yield piece
    except (ClientDisconnected, OSError):
        return


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refusal("ingest.upload-header", header=header)
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    found = {}
    for pair in filter(None, (one.strip() for one in text.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise Refusal("ingest.upload-header", header="Upload-Metadata") from None
    return found


def _checksum(text: str) -> bytes | None:
    if not text:
        return None
    algorithm, _, value = text.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm != "sha256" or len(digest) != 32:
        raise Refusal("ingest.upload-header", header="Upload-Checksum")
    return digest
