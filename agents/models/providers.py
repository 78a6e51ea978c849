"""The two outside providers, with what both need: limits, no temperature, lean tool schemas.

Our tools' schemas carry `x-slot` for the offline model; other models never see it.
"""

from collections.abc import Mapping
from typing import Any, Final

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

RETRIES: Final = 2  # by the SDK, for 408, 409, 429, 5xx and lost connections; honours retry-after
LONG: Final = {"type": "ephemeral", "ttl": "1h"}  # what all turns share
SHORT: Final = {"type": "ephemeral"}  # five minutes
PERSONAL: Final = "<persona>"  # where the part of a prompt begins that differs by person


def without_slots(schema: Any) -> Any:
    """`schema` without our `x-slot` annotations, at any depth."""
    if isinstance(schema, Mapping):
        return {key: without_slots(value) for key, value in schema.items() if key != "x-slot"}
    if isinstance(schema, list):
        return [without_slots(item) for item in schema]
    return schema


class Anthropic(ChatAnthropic):
    """Claude, with the prompt laid out so that its long, stable beginning is cached.

    Order is tools, system, messages; breakpoints stand after the last tool, the shared
    system text, the tenant's system text (if any), and at the end of the conversation.
    """

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if payload.get("tools"):
            tools = [without_slots(tool) for tool in payload["tools"]]
            payload["tools"] = [*tools[:-1], {**tools[-1], "cache_control": LONG}]
        if payload.get("system"):
            payload["system"] = _cached_system(payload["system"])
        if payload.get("tools"):
            payload.setdefault("cache_control", SHORT)
        return payload


def _cached_system(system: str | list[Any]) -> list[dict[str, Any]]:
    """The system text in blocks: what all people share first, then what differs by person."""
    if isinstance(system, str):
        shared, mark, personal = system.partition(PERSONAL)
        blocks: list[dict[str, Any]] = [{"type": "text", "text": shared.rstrip()}]
        if mark:
            blocks.append({"type": "text", "text": mark + personal})
    else:
        blocks = [dict(block) for block in system]
    blocks[0] = {**blocks[0], "cache_control": LONG}
    if len(blocks) > 1:
        blocks[-1] = {**blocks[-1], "cache_control": SHORT}
    return blocks


class OpenAiCompatible(ChatOpenAI):
    """Any endpoint that speaks the chat completions protocol."""

    def _get_request_payload(self, input_: Any, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
        if payload.get("tools"):
            payload["tools"] = without_slots(payload["tools"])
        if "max_completion_tokens" in payload and not _is_openai(self.openai_api_base):
            # Most servers of others know only the older name of the limit.
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        return payload


def _is_openai(base_url: str | None) -> bool:
    return base_url is None or "api.openai.com" in base_url


def anthropic(name: str, key: SecretStr, *, max_tokens: int, timeout: float, base_url: str | None = None) -> Anthropic:
    """Claude `name`. Never sends a temperature: newer models refuse it."""
    options: dict[str, Any] = {"base_url": base_url} if base_url else {}
    return Anthropic(
        model_name=name,
        api_key=key,
        max_tokens_to_sample=max_tokens,
        timeout=timeout,
        max_retries=RETRIES,
        stop=None,
        **options,
    )


def openai(
    name: str, key: SecretStr | None, *, max_tokens: int, timeout: float, base_url: str | None = None
) -> OpenAiCompatible:
    """Model `name` of OpenAI, or of the compatible endpoint `base_url` (a local one needs no key)."""
    return OpenAiCompatible(
        model=name,
        api_key=key or SecretStr("none"),
        base_url=base_url,
        max_completion_tokens=max_tokens,
        timeout=timeout,
        max_retries=RETRIES,
        stream_usage=True,
        use_responses_api=False,
    )
