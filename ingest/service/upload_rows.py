"""Upload rows 上传登记行: what is known of an upload and its parts, read and written encrypted."""

from __future__ import annotations

from sqlalchemy import select

from archive.facts import Facts
from archive.kernel.ids import FileId
from archive.kernel.work import Work
from archive.ports import TextCipher
from ingest.tables import UploadPartRow, UploadRow


class UploadFacts(Facts):
    """What a sender said of a file before sending it 上传声明: name in the case, bytes, SHA-256 where it is known."""

    name: str
    size: int
    sha256: str = ""


class ReasonFacts(Facts):
    """Why an upload was refused 上传退回原因: the code with its facts; they name the file."""

    code: str
    file: str
    facts: dict[str, str]


def facts_of(cipher: TextCipher, row: UploadRow) -> UploadFacts:
    """What the sender said."""
    return UploadFacts.model_validate_json(cipher.decrypt(row.id, row.facts_enc))


def parts_of(work: Work, cipher: TextCipher, upload_id: str) -> list[tuple[FileId, int]]:
    """The durable parts in their order, each with its bytes of plaintext."""
    wanted = select(UploadPartRow).where(UploadPartRow.upload_id == upload_id).order_by(UploadPartRow.number)
    return [
        (FileId(row.file_id), int(cipher.decrypt(row.file_id, row.size_enc))) for row in work.session.scalars(wanted)
    ]
