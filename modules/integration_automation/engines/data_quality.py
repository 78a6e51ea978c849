"""Quality of the data (*calidad de los datos*): what the book lacks, repeats, writes wrong or contradicts.

Each check is a plain rule that anybody can repeat on one record; the engines count, this says what
the rule is and which records break it. Nothing is corrected here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from sqlalchemy import Text, cast, func
from sqlmodel import col, select

from core.context import Context
from core.errors import Conflict
from core.i18n import N_, Locale, translate
from engines import operations
from engines.charts import Chart
from engines.data.enrichment.contacts import Phones
from engines.data.quality.measures import Completeness, Freshness, Scored, Uniqueness
from engines.data.quality.measures import Dimension as Measured
from engines.data.recognition import MEANINGS
from engines.data.validation.identifiers import Checked, CheckedPostcodes
from engines.data.validation.rules import Comparison, Rule, Rules
from modules.core_business.crm.lookup import alive as customers_alive
from modules.core_business.crm.records import Customer, CustomerKind
from modules.insurance.kernel.lookup import alive
from modules.insurance.kernel.records import Claim, Policy, Receipt, Term
from modules.insurance.kernel.states import ClaimState, PolicyState, ReceiptState
from modules.integration_automation.engines.saying import said_chart
from modules.integration_automation.nerve import NERVE
from tools import Risk, tool
from tools.results import Result

if TYPE_CHECKING:
    import pandas as pd

Dimension: TypeAlias = Literal["completeness", "uniqueness", "validity", "consistency", "freshness"]
Subject: TypeAlias = Literal["customer", "policy", "receipt", "claim"]
MOST: Final = 200_000  # rows of a table
FRESH_DAYS: Final = 730
STALE_DAYS: Final = 180
OLDEST_DAYS: Final = 43_830  # 120 years
EARLY_DAYS: Final = 10
GRACE_DAYS: Final = 60  # in which the receipts of an annuity are made out
CENT: Final = 0.005
ROUNDING: Final = 0.12  # EUR that twelve instalments may differ from the premium
RUNNING: Final = (PolicyState.IN_FORCE.value, PolicyState.SUSPENDED.value)
VOID: Final = (ReceiptState.CANCELLED.value, ReceiptState.REFUNDED.value)
ENDED: Final = (ClaimState.PAID.value, ClaimState.CLOSED.value, ClaimState.REJECTED.value)
BILLED: Final = ("new", "renewal", "instalment")
BROKER, YEARLY = "broker", "annual"
WORD: Final = re.compile(r"[a-z_]+")
SHOWN: Final = 5  # records of a finding
DIMENSIONS: Final[Mapping[Dimension, str]] = {
    "completeness": N_("completitud"), "uniqueness": N_("unicidad"), "validity": N_("validez"),
    "consistency": N_("coherencia"), "freshness": N_("actualidad"),
}  # fmt: skip
CHECKS: Final[Mapping[str, tuple[Dimension, Subject, int, str]]] = {
    "no_phone": ("completeness", "customer", 1, N_("{failed} de {checked} clientes sin teléfono.")),
    "no_email": ("completeness", "customer", 1, N_("{failed} de {checked} clientes sin correo electrónico.")),
    "no_address": ("completeness", "customer", 1, N_("{failed} de {checked} clientes sin dirección completa.")),
    "no_birth_date": ("completeness", "customer", 1, N_("{failed} de {checked} personas sin fecha de nacimiento.")),
    "no_risk": (
        "completeness", "policy", 2, N_("{failed} de {checked} pólizas en vigor sin los datos del riesgo asegurado."),
    ),
    "no_cause": ("completeness", "claim", 1, N_("{failed} de {checked} siniestros sin causa.")),
    "same_person": (
        "uniqueness", "customer", 2, N_("{failed} de {checked} fichas repiten nombre y fecha de nacimiento de otra."),
    ),
    "same_email": ("uniqueness", "customer", 1, N_("{failed} de {checked} correos ya los tiene otro cliente.")),
    "same_phone": ("uniqueness", "customer", 1, N_("{failed} de {checked} teléfonos ya los tiene otro cliente.")),
    "same_policy": ("uniqueness", "policy", 3, N_("{failed} de {checked} pólizas repiten número y aseguradora.")),
    "same_receipt": ("uniqueness", "receipt", 3, N_("{failed} de {checked} recibos repiten número y póliza.")),
    "same_claim": (
        "uniqueness", "claim", 2, N_("{failed} de {checked} siniestros repiten póliza, fecha y causa de otro."),
    ),
    "bad_nif": ("validity", "customer", 3, N_("{failed} de {checked} NIF, NIE o CIF con la letra o cifra mal.")),
    "bad_iban": ("validity", "customer", 3, N_("{failed} de {checked} IBAN con dígitos de control erróneos.")),
    "bad_phone": ("validity", "customer", 2, N_("{failed} de {checked} teléfonos que no pueden existir.")),
    "bad_email": ("validity", "customer", 2, N_("{failed} de {checked} correos mal escritos.")),
    "bad_postcode": ("validity", "customer", 2, N_("{failed} de {checked} códigos postales que no existen.")),
    "other_province": (
        "consistency", "customer", 1, N_("{failed} de {checked} direcciones con el código postal de otra provincia."),
    ),
    "unborn": ("consistency", "customer", 2, N_("{failed} de {checked} fechas de nacimiento imposibles.")),
    "policy_dates": ("consistency", "policy", 3, N_("{failed} de {checked} pólizas vencen antes de su efecto.")),
    "policy_premium": (
        "consistency", "policy", 2, N_("{failed} de {checked} pólizas cuya prima total no es la suma de sus partes."),
    ),
    "overbilled": (
        "consistency", "policy", 3, N_("{failed} de {checked} pólizas con recibos que suman más que su prima anual."),
    ),
    "underbilled": (
        "consistency", "policy", 3, N_("{failed} de {checked} pólizas anuales cuyo recibo no llega a la prima."),
    ),
    "unbilled": (
        "consistency", "policy", 2, N_("{failed} de {checked} pólizas en vigor sin ningún recibo de la anualidad."),
    ),
    "receipt_sum": (
        "consistency", "receipt", 3, N_("{failed} de {checked} recibos cuyo total no es prima, recargos e impuesto."),
    ),
    "receipt_period": ("consistency", "receipt", 2, N_("{failed} de {checked} recibos con el periodo al revés.")),
    "claim_before": (
        "consistency", "claim", 3, N_("{failed} de {checked} siniestros ocurridos antes de existir la póliza."),
    ),
    "claim_after": (
        "consistency", "claim", 3, N_("{failed} de {checked} siniestros ocurridos con la póliza ya terminada."),
    ),
    "claim_known": (
        "consistency", "claim", 2, N_("{failed} de {checked} siniestros conocidos antes de ocurrir."),
    ),
    "expired": ("freshness", "policy", 2, N_("{failed} de {checked} pólizas siguen en vigor pasado su vencimiento.")),
    "old_contact": (
        "freshness", "customer", 1, N_("{failed} de {checked} fichas de cliente sin tocar desde hace dos años."),
    ),
    "idle_claim": (
        "freshness", "claim", 2, N_("{failed} de {checked} siniestros abiertos sin tocar desde hace seis meses."),
    ),
}  # fmt: skip
"""Each check by its code: dimension, what it looks at, how grave (3 the gravest), and how it is said."""
PASSED: Final = N_("{name} {points}")
TOLD: Final = N_(
    "La calidad de los datos es de {points} sobre 100 ({dimensions}), en {records} registros y {checks} comprobaciones."
    " {worst}"
)
CLEAN: Final = N_("No se ha encontrado ningún fallo.")
WORST: Final = N_("Lo primero que conviene mirar: {findings}")
RULES_ONLY: Final = N_(
    "Son reglas de forma y de coherencia: un dato bien escrito puede no ser verdad, y nadie lo ha contrastado fuera."
)
IMPORTED: Final = N_(
    "La actualidad se mide por la última escritura: los datos importados parecen tan nuevos como su carga."
)
PARTIAL: Final = N_("Se han mirado los primeros {n} registros de cada tabla.")


class NothingToMeasure(Conflict):
    """The tenant has no rows in its main tables."""

    text = N_("Todavía no hay clientes ni pólizas cuya calidad medir.")


class FaultyRecord(Result):
    """A record that breaks a rule: what it is, how it is found again, and how people call it."""

    kind: Subject
    ref: str
    label: str


class QualityFinding(Result):
    """A rule that some records break; `share` of those it was tried on, `severity` 3 the gravest."""

    code: str
    dimension: Dimension
    kind: Subject
    severity: int
    failed: int
    checked: int
    share: float
    text: str
    records: tuple[FaultyRecord, ...]


class DimensionScore(Result):
    """How much of a dimension's checks pass, in points of 100."""

    dimension: Dimension
    name: str
    score: float
    checks: int


