"""Documents that the house made, to be saved: a view of the tool that downloads them."""

import asyncio
from base64 import b64decode
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.house import house_of
from server.pages.documents import SAVED_ONLY
from server.visitors import Caller, origin_of
from tools.gate import Call

routes = APIRouter(prefix="/api/v1/issued-documents", include_in_schema=False)


@routes.get("/{id}/content")
async def download(request: Request, visitor: Caller, id: UUID) -> Response:
    """The PDF of a document that was made."""
    origin = origin_of(request, "rest", visitor.session_id)
    call = Call("kernel_download_issued_document", {"document": str(id)}, visitor.actor, origin)
    found = (await asyncio.to_thread(house_of(request).installation.gate.call, call)).json
    place = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}"}
    return Response(b64decode(found["content"]), media_type=found["media_type"], headers=SAVED_ONLY | place)
