"""What is checked in the book's data: each check a plain rule that anybody can repeat on one record."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from core.i18n import N_
from engines import operations
from engines.data.enrichment.contacts import Phones
from engines.data.quality.measures import Completeness, Freshness, Uniqueness
from engines.data.recognition import MEANINGS
from engines.data.validation.identifiers import Checked, CheckedPostcodes
from engines.data.validation.rules import Comparison, Rule, Rules
from modules.insurance.kernel.states import PolicyState
from modules.integration_automation.nerve import NERVE

if TYPE_CHECKING:
    import pandas as pd

Dimension: TypeAlias = Literal["completeness", "uniqueness", "validity", "consistency", "freshness"]
Subject: TypeAlias = Literal["customer", "policy", "receipt", "claim"]
FRESH_DAYS: Final = 730
STALE_DAYS: Final = 180
OLDEST_DAYS: Final = 43_830  # 120 years
GRACE_DAYS: Final = 60  # in which the receipts of an annuity are made out
CENT: Final = 0.005
ROUNDING: Final = 0.12  # EUR that twelve instalments may differ from the premium
RUNNING: Final = (PolicyState.IN_FORCE.value, PolicyState.SUSPENDED.value)
WORD: Final = re.compile(r"[a-z_]+")
BROKER, YEARLY = "broker", "annual"


class Check(NamedTuple):
    """A rule on one record: what it is about, how grave a failure is (3 the gravest), and how it is said."""

    dimension: Dimension
    subject: Subject
    severity: int
    text: str


CHECKS: Final[Mapping[str, Check]] = {
    "no_phone": Check("completeness", "customer", 1, N_("{failed} de {checked} clientes sin teléfono.")),
    "no_email": Check("completeness", "customer", 1, N_("{failed} de {checked} clientes sin correo electrónico.")),
    "no_address": Check("completeness", "customer", 1, N_("{failed} de {checked} clientes sin dirección completa.")),
    "no_birth_date": Check(
        "completeness", "customer", 1, N_("{failed} de {checked} personas sin fecha de nacimiento."),
    ),
    "no_risk": Check(
        "completeness", "policy", 2, N_("{failed} de {checked} pólizas en vigor sin los datos del riesgo asegurado."),
    ),
    "no_cause": Check("completeness", "claim", 1, N_("{failed} de {checked} siniestros sin causa.")),
    "same_person": Check(
        "uniqueness", "customer", 2, N_("{failed} de {checked} fichas repiten nombre y fecha de nacimiento de otra."),
    ),
    "same_email": Check("uniqueness", "customer", 1, N_("{failed} de {checked} correos ya los tiene otro cliente.")),
    "same_phone": Check("uniqueness", "customer", 1, N_("{failed} de {checked} teléfonos ya los tiene otro cliente.")),
    "same_policy": Check("uniqueness", "policy", 3, N_("{failed} de {checked} pólizas repiten número y aseguradora.")),
    "same_receipt": Check("uniqueness", "receipt", 3, N_("{failed} de {checked} recibos repiten número y póliza.")),
    "same_claim": Check(
        "uniqueness", "claim", 2, N_("{failed} de {checked} siniestros repiten póliza, fecha y causa de otro."),
    ),
    "bad_nif": Check("validity", "customer", 3, N_("{failed} de {checked} NIF, NIE o CIF con la letra o cifra mal.")),
    "bad_iban": Check("validity", "customer", 3, N_("{failed} de {checked} IBAN con dígitos de control erróneos.")),
    "bad_phone": Check("validity", "customer", 2, N_("{failed} de {checked} teléfonos que no pueden existir.")),
    "bad_email": Check("validity", "customer", 2, N_("{failed} de {checked} correos mal escritos.")),
    "bad_postcode": Check("validity", "customer", 2, N_("{failed} de {checked} códigos postales que no existen.")),
    "other_province": Check(
        "consistency", "customer", 1, N_("{failed} de {checked} direcciones con el código postal de otra provincia."),
    ),
    "unborn": Check("consistency", "customer", 2, N_("{failed} de {checked} fechas de nacimiento imposibles.")),
    "policy_dates": Check("consistency", "policy", 3, N_("{failed} de {checked} pólizas vencen antes de su efecto.")),
    "policy_premium": Check(
        "consistency", "policy", 2, N_("{failed} de {checked} pólizas cuya prima total no es la suma de sus partes."),
    ),
    "overbilled": Check(
        "consistency", "policy", 3, N_("{failed} de {checked} pólizas con recibos que suman más que su prima anual."),
    ),
    "underbilled": Check(
        "consistency", "policy", 3, N_("{failed} de {checked} pólizas anuales cuyo recibo no llega a la prima."),
    ),
    "unbilled": Check(
        "consistency", "policy", 2, N_("{failed} de {checked} pólizas en vigor sin ningún recibo de la anualidad."),
    ),
    "receipt_sum": Check(
        "consistency", "receipt", 3, N_("{failed} de {checked} recibos cuyo total no es prima, recargos e impuesto."),
    ),
    "receipt_period": Check("consistency", "receipt", 2, N_("{failed} de {checked} recibos con el periodo al revés.")),
    "claim_before": Check(
        "consistency", "claim", 3, N_("{failed} de {checked} siniestros ocurridos antes de existir la póliza."),
    ),
    "claim_after": Check(
        "consistency", "claim", 3, N_("{failed} de {checked} siniestros ocurridos con la póliza ya terminada."),
    ),
    "claim_known": Check(
        "consistency", "claim", 2, N_("{failed} de {checked} siniestros conocidos antes de ocurrir."),
    ),
    "expired": Check(
        "freshness", "policy", 2, N_("{failed} de {checked} pólizas siguen en vigor pasado su vencimiento."),
    ),
    "old_contact": Check(
        "freshness", "customer", 1, N_("{failed} de {checked} fichas de cliente sin tocar desde hace dos años."),
    ),
    "idle_claim": Check(
        "freshness", "claim", 2, N_("{failed} de {checked} siniestros abiertos sin tocar desde hace seis meses."),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a check found: how many rows it was tried on, how many fail, and some of them."""

    code: str
    checked: int
    failed: int
    rows: Sequence[int]  # positions in the table of the check's subject


