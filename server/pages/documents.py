"""Files in and out: a multipart upload and a download, both views of the document tools.

What goes out was written by strangers: it is saved and never shown, in no window of ours.
"""

import asyncio
from base64 import b64decode, b64encode
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from core.errors import BadArguments
from core.i18n import N_
from server.house import house_of
from server.sessions import Visitor
from server.visitors import Caller, caller, origin_of
from tools.adapters.rest import outcome_json, wants_dry_run
from tools.gate import Call

routes = APIRouter(prefix="/api/v1/documents", include_in_schema=False)
ABOUT: Final = ("name", "kind", "customer", "policy", "claim")
SAVED_ONLY: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}
AS_IT_IS: Final = frozenset({"text/html", "application/xml"})  # what a browser might run is called bytes


@routes.post("")
async def upload(request: Request) -> Response:
    """Keep the part `file`; the fields `name`, `kind`, `customer`, `policy`, `claim` say what it is and about whom."""
    try:
        return await _kept(request, await caller(request))
    finally:
        await request.close()  # the file was spooled to a disk, also for somebody who is then refused


async def _kept(request: Request, visitor: Visitor) -> Response:
    form = await request.form(max_files=1, max_fields=len(ABOUT) + 1)
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadArguments(field="file", problem=N_("falta; es obligatorio"))
    args: dict[str, Any] = {field: str(form[field]) for field in ABOUT if form.get(field)}
    args.setdefault("name", file.filename or "")
    args["content"] = b64encode(await file.read()).decode()
    call = Call(
        "document_service_upload_document",
        args,
        visitor.actor,
        origin_of(request, "rest", visitor.session_id),
        idempotency_key=request.headers.get("idempotency-key"),
        dry_run=wants_dry_run(request),
    )
    return JSONResponse(outcome_json(await asyncio.to_thread(house_of(request).installation.gate.call, call)), 201)


@routes.get("/{id}/content")
async def download(request: Request, visitor: Caller, id: UUID, version: int | None = None) -> Response:
    """The file of a document, in its newest version or in `version`, to be saved."""
    args: dict[str, Any] = {"document": str(id)} | ({} if version is None else {"version": version})
    origin = origin_of(request, "rest", visitor.session_id)
    call = Call("document_service_download_document", args, visitor.actor, origin)
    found = (await asyncio.to_thread(house_of(request).installation.gate.call, call)).json
    media = "application/octet-stream" if found["media"] in AS_IT_IS else found["media"]
    place = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}"}
    return Response(b64decode(found["content"]), media_type=media, headers=SAVED_ONLY | place)
