"""Whether a site refuses to be read: then it is not read, and nothing is done to get around it."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from engines.contract import Computed, operation
from engines.data.multi_scraper.pages import parsed
from engines.data.multi_scraper.values import tidy

REFUSING: Final = (401, 403, 407, 451)
SHORT: Final = 600  # characters that a page which is nothing but a challenge shows
CHALLENGES: Final = (
    "captcha", "cf-turnstile", "window._cf_chl_opt", "_incapsula_resource", "awswafcookiedomainlist", "distil_r_",
)  # fmt: skip


ASKS: Final = re.compile(r"\brobot|\bhuman|\bverif|navegador|javascript|browser", re.I)
"""What a page that holds its reader back speaks of."""
WATCHER: Final = re.compile(r"g?recaptcha(?:-v3|__\w+|\w*)")


class Refusal(Computed):
    """Whether an answer refuses the reader.

    `reason` is `status` (401, 403, 407, 451), `challenge` (the reader is to prove that it is human) or "".
    """

    refused: bool
    reason: Literal["", "status", "challenge"]


@operation(
    "Comprobar si un sitio rechaza la lectura",
    examples=(
        "¿Esta respuesta del sitio nos rechaza o pide un CAPTCHA?",
        "Does this answer refuse our crawler or ask for a CAPTCHA?",
    ),
    heavy=True,
)
def refusal_check(html: str, status: Annotated[int, Field(ge=0, le=999)] = 200) -> Refusal:
    """Tell an answer that refuses the reader from one that may be read.

    A page that merely contains a form with a CAPTCHA is no refusal; one that shows little else is. A script that only
    watches its visitors (reCAPTCHA without a box to tick) challenges nobody, as long as the page shows something.

    Args:
        html: the page, or "".
        status: the HTTP status it came with.

    Raises:
        LimitExceeded: a page of more than 2 MiB, or deeper than 10,000 elements.

    Source: RFC 9110, sections 15.5.2, 15.5.4 and 15.5.8; RFC 7725; marks of the challenge pages in common use (2026).
    """
    if status in REFUSING:
        return Refusal(refused=True, reason="status")
    known = html.lower()
    if not any(mark in known for mark in CHALLENGES):
        return Refusal(refused=False, reason="")
    page = parsed(html)
    seen = tidy(page.root.text(deep=True, separator=" ")) if page.root is not None else ""
    # Without its scripts the page holds the box of a challenge alone, not what loads an invisible one.
    watching = (
        not any(mark in WATCHER.sub("", known) for mark in CHALLENGES) and "captcha" not in (page.html or "").lower()
    )
    refused = len(seen) < SHORT and not (watching and seen and not ASKS.search(seen))
    return Refusal(refused=refused, reason="challenge" if refused else "", library="selectolax")
