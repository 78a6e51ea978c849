"""The confidence that risk measures take."""

from typing import Annotated, TypeAlias

from pydantic import Field

Confidence: TypeAlias = Annotated[float, Field(ge=0.5, le=0.9999, allow_inf_nan=False)]
"""Share of the outcomes that the measure covers: 0.99 leaves out the worst 1 %."""
