"""What a failing provider raises (*fallos del proveedor*), and why in a word."""

import sys
from typing import Final

from langchain_core.exceptions import ContextOverflowError

from core.errors import OutsideUnavailable

TOO_LONG: Final = "too_long"


def provider_errors() -> tuple[type[Exception], ...]:
    """What a failing provider raises; an SDK that was never imported raised nothing."""
    found: list[type[Exception]] = [OutsideUnavailable]
    for package, name in (("anthropic", "APIError"), ("openai", "APIError"), ("httpx2", "TransportError")):
        if package in sys.modules:
            found.append(getattr(sys.modules[package], name))
    return tuple(found)


def reason_of(error: Exception) -> str:
    """Why the next model is asked, as a word."""
    if isinstance(error, OutsideUnavailable) or not hasattr(error, "request"):
        return "unreachable"
    return _reason(getattr(error, "status_code", None), error)


def _reason(status: int | None, error: Exception) -> str:
    name = type(error).__name__
    if "Timeout" in name:
        return "timeout"
    if status is None:
        return "unreachable" if "Connection" in name else "broken_stream"
    if status == 529 or "overloaded" in str(error).lower():
        return "overloaded"
    known = {401: "unauthorised", 403: "unauthorised", 404: "unknown_model", 413: TOO_LONG, 429: "rate_limited"}
    if status in known:
        return known[status]
    if status == 400 and "too long" in str(error).lower():
        return TOO_LONG
    return "server_error" if status >= 500 else f"status_{status}" if status != 200 else "broken_stream"


def is_too_long(error: Exception) -> bool:
    """Whether the model refused because the conversation does not fit its window."""
    return isinstance(error, ContextOverflowError) or reason_of(error) == TOO_LONG