def outcomes_of(tables: Mapping[Subject, "pd.DataFrame"], today: date) -> list[Outcome]:
    """Try every check on the table of its subject; those that found no row to try are left out."""
    tried: dict[Subject, Callable[[pd.DataFrame, date], list[Outcome]]] = {
        "customer": _of_customers, "policy": _of_policies, "receipt": _of_receipts, "claim": _of_claims,
    }  # fmt: skip
    return [
        outcome
        for kind, checks in tried.items()
        if len(tables[kind])
        for outcome in checks(tables[kind], today)
        if outcome.checked
    ]


def _of_customers(table: "pd.DataFrame", today: date) -> list[Outcome]:
    placed = table["postal_code"].notna() & table["city"].notna()
    told = table.assign(
        address=table["street"].where(placed, None),
        province_of_code=_numbers(table["postal_code"].str.slice(0, 2)),
        province=_numbers(table["province_code"]),
        now=_stamp(today),
        earliest=_stamp(today - timedelta(days=OLDEST_DAYS)),
    )
    return [
        _gaps("no_phone", told, "phone"),
        _gaps("no_email", told, "email"),
        _gaps("no_address", told, "address"),
        _gaps("no_birth_date", told[told["person"]], "birth_date"),
        _repeated("same_person", told, ["search_name", "birth_date"]),
        _repeated("same_email", told, ["email"]),
        _repeated("same_phone", told, ["phone"]),
        _valid("bad_nif", told["id_number"], lambda texts: _identifiers("nif", texts)),
        _valid("bad_iban", told["iban"], lambda texts: _identifiers("iban", texts)),
        _valid("bad_phone", told["phone"], _phones),
        _valid("bad_email", told["email"], _emails),
        _valid("bad_postcode", told["postal_code"], _postcodes),
        _rule("other_province", told, "province_of_code", "eq", "province"),
        _rule("unborn", told, "(birth_date - earliest) * (now - birth_date)", "ge", "0"),
        _stale("old_contact", told["updated_on"], today, FRESH_DAYS),
    ]


def _of_policies(table: "pd.DataFrame", today: date) -> list[Outcome]:
    told = table.assign(now=_stamp(today))
    running = told[told["state"].isin(RUNNING)]
    billed = running[running["billed"].notna()]
    begun = running["effective_on"] < _stamp(today - timedelta(days=GRACE_DAYS))
    return [
        _gaps("no_risk", running, "risk"),
        _repeated("same_policy", told, ["insurer", "ref"]),
        _rule("policy_dates", told, "effective_on", "lt", "expires_on"),
        _rule("policy_premium", told, "net + fractioning + surcharges + ips", "eq", "total"),
        _rule("overbilled", billed, "billed", "le", "total", ROUNDING),
        _rule("underbilled", billed[billed["frequency"] == YEARLY], "billed", "ge", "total", ROUNDING),
        _gaps("unbilled", running[begun & (running["collected_by"] == BROKER)], "billed"),
        _rule("expired", running, "expires_on", "ge", "now"),
    ]


