"""OpenAPI document 接口说明 (3.1) of the HTTP API: one line a route here, every value from its pydantic model.

``docs/openapi.json`` holds the same text; tests compare both, and the document with the routes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from pydantic.json_schema import models_json_schema

from archive.doors.web.problems import PROBLEM, Problem
from archive.opening import VERSION
from ingest.doors import api_models as models
from ingest.profile.model import SCHEMA_ID

_JSON = "application/json"
_BYTES = "application/offset+octet-stream"
_REF = "#/components/schemas/"
_MODELS = (
    models.DraftModel,
    models.Drafts,
    models.IntakeModel,
    models.Intakes,
    models.Report,
    models.Saved,
    models.UploadModel,
    Problem,
)
_ABOUT = (
    "Putting cases together from a case-handling system 办案系统对接：begin a draft, upload its files by tus 1.0 "
    "(`/api/uploads`), put the description, ask for the report, ask for the seal, read what came of it. Every refusal "
    "is application/problem+json with code, article, and words in Chinese and English. A token is made by the account "
    "it speaks for (`anjuan api-token add`) and sent as Authorization: Bearer."
)


@dataclass(frozen=True)
class _Operation:
    """One route: what it is for, what it gives, the headers it takes and sets."""

    method: str
    path: str
    name: str
    zh: str
    en: str
    status: int
    gives: str = ""
    takes: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    open: bool = False


_TUS = {"Tus-Resumable": "1.0.0"}
_OFFSET = {"Upload-Offset": "bytes that are durable"}
_PATCHED = {**_TUS, "Upload-Offset": "where these bytes begin", "Upload-Checksum": "sha256 and base64; may be left out"}
_CREATED = {
    **_TUS,
    "Upload-Length": "bytes in all",
    "Upload-Metadata": "draft, filename (its name in the case, with /) and, where known, sha256 (hex); each in base64",
}
_OPERATIONS = (
    _Operation("get", "/api/openapi.json", "document", "本说明", "this document", 200, "any", open=True),
    _Operation("get", "/api/drafts", "drafts", "我的组卷", "the caller's drafts", 200, "Drafts"),
    _Operation(
        "post",
        "/api/drafts",
        "begin",
        "新建组卷",
        "begin a draft",
        201,
        "DraftModel",
        "NewDraft",
        sets={"Location": "address of the draft"},
        refusals=(403, 413, 422),
    ),
    _Operation(
        "get", "/api/drafts/{draft_id}", "draft", "组卷状态", "where a draft stands", 200, "DraftModel", refusals=(404,)
    ),
    _Operation(
        "delete",
        "/api/drafts/{draft_id}",
        "drop",
        "撤销组卷：字节与密钥一并清除",
        "drop a draft, its bytes and its keys",
        204,
        refusals=(404, 409, 423),
    ),
    _Operation(
        "get",
        "/api/drafts/{draft_id}/description",
        "description",
        "著录",
        "the description, as far as written",
        200,
        "any",
        sets={"ETag": "version"},
        refusals=(404, 409),
    ),
    _Operation(
        "put",
        "/api/drafts/{draft_id}/description",
        "describe",
        "保存著录，可不完整",
        "keep a description, complete or not",
        200,
        "Saved",
        "description",
        headers={"If-Match": "version that was read; may be left out"},
        sets={"ETag": "version"},
        refusals=(404, 409, 413, 422),
    ),
    _Operation(
        "get",
        "/api/drafts/{draft_id}/report",
        "report",
        "检查：封存前须补正的全部问题",
        "everything between draft and seal",
        200,
        "Report",
        refusals=(404, 409),
    ),
    _Operation(
        "post",
        "/api/drafts/{draft_id}/seal",
        "seal",
        "申请封存；结果在组卷状态里",
        "ask for the seal; its outcome stands at the draft",
        202,
        "DraftModel",
        refusals=(404, 409),
    ),
    _Operation(
        "get",
        "/api/intakes",
        "intakes",
        "接收台账及每案结果",
        "take-ins with the result of each",
        200,
        "Intakes",
        query={"state": "only this state", "before": "the page that follows: next of the page before"},
        refusals=(400,),
    ),
    _Operation(
        "get",
        "/api/intakes/{intake_id}",
        "intake",
        "一次接收的结果",
        "one take-in",
        200,
        "IntakeModel",
        refusals=(404,),
    ),
    _Operation(
        "options",
        "/api/uploads",
        "speaks",
        "上传协议",
        "what the upload server speaks",
        204,
        open=True,
        sets={"Tus-Version": "", "Tus-Extension": "", "Tus-Max-Size": "bytes", "Tus-Checksum-Algorithm": ""},
    ),
    _Operation(
        "post",
        "/api/uploads",
        "create",
        "登记一个文件，可附首段",
        "announce a file, perhaps with its first bytes",
        201,
        takes="bytes",
        headers=_CREATED,
        sets={"Location": "address of the upload"},
        refusals=(400, 404, 409, 412, 413, 422, 503),
    ),
    _Operation(
        "get",
        "/api/uploads/{upload_id}",
        "show",
        "上传进度",
        "where an upload stands",
        200,
        "UploadModel",
        refusals=(404,),
    ),
    _Operation(
        "head",
        "/api/uploads/{upload_id}",
        "offset",
        "续传位置",
        "the offset to go on from",
        200,
        headers=_TUS,
        sets={**_OFFSET, "Upload-Length": "bytes in all"},
        refusals=(404, 412),
    ),
    _Operation(
        "patch",
        "/api/uploads/{upload_id}",
        "append",
        "从该位置续传",
        "send bytes from the offset on",
        204,
        takes="bytes",
        headers=_PATCHED,
        sets=_OFFSET,
        refusals=(400, 404, 409, 412, 413, 415, 423, 460, 503),
    ),
    _Operation(
        "post",
        "/api/uploads/{upload_id}",
        "override",
        "只能 POST 时的续传或移除",
        "PATCH or DELETE for who can only POST",
        204,
        takes="bytes",
        headers={**_PATCHED, "X-HTTP-Method-Override": "PATCH or DELETE"},
        sets=_OFFSET,
        refusals=(400, 404, 409, 412, 413, 415, 423, 460, 503),
    ),
    _Operation(
        "delete",
        "/api/uploads/{upload_id}",
        "terminate",
        "移除文件",
        "take a file out of its draft",
        204,
        headers=_TUS,
        refusals=(404, 409, 412, 423),
    ),
)


def make_document() -> dict[str, Any]:
    """The document as a value."""
    modes: list[tuple[Any, Any]] = [(model, "serialization") for model in _MODELS]
    _, schemas = models_json_schema([*modes, (models.NewDraft, "validation")], ref_template=_REF + "{model}")
    paths: dict[str, Any] = {}
    for operation in _OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Anjuan 案卷", "version": VERSION, "description": _ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
        },
    }


def _described(operation: _Operation) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", operation.path)
    parameters = [_parameter(name, "path", "") for name in names]
    parameters += [_parameter(name, "header", said) for name, said in operation.headers.items()]
    parameters += [_parameter(name, "query", said) for name, said in operation.query.items()]
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": f"{operation.zh} · {operation.en}",
        "parameters": parameters,
        "responses": _responses(operation),
    }
    if operation.takes:
        told["requestBody"] = _body(operation.takes)
    if operation.open:
        told["security"] = []
    return told


def _parameter(name: str, place: str, said: str) -> dict[str, Any]:
    needed = place == "path" or (place == "header" and "may be left out" not in said)
    found = {"name": name, "in": place, "required": needed, "schema": {"type": "string"}}
    return {**found, "description": said} if said else found


def _body(takes: str) -> dict[str, Any]:
    if takes == "bytes":
        return {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}}
    if takes == "description":
        schema: dict[str, Any] = {"type": "object", "description": f"as {SCHEMA_ID}, complete or not"}
        return {"required": True, "content": {_JSON: {"schema": schema}}}
    return {"required": True, "content": {_JSON: {"schema": {"$ref": _REF + takes}}}}


def _responses(operation: _Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": operation.en}
    if operation.sets:
        good["headers"] = {
            name: {"schema": {"type": "string"}, **({"description": said} if said else {})}
            for name, said in operation.sets.items()
        }
    if operation.gives:
        schema = {"type": "object"} if operation.gives == "any" else {"$ref": _REF + operation.gives}
        good["content"] = {_JSON: {"schema": schema}}
    problem = {"content": {PROBLEM: {"schema": {"$ref": _REF + "Problem"}}}}
    refused = () if operation.open else sorted({401, 403, *operation.refusals})
    return {str(operation.status): good, **{str(status): {"description": "refused", **problem} for status in refused}}


DOCUMENT = json.dumps(make_document(), ensure_ascii=False, indent=1) + "\n"
"""The document as it is served."""
