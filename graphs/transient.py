"""Which failures are worth a second try (*fallos pasajeros*).

The library's own rule would also retry a refused key: it knows only `httpx`, while the
models' clients speak through `httpx2`. So status and kind are read here.
"""

import asyncio
from typing import Final

from psycopg import OperationalError

BUSY: Final = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
CONNECTION: Final = ("APIConnectionError", "APITimeoutError", "TransportError")


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed in a moment."""
    if isinstance(error, asyncio.CancelledError):
        return False
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in BUSY
    # Compared by name: importing three clients for one isinstance costs a second.
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & set(CONNECTION)) or isinstance(error, OperationalError | ConnectionError)