def _of_receipts(table: "pd.DataFrame", today: date) -> list[Outcome]:
    return [
        _repeated("same_receipt", table, ["policy", "ref"]),
        _rule("receipt_sum", table, "premium + surcharges + ips", "eq", "total"),
        _rule("receipt_period", table, "period_from", "le", "period_to"),
    ]


def _of_claims(table: "pd.DataFrame", today: date) -> list[Outcome]:
    return [
        _gaps("no_cause", table, "cause"),
        _repeated("same_claim", table, ["policy", "occurred_on", "cause"]),
        _rule("claim_before", table, "occurred_on", "ge", "started_on"),
        _rule("claim_after", table, "occurred_on", "le", "ended_on"),
        _rule("claim_known", table, "known_on", "ge", "occurred_on"),
        _stale("idle_claim", table["updated_on"][table["open"]], today, STALE_DAYS),
    ]


def _gaps(code: str, table: "pd.DataFrame", column: str) -> Outcome:
    """Rows in which `column` is empty, or holds a text that stands for nothing."""
    if table.empty:
        return Outcome(code, 0, 0, ())
    found = NERVE.compute(operations()["quality_completeness"], {"data": table[[column]]})
    assert isinstance(found, Completeness)
    return Outcome(code, len(table), found.columns[0].missing, [int(table.index[row]) for row in found.rows])


def _repeated(code: str, table: "pd.DataFrame", key: list[str]) -> Outcome:
    """Rows whose whole key an earlier row has; those that are shown are both."""
    found = NERVE.compute(operations()["quality_uniqueness"], {"data": table[key], "key": key})
    assert isinstance(found, Uniqueness)
    rows = [int(table.index[row]) for repetition in found.repetitions for row in repetition.rows]
    return Outcome(code, found.keys + found.repeated, found.repeated, rows)


def _valid(code: str, texts: "pd.Series[Any]", holds: Callable[[list[str]], Sequence[bool]]) -> Outcome:
    """Rows whose text is no such thing; a gap is another check's."""
    there = texts.dropna()
    if there.empty:
        return Outcome(code, 0, 0, ())
    valid = holds([str(text) for text in there])
    wrong = [int(row) for row, ok in zip(there.index, valid, strict=True) if not ok]
    return Outcome(code, len(there), len(wrong), wrong)


def _rule(
    code: str, table: "pd.DataFrame", left: str, compare: Comparison, right: str, tolerance: float = CENT
) -> Outcome:
    """Rows in which the two formulas do not compare so; rows with a gap in one of them are not tried."""
    if table.empty:
        return Outcome(code, 0, 0, ())
    rule = Rule(name=code, left=left, compare=compare, right=right, tolerance=tolerance)
    # Only what the formulas name goes to the engine: a row has texts that no rule is about.
    named = list(dict.fromkeys(WORD.findall(f"{left} {right}")))
    found = NERVE.compute(operations()["validation_check_rules"], {"data": table[named], "rules": [rule]})
    assert isinstance(found, Rules)
    told = found.rules[0]
    return Outcome(code, told.passed + told.failed, told.failed, [int(table.index[row]) for row in told.rows])


def _stale(code: str, touched: "pd.Series[Any]", today: date, days: int) -> Outcome:
    """Records that nobody has written to for so many days."""
    if touched.empty:
        return Outcome(code, 0, 0, ())
    given = {"dates": [stamp.date() for stamp in touched], "as_of": today, "admitted_days": days}
    found = NERVE.compute(operations()["quality_freshness"], given)
    assert isinstance(found, Freshness)
    return Outcome(code, len(touched), found.late, [int(touched.index[row]) for row in found.rows])


def _identifiers(kind: str, texts: list[str]) -> Sequence[bool]:
    found = NERVE.compute(operations()["validation_check_identifier"], {"type": kind, "values": texts})
    assert isinstance(found, Checked)
    return found.valid


def _phones(texts: list[str]) -> Sequence[bool]:
    found = NERVE.compute(operations()["enrichment_normalise_phone"], {"values": texts})
    assert isinstance(found, Phones)
    return [number.valid for number in found.numbers]


def _emails(texts: list[str]) -> Sequence[bool]:
    return [MEANINGS["email"](text) for text in texts]


def _postcodes(texts: list[str]) -> Sequence[bool]:
    found = NERVE.compute(operations()["validation_check_postcode"], {"values": texts})
    assert isinstance(found, CheckedPostcodes)
    return found.valid


def _numbers(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    import pandas as pd

    return pd.to_numeric(texts, errors="coerce").astype(float)


def _stamp(day: date) -> "pd.Timestamp":
    import pandas as pd

    return pd.Timestamp(day)
