"""REST: every tool at `POST /api/v1/<module>/<tool>`, looked up in the catalogue at each call.

A route is a view: it turns a request into a `Call`, the gate's outcome into JSON, and an
error into problem+json in the caller's language. A tool that a reload adds is there at once.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from core.context import Actor, Origin
from core.errors import AitError, ApprovalRequired, BadArguments, NotFound
from core.i18n import N_, Locale
from tools.catalogue import Catalogue
from tools.gate import Gate
from tools.gate.call import Call, Outcome
from tools.risk import Risk
from tools.tool import Tool

MEDIA: Final = "application/problem+json"
PREFIX: Final = "/api/v1"
DECLARED: Final = ("401", "403", "404", "409", "413", "422", "424", "429", "451", "503", "504", "507")  # of a call
Who = Callable[[Request], Awaitable[tuple[Actor, Origin]]]


def path_of(tool: Tool) -> str:
    """Where a tool is called: `autos_quote_policy` → `/api/v1/autos/quote_policy`."""
    module = "engines" if tool.module == "ait-engines" else _short(tool)
    name = tool.name if module == "engines" else tool.name.removeprefix(f"{module}_")
    return f"{PREFIX}/{module}/{name}"


def _short(tool: Tool) -> str:
    """The module's part of the tool's name: the longest one that the module's id ends with."""
    short = tool.module
    for prefix in ("ai-", "ait-", "seguros-"):
        short = short.removeprefix(prefix)
    short = short.replace("-", "_")
    return short if tool.name.startswith(f"{short}_") else tool.name.partition("_")[0]


def tool_at(catalogue: Catalogue, module: str, name: str) -> Tool:
    """The tool that is called at `/api/v1/<module>/<name>`.

    Raises:
        NotFound: none is.
    """
    found = catalogue.tools.get(name if module == "engines" else f"{module}_{name}")
    if found is None or path_of(found) != f"{PREFIX}/{module}/{name}":
        raise NotFound(what=N_("la herramienta"), ref=f"{module}/{name}"[:120])
    return found


