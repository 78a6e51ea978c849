"""The contract of all lines of business, by discovery: whoever knows one knows them all."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from core.errors import BadArguments
from modules.insurance.kernel.asking import annotations, label
from modules.insurance.kernel.line import Line
from modules.insurance.kernel.lines import LABELS, installed_lines
from modules.loader import Modules
from tools import Slot

CASES = json.loads((Path(__file__).parents[2] / "data" / "rating_cases.json").read_text(encoding="utf-8"))["cases"]


def lines() -> tuple[Line, ...]:
    """All lines of the house."""
    Modules(Path("/nonexistent"), plugins=False).load()
    return installed_lines()


LINES = lines()
EFFECT = date(2027, 1, 1)
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: line.code)


def cases_of(line: Line) -> list[dict[str, Any]]:
    """The reference cases of a line."""
    return [case for case in CASES if case["line"] == line.code]


def accepted(line: Line) -> list[dict[str, Any]]:
    """Inputs of the cases that have a price."""
    return [case["inputs"] for case in cases_of(line) if case["expected"]["decision"] != "decline"]


def test_the_house_has_twenty_lines():
    assert {line.code for line in LINES} == set(LABELS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_reference_case_to_the_cent_through_its_tool(case, installation, call):
    """Each amount of each case, and no key more or less; a decline is a result, not an error."""
    found = call(f"{case['line'].replace('-', '_')}_rate", **case["inputs"])
    assert found.json == case["expected"]


@each_line
class TestDeclaration:
    def test_everything_of_the_tariff_has_a_label(self, line):
        assert set(line.products) == set(line.tariff.products)
        priced = {coverage.id for product in line.tariff.products.values() for coverage in product.coverages}
        assert priced <= set(line.labels)

    def test_every_name_it_declares_is_there(self, line):
        fields = set(line.risk.model_fields) | set(line.details.model_fields)
        persons = person_of(line)
        inside = {f"insured.{name}" for name in persons.model_fields} if persons else set()
        assert set(line.ages) <= fields | inside
        assert set(line.sums) <= fields | {name.removeprefix("insured.") for name in inside}
        assert set(line.needed) <= set(line.products)
        assert {name for names in line.needed.values() for name in names} <= fields
        assert set(line.needed_to_issue) <= fields
        for kind in line.claims:
            assert set(kind.sums) <= fields | {name.removeprefix("insured.") for name in inside}, kind.code
            assert not isinstance(kind.deductible, str) or kind.deductible in fields, kind.code
        assert line.claims

    def test_every_input_of_the_tariff_is_in_the_typed_risk(self, line):
        given = {name for case in cases_of(line) for name in case["inputs"]}
        assert given <= set(line.risk.model_fields)

    def test_what_must_be_known_is_asked_for(self, line):
        for name, field in line.risk.model_fields.items():
            assert label(name, line.risk) != name, name
            if field.is_required() and name != "insureds":
                asks = [part.ask for part in annotations(name, line.risk) if isinstance(part, Slot) and part.ask]
                assert asks, name

    def test_its_records_lie_in_its_schema_and_hold_the_fields_of_the_risk(self, line):
        assert line.record is not None or line.keep is not None
        for kind in filter(None, (line.record, line.people)):
            assert kind.__table__.schema == f"soriano_insurance_{line.short}"

    def test_it_informs_before_the_contract(self, line):
        told = line.information
        assert told.summary
        assert told.excluded or told.notes

    def test_its_opening_reserves_can_be_told_of_every_case(self, line):
        for inputs in accepted(line):
            for kind in line.claims:
                assert kind.opening_reserve(inputs) >= 0


def person_of(line: Line) -> type[BaseModel] | None:
    """The model of an insured person, if the line has any."""
    field = line.risk.model_fields.get("insureds")
    found = (
        [part for part in walk(field.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        if field
        else []
    )
    return found[0] if found else None


def walk(annotation: Any) -> Iterator[Any]:
    """All types that an annotation is made of."""
    yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from walk(part)


class TestBadInput:
    @pytest.mark.parametrize(
        ("line", "field"),
        [(line, field) for line in LINES for field in line.risk.model_fields],
        ids=lambda value: getattr(value, "code", value),
    )
    def test_an_impossible_value_is_refused_by_the_name_of_its_field(self, line, field, installation, call):
        given = dict(accepted(line)[0])
        below = min((part.ge for part in line.risk.model_fields[field].metadata if hasattr(part, "ge")), default=0)
        for wrong in ({"no": "tal"}, "x" * 5000, [], int(below) - 1):
            with pytest.raises(BadArguments) as refused:
                call(f"{line.short}_rate", **{**given, field: wrong})
            named = str(refused.value.detail.get("field"))
            assert named == field or named.startswith(f"{field}."), (wrong, named)
            for language in ("es", "en"):
                assert refused.value.told(language)

    @each_line
    def test_a_missing_field_is_named(self, line, installation, call):
        given = accepted(line)[0]
        for field in (name for name, declared in line.risk.model_fields.items() if declared.is_required()):
            with pytest.raises(BadArguments) as refused:
                call(f"{line.short}_rate", **{name: value for name, value in given.items() if name != field})
            assert refused.value.detail["field"] == field

    @each_line
    def test_an_unknown_field_is_refused(self, line, installation, call):
        with pytest.raises(BadArguments, match="sorpresa"):
            call(f"{line.short}_rate", **accepted(line)[0], sorpresa=1)


def bands(spec: Any, field: str) -> Iterator[Decimal]:
    """Where a table on `field` steps, anywhere in a tariff."""
    if isinstance(spec, Mapping):
        if spec.get("input") == field and "steps" in spec:
            yield from (Decimal(str(row["from"])) for row in spec["steps"])
        for part in spec.values():
            yield from bands(part, field)
    elif isinstance(spec, list):
        for part in spec:
            yield from bands(part, field)


@each_line
def test_a_higher_sum_never_lowers_the_premium(line):
    """Inside a band of the tariff: only vida's high-sum discount steps down, by design, at its own bands."""
    for inputs in accepted(line):
        for field in (name for name in line.sums if inputs.get(name) is not None):
            low = Decimal(str(inputs[field]))
            ends = [end for end in bands(line.tariff.data, field) if end > low]
            high = min([low * Decimal("1.5") + 100, *(end - Decimal("0.01") for end in ends)]).quantize(Decimal("0.01"))
            before, after = (
                line.rate_again(clean(line, {**inputs, field: str(value)}), EFFECT) for value in (low, high)
            )
            assert after.net_premium >= before.net_premium, (field, low, high)


def clean(line: Line, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs as the typed risk gives them to the tariff."""
    return line.risk.model_validate(inputs).model_dump(exclude_none=True)