class DatabaseQuality(Result):
    """The quality of the tenant's main tables: scores in points of 100, and findings, gravest and widest first."""

    as_of: date
    score: float
    dimensions: tuple[DimensionScore, ...]
    findings: tuple[QualityFinding, ...]
    rows: dict[str, int]
    checks: int
    cautions: tuple[str, ...]
    charts: tuple[Chart, ...]

    def told(self, locale: Locale) -> str:
        """The score, each dimension's, and the three worst findings."""
        dimensions = ", ".join(translate(PASSED, locale, name=d.name, points=f"{d.score:.0f}") for d in self.dimensions)
        named = [
            f"{f.text.rstrip('.')} ({', '.join(record.label for record in f.records[:3])})." if f.records else f.text
            for f in self.findings[:3]
        ]
        worst = translate(WORST, locale, findings=" ".join(named)) if named else translate(CLEAN, locale)
        return translate(
            TOLD, locale, points=f"{self.score:.0f}", dimensions=dimensions, records=sum(self.rows.values()),
            checks=self.checks, worst=worst,
        )  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a check found: how many rows it was tried on, how many fail, and some of them."""

    code: str
    checked: int
    failed: int
    rows: Sequence[int]  # positions in the table of the check's subject


@tool(
    Risk.READ,
    permission="crm:read",
    title=N_("Informe de calidad de los datos"),
    engine="quality",
    examples=(
        "Hazme el informe de calidad de los datos",
        "¿Qué calidad tienen los datos de la base de datos de la correduría?",
        "¿Qué errores hay en los datos de clientes, pólizas, recibos y siniestros?",
        "¿Qué recibos no cuadran con la prima y qué pólizas están sin riesgo?",
        "Data quality report of the whole database",
    ),
)
def report_database(ctx: Context) -> DatabaseQuality:
    """Measure how complete, single, valid, consistent and fresh customers, policies, receipts and claims are.

    Each dimension's score is the share of its checks that pass, weighted by the records tried; the whole is the
    mean of the dimensions. Findings name the records, gravest first. Nothing is corrected.

    Source: ISO/IEC 25012 (2008), characteristics of data quality; Pipino, Lee & Wang, CACM 45 (2002).
    """
    tables = {
        "customer": _customers(ctx), "policy": _policies(ctx), "receipt": _receipts(ctx), "claim": _claims(ctx),
    }  # fmt: skip
    if not len(tables["customer"]) and not len(tables["policy"]):
        raise NothingToMeasure()
    outcomes = [
        outcome
        for kind, tried in (
            ("customer", _of_customers), ("policy", _of_policies), ("receipt", _of_receipts), ("claim", _of_claims),
        )
        if len(tables[kind])
        for outcome in tried(tables[kind], ctx.today)
        if outcome.checked
    ]  # fmt: skip
    locale = ctx.actor.locale
    dimensions = [_dimension(code, [o for o in outcomes if CHECKS[o.code][0] == code], locale) for code in DIMENSIONS]
    measured = [dimension for dimension in dimensions if dimension is not None]
    whole = _scored([Measured(name=d.name, score=d.score / 100) for d in measured])
    findings = [_finding(o, tables[CHECKS[o.code][1]], locale) for o in outcomes if o.failed]
    findings.sort(key=lambda f: (-f.severity, -f.share, f.code))
    cautions = [translate(RULES_ONLY, locale), translate(IMPORTED, locale)]
    if any(len(table) >= MOST for table in tables.values()):
        cautions.append(translate(PARTIAL, locale, n=MOST))
    return DatabaseQuality(
        as_of=ctx.today, score=round(100 * whole.score, 1), dimensions=tuple(measured), findings=tuple(findings),
        rows={kind: len(table) for kind, table in tables.items()}, checks=len(outcomes), cautions=tuple(cautions),
        charts=tuple(said_chart(chart, locale) for chart in whole.charts),
    )  # fmt: skip


def _dimension(code: Dimension, tried: Sequence[Outcome], locale: Locale) -> DimensionScore | None:
    if not tried:
        return None
    parts = [Measured(name=o.code, score=1 - o.failed / o.checked, weight=o.checked) for o in tried]
    name = translate(DIMENSIONS[code], locale)
    return DimensionScore(dimension=code, name=name, score=round(100 * _scored(parts).score, 1), checks=len(tried))


def _scored(parts: list[Measured]) -> Scored:
    found = NERVE.compute(operations()["quality_score"], {"dimensions": parts})
    assert isinstance(found, Scored)
    return found


def _finding(outcome: Outcome, table: "pd.DataFrame", locale: Locale) -> QualityFinding:
    dimension, kind, severity, text = CHECKS[outcome.code]
    records = tuple(
        FaultyRecord(kind=kind, ref=str(table["ref"].loc[row]), label=str(table["label"].loc[row]))
        for row in outcome.rows[:SHOWN]
    )
    return QualityFinding(
        code=outcome.code, dimension=dimension, kind=kind, severity=severity, failed=outcome.failed,
        checked=outcome.checked, share=round(outcome.failed / outcome.checked, 4), records=records,
        text=translate(text, locale, failed=outcome.failed, checked=outcome.checked),
    )  # fmt: skip


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


def _customers(ctx: Context) -> "pd.DataFrame":
    wanted = select(Customer).where(customers_alive()).order_by(col(Customer.id)).limit(MOST)
    return _frame(
        [
            {
                "ref": str(c.id), "label": c.name, "person": c.birth_date is not None or c.kind == CustomerKind.PERSON,
                "id_number": c.id_number, "search_name": c.search_name, "birth_date": c.birth_date, "email": c.email,
                "phone": c.phone, "street": c.street, "postal_code": c.postal_code, "city": c.city,
                "province_code": c.province_code, "iban": c.iban, "updated_on": c.updated_at,
            }
            for c in ctx.session.exec(wanted)
        ],
        days=("birth_date", "updated_on"),
    )  # fmt: skip


def _policies(ctx: Context) -> "pd.DataFrame":
    """Policies with whether their risk is known, and what the receipts of the running annuity add up to."""
    risks = set(ctx.session.exec(select(Term.policy_id).where(alive(Term), cast(col(Term.risk), Text) != "{}")))
    billed = select(Receipt.policy_id, func.sum(Receipt.total)).join(Policy, col(Policy.id) == Receipt.policy_id)
    billed = billed.where(
        alive(Receipt),
        col(Receipt.state).not_in(VOID),
        col(Receipt.kind).in_(BILLED),
        # A receipt may begin some days before its annuity: insurers round to a day of theirs.
        col(Receipt.period_from) >= col(Policy.effective_on) - EARLY_DAYS,
        col(Receipt.period_from) < col(Policy.expires_on) - EARLY_DAYS,
    ).group_by(col(Receipt.policy_id))
    sums = {policy: total for policy, total in ctx.session.exec(billed)}
    wanted = select(Policy).where(alive(Policy)).order_by(col(Policy.id)).limit(MOST)
    return _frame(
        [
            {
                "ref": p.policy_number, "label": p.policy_number, "insurer": str(p.insurer_id), "state": p.state,
                "frequency": p.payment_frequency, "collected_by": p.collected_by, "effective_on": p.effective_on,
                "expires_on": p.expires_on, "net": float(p.net_premium),
                "fractioning": float(p.fractioning_surcharge), "surcharges": float(p.surcharges), "ips": float(p.ips),
                "total": float(p.total_premium), "risk": "known" if p.id in risks or p.object_ref else None,
                "billed": float(sums[p.id]) if p.id in sums else None,
            }
            for p in ctx.session.exec(wanted)
        ],
        days=("effective_on", "expires_on"),
    )  # fmt: skip


def _receipts(ctx: Context) -> "pd.DataFrame":
    wanted = select(Receipt).where(alive(Receipt)).order_by(col(Receipt.id).desc()).limit(MOST)
    return _frame(
        [
            {
                "ref": r.receipt_number, "label": r.receipt_number, "policy": str(r.policy_id),
                "premium": float(r.premium), "surcharges": float(r.surcharges), "ips": float(r.ips),
                "total": float(r.total), "period_from": r.period_from, "period_to": r.period_to,
            }
            for r in ctx.session.exec(wanted)
        ],
        days=("period_from", "period_to"),
    )  # fmt: skip


def _claims(ctx: Context) -> "pd.DataFrame":
    wanted = (
        select(Claim, Policy)
        .join(Policy, col(Policy.id) == Claim.policy_id)
        .where(alive(Claim))
        .order_by(col(Claim.id).desc())
        .limit(MOST)
    )
    return _frame(
        [
            {
                "ref": c.claim_number, "label": c.claim_number, "policy": str(c.policy_id), "cause": c.cause,
                "occurred_on": c.occurred_on, "known_on": c.known_on, "started_on": p.started_on,
                "ended_on": p.ended_on, "open": c.state not in ENDED, "updated_on": c.updated_at,
            }
            for c, p in ctx.session.exec(wanted)
        ],
        days=("occurred_on", "known_on", "started_on", "ended_on", "updated_on"),
    )  # fmt: skip


def _frame(rows: list[dict[str, Any]], days: Sequence[str]) -> "pd.DataFrame":
    """Rows as a frame: empty texts are gaps, days are dates without a zone."""
    import pandas as pd

    found = pd.DataFrame(rows)
    for name in found.columns:
        if name in days:
            found[name] = pd.to_datetime(found[name], utc=True).dt.tz_localize(None)
        elif found[name].dtype.kind == "O" or str(found[name].dtype) == "str":
            texts = [None if value is None or value != value or value == "" else value for value in found[name]]
            found[name] = pd.Series(texts, dtype=object)
    return found


def _numbers(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    import pandas as pd

    return pd.to_numeric(texts, errors="coerce").astype(float)


def _stamp(day: date) -> "pd.Timestamp":
    import pandas as pd

    return pd.Timestamp(day)