def problem_of(error: AitError, locale: Locale, reference: str) -> dict[str, Any]:
    """The error as RFC 9457 has it, in `locale`; `detail` alone is for people."""
    facts = {k: v for k, v in error.detail.items() if isinstance(v, str | int | float | bool | None)}
    body: dict[str, Any] = {
        "type": f"urn:ait:error:{error.code}",
        "title": error.code,
        "status": error.status,
        "detail": error.told(locale),
        "instance": f"urn:uuid:{reference}",
    }
    if isinstance(error, BadArguments):
        body["field"] = facts.get("field")
        choices = error.detail.get("choices")
        if choices is not None:
            body["choices"] = json.loads(json.dumps(choices, default=str))
    if isinstance(error, ApprovalRequired):
        body |= {"approval_id": str(error.detail["approval_id"]), "approver": facts.get("approver")}
    if "retry_after" in facts:
        body["retry_after"] = facts["retry_after"]
    if error.detail.get("rule"):
        body["rule"] = str(error.detail["rule"])
    return body


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as every face tells it: result, the audit entry, and the preview of a dry run."""
    body: dict[str, Any] = {"ok": True, "result": outcome.json, "audit_entry": str(outcome.entry_id)}
    if outcome.replayed:
        body["replayed"] = True
    if outcome.preview is not None:
        body["preview"] = outcome.preview.model_dump(mode="json")
    return body


def wants_dry_run(request: Request) -> bool:
    """Whether the caller asked for the preview alone, by `Prefer: dry-run` or `?dry_run=true`."""
    preferred = {part.strip().lower() for part in request.headers.get("prefer", "").split(",")}
    return "dry-run" in preferred or request.query_params.get("dry_run", "").lower() in ("true", "1")


def refuse_unknown_form(request: Request) -> None:
    """Refuse a body that does not say it is JSON in UTF-8 (a plain form could come from any site).

    Raises:
        BadArguments: it says something else.
    """
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"') if "charset" in parameters else "utf-8"
    if kind.strip() != "application/json" or charset not in ("utf-8", "utf8"):
        raise BadArguments(field="Content-Type", problem=N_("debe ser application/json en UTF-8"))


def router(catalogue: Callable[[], Catalogue], gate: Gate, who: Who, url: str) -> APIRouter:
    """The routes of all tools, for whoever `who` says asks; `url` begins links to decisions."""
    routes = APIRouter(prefix=PREFIX, include_in_schema=False)

    @routes.post("/{module}/{name}")
    async def call_tool(module: str, name: str, request: Request) -> JSONResponse:
        actor, origin = await who(request)
        tool = tool_at(catalogue(), module, name)
        refuse_unknown_form(request)
        call = Call(
            tool.name,
            await request.body(),
            actor,
            origin,
            idempotency_key=request.headers.get("idempotency-key"),
            dry_run=wants_dry_run(request),
        )
        try:
            outcome = await asyncio.to_thread(gate.call, call)
        except ApprovalRequired as held:
            body = problem_of(held, actor.locale, str(origin.request_id))
            place = f"{url}/approvals/{held.detail['approval_id']}"
            view = {**body, "ok": False, "url": place, "state": "pending"}
            return JSONResponse(view, 202, {"Location": f"/api/v1/approvals/{held.detail['approval_id']}"})
        return JSONResponse(outcome_json(outcome))

    @routes.get("/tools")
    async def list_tools(request: Request) -> JSONResponse:
        await who(request)
        return JSONResponse([listed(tool) for tool in catalogue().tools.values()])

    return routes


def listed(tool: Tool) -> dict[str, Any]:
    """One line of the catalogue, as all faces list it."""
    return {
        "name": tool.name,
        "module": tool.module,
        "risk_class": tool.risk.value,
        "permission": tool.permission,
        "title": tool.title or tool.summary,
        "summary": tool.summary,
        "path": path_of(tool),
    }


def openapi_paths(tools: Iterable[Tool]) -> dict[str, Any]:
    """One OpenAPI operation a tool, with its schema, examples and the errors it may give."""
    return {path_of(tool): {"post": _operation(tool)} for tool in tools}


def _result(tool: Tool) -> dict[str, Any]:
    """What a call gives; a dry run of what reads the outside reads nothing."""
    told = _local(tool.result_schema)
    return {"anyOf": [told, {"type": "null"}]} if tool.risk is Risk.NETWORK else told


def _operation(tool: Tool) -> dict[str, Any]:
    told = {"$ref": "#/components/schemas/Problem"}
    problem = {"description": "Problem", "content": {MEDIA: {"schema": told}}}
    held = {"description": "A person has to decide first", "content": {"application/json": {"schema": told}}}
    result = {
        "type": "object",
        "required": ["ok", "result", "audit_entry"],
        "properties": {
            "ok": {"type": "boolean"},
            "result": _result(tool),
            "audit_entry": {"type": "string", "format": "uuid"},
            "replayed": {"type": "boolean"},
            "preview": {"type": "object"},
        },
    }
    return {
        "operationId": tool.name,
        "tags": [tool.module],
        "summary": tool.title or tool.summary,
        "description": f"{tool.description}\n\n" + "\n".join(f"- {example}" for example in tool.examples),
        "x-risk-class": tool.risk.value,
        "x-permission": tool.permission,
        "x-examples": list(tool.examples),
        "parameters": [
            {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200}},
            {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}},
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _local(tool.schema), "example": example_of(tool.schema)}},
        },
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": result}}},
            "202": held,
            **dict.fromkeys(DECLARED, problem),
        },
    }


def _local(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its `$defs` written out in place, so that it stands alone in the document."""
    definitions = schema.get("$defs", {})

    def expand(value: Any, within: tuple[str, ...]) -> Any:
        if isinstance(value, list):
            return [expand(item, within) for item in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/$defs/"):
            name = reference.removeprefix("#/$defs/")
            if name in within:
                return {"type": "object", "title": name}
            others = {k: v for k, v in value.items() if k != "$ref"}
            return {**expand(definitions.get(name, {}), (*within, name)), **expand(others, within)}
        known = {key: expand(item, within) for key, item in value.items() if key not in ("$defs", "discriminator")}
        # A tuple's places, one by one, are more than many readers of the document know.
        places = known.pop("prefixItems", None)
        return known | {"items": {"anyOf": places}} if places else known

    found: dict[str, Any] = expand(schema, ())
    return found


def example_of(schema: dict[str, Any]) -> dict[str, Any]:
    """An example of the required arguments, of the right types."""
    properties = _local(schema).get("properties", {})
    return {name: _example(properties.get(name, {})) for name in schema.get("required", [])}


def _example(schema: dict[str, Any]) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0])
    kind, form = schema.get("type"), schema.get("format")
    plain: dict[str | None, Any] = {
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "boolean": True,
        "array": [],
        "object": {n: _example(s) for n, s in schema.get("properties", {}).items() if n in schema.get("required", [])},
    }
    texts = {"date": "2026-12-01", "date-time": "2026-12-01T10:00:00Z", "uuid": "00000000-0000-7000-8000-000000000000"}
    return plain.get(kind, texts.get(str(form), schema.get("title", "texto")))
