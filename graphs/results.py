"""What a call's end looks like to a model: JSON with the sentence and the references in it.

`_told` is the result's own sentence, `_refs` the records it names by kind. An error is
`{"error": {code, message, field}}`: the model may correct its arguments and call again.
"""

import json
from typing import Any, Final, cast

from core.errors import AitError, Ambiguous, BadArguments
from core.i18n import Locale
from graphs.references import references, result_type
from tools.gate.call import Outcome
from tools.results import Result
from tools.tool import Tool

CHARTS: Final = "charts"  # the field of a result that holds pictures; a model is given their titles alone
LONGEST: Final = 24_000  # characters of one result that a model is given


def told(tool: Tool, shown: Any, locale: Locale) -> str:
    """The sentence of a result that is at hand as JSON, as stored outcomes are; "" if it has none."""
    kind = result_type(tool)
    if not (isinstance(kind, type) and issubclass(kind, Result)):
        return ""
    value: Result = tool.returns.validate_python(shown)
    return value.told(locale)


def sentence_of(tool: Tool, outcome: Outcome, locale: Locale) -> str:
    """The sentence of an outcome of this moment."""
    if isinstance(outcome.value, Result):
        return outcome.value.told(locale)
    return told(tool, outcome.json, locale) if outcome.replayed else ""


def content(tool: Tool, shown: Any, sentence: str, **more: Any) -> str:
    """The message to the model for a call that worked; `more` are further facts about it."""
    refs = references(shown, tool.result_schema)
    body: dict[str, Any] = dict(shown) if isinstance(shown, dict) else {"result": shown}
    pictures = [chart["title"] for chart in body.pop(CHARTS, None) or () if isinstance(chart, dict)]
    body = cast(dict[str, Any], shortened(body))
    if pictures:
        body["_charts"] = pictures
    if sentence:
        body["_told"] = sentence
    if refs:
        body["_refs"] = refs
    body |= {f"_{name}": value for name, value in more.items() if value}
    return json.dumps(body, ensure_ascii=False)


def shortened(value: Any) -> Any:
    """`value` with its longest lists cut until it fits; `_left_out` counts what is missing."""
    limit = 200
    while len(json.dumps(value, ensure_ascii=False)) > LONGEST and limit:
        value = _cut(value, limit)
        limit //= 2
    return value


def _cut(value: Any, limit: int) -> Any:
    if isinstance(value, list):
        missing, items = 0, value
        if items and isinstance(items[-1], dict) and "_left_out" in items[-1]:
            missing, items = int(items[-1]["_left_out"]), items[:-1]
        kept = [_cut(item, limit) for item in items[:limit]]
        missing += len(items) - len(kept)
        return [*kept, {"_left_out": missing}] if missing else kept
    if isinstance(value, dict):
        return {key: _cut(item, limit) for key, item in value.items()}
    return value


def error_row(error: AitError, locale: Locale) -> dict[str, Any]:
    """The error as frames and models get it; `message` is said in the person's language."""
    row: dict[str, Any] = {"code": error.code, "message": error.told(locale)}
    if isinstance(error, BadArguments) and "field" in error.detail:
        row["field"] = str(error.detail["field"])
        if isinstance(fields := error.detail.get("fields"), tuple) and len(fields) > 1:
            row["fields"] = [str(name) for name in fields]
    if isinstance(error, Ambiguous):
        row["choices"] = str(error.detail.get("choices", ""))
    return row


def error_content(row: dict[str, Any]) -> str:
    """The message to the model for a call that was refused."""
    return json.dumps({"error": row}, ensure_ascii=False)
