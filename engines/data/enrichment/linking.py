"""Records of one person or firm, found within a table or between two (Fellegi-Sunter, by splink)."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from engines.contract import Caution, Computed, Part, Positive, Seed, Share, Table, operation
from engines.data.enrichment.addresses import LONGEST, address_of
from engines.data.enrichment.contacts import fold, name_of
from engines.data.etl.cells import Named
from engines.data.recognition import compact
from engines.data.tables import SMALLER, Cell, plain, tabled
from engines.errors import N_, InsufficientData, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    import pandas as pd

Role: TypeAlias = Literal["name", "id_number", "phone", "email", "birthdate", "address", "postcode", "iban", "exact"]
MOST_RECORDS: Final = 100_000
MOST_PAIRS: Final = 2_000_000
MOST_SHOWN: Final = 5_000
FEW: Final = 500
SAMPLED: Final = 100  # records, under which the matches themselves would pass for chance
TRAINED: Final = 2_000  # records, under which too few pairs are matches to learn from
SMALL: Final = N_(
    "Con {n} registros las probabilidades son orientativas: sirven para ordenar los pares, no como certeza."
)
DEFAULTED: Final = N_(
    "Con tan pocos registros no se estima cuánto varían los datos de una misma persona: se supone lo usual."
)
UNLEARNT: Final = N_(
    "Hay muy pocos pares con el mismo documento de identidad para estimar cuánto varían los datos "
    "de una misma persona: se supone lo usual."
)
LEAST_PAIRS: Final = 30  # pairs of one identifier, under which they teach nothing
BELIEF: Final = 100  # pairs that weigh as much as `BEGIN`
LETTERS: Final = 4  # of a name that candidates share
MANY: Final = 10_000  # records, over which so few letters leave too many pairs of García and López
MORE_LETTERS: Final = 10
FEWER_PAIRS: Final = N_("bloquee por columnas que dejen menos pares")
RANDOM_PAIRS: Final = 1_000_000
BEGIN: Final[dict[Role, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "name": ((0.80, 0.10, 0.06, 0.04), (0.0005, 0.0005, 0.004, 0.995)),
    "address": ((0.65, 0.10, 0.05, 0.20), (0.002, 0.001, 0.003, 0.994)),
    "email": ((0.70, 0.10, 0.20), (0.001, 0.001, 0.998)),
    "id_number": ((0.92, 0.05, 0.03), (0.0001, 0.0001, 0.9998)),
    "iban": ((0.80, 0.05, 0.15), (0.0005, 0.0001, 0.9994)),
    "phone": ((0.70, 0.05, 0.25), (0.001, 0.0005, 0.9985)),
    "birthdate": ((0.93, 0.04, 0.03), (0.0001, 0.002, 0.9979)),
    "postcode": ((0.80, 0.20), (0.02, 0.98)),
    "exact": ((0.90, 0.10), (0.05, 0.95)),
}
"""m and u of each level, likest first, before training: a person moves house and telephone, seldom name or NIF."""


class MatchField(Part):
    """A column that is compared, and how: names and addresses by likeness, identifiers by being equal or nearly so.

    `exact` compares any other column for equality.
    """

    model_config = ConfigDict(extra="forbid")

    column: Named
    role: Role


class FieldWeight(Part):
    """What one field says of a pair: log2 of how much likelier it is of one person than of two."""

    column: str
    bits: float


class Agreeing(Part):
    """A field of a pair of records: m is the chance that it agrees within a match, u that it does by chance."""

    model_config = ConfigDict(extra="forbid")

    m: Annotated[float, Field(gt=0, lt=1)]
    u: Annotated[float, Field(gt=0, lt=1)]
    agree: bool


class MatchWeight(Computed):
    """Bits of each field, their sum, and the probability that the pair is a match."""

    weights_bits: list[float]
    total_bits: float
    posterior: float


class Pair(Part):
    """Two records that may be one: weight in bits, probability, and what each field contributes, strongest first."""

    left: str
    right: str
    weight: float
    probability: float
    reasons: list[FieldWeight]


class Links(Computed):
    """Pairs above the threshold, surest first, and the groups that they form; nothing is merged."""

    pairs: list[Pair]
    clusters: list[list[str]]
    compared: int
    threshold: float


@operation(
    "Peso de coincidencia",
    examples=(
        "Calcula el peso en bits y la probabilidad de que dos registros sean la misma persona con estos m y u",
        "Fellegi-Sunter match weight and posterior of these fields with m and u probabilities",
    ),
)
def match_weight(
    fields: Annotated[list[Agreeing], Field(min_length=1, max_length=100)], prior_odds: Positive
) -> MatchWeight:
    """Add up what each field says for or against two records being one.

    A field that agrees weighs log2(m/u), one that does not log2((1-m)/(1-u)); fields are taken as independent.

    Args:
        fields: m, u and whether the field agrees.
        prior_odds: odds that any pair is a match before it is looked at, such as 1/10000.

    Raises:
        InvalidInput: m, u or the odds outside their bounds.

    Source: Fellegi & Sunter, "A Theory for Record Linkage", JASA 64 (1969), section 2; Winkler (2006), section 2.2.
    """
    import math

    bits = [math.log2(f.m / f.u) if f.agree else math.log2((1 - f.m) / (1 - f.u)) for f in fields]
    total = math.fsum(bits) + math.log2(prior_odds)
    return MatchWeight(
        n=len(fields), weights_bits=bits, total_bits=math.fsum(bits), posterior=1 / (1 + 2.0 ** min(-total, 1000.0))
    )


@operation(
    "Registros duplicados",
    examples=(
        "Busca registros duplicados en esta tabla por nombre, NIF, teléfono y dirección, con su probabilidad",
        "Find duplicate records in this table by probabilistic record linkage",
    ),
    heavy=True,
)
def dedupe(
    data: Table,
    id: Named,
    fields: Annotated[list[MatchField], Field(min_length=1, max_length=12)],
    blocking: Annotated[list[list[Named]], Field(max_length=10)] = [],  # noqa: B006 (never written to)
    threshold: Share = 0.9,
    seed: Seed = 0,
) -> Links:
    """Find records of one table that are likely the same person or firm; nothing is merged.

    Values are normalised first (accents, order of surnames, road types, separators). Chances of agreement by chance
    (u) are drawn from random pairs. Those within matches (m) are the usual ones, in a large table corrected by
    expectation-maximisation over the pairs that share an identifier.

    Args:
        data: the table.
        id: the column that tells records apart.
        fields: what is compared, and as what.
        blocking: columns that candidates share, one list a rule; by default every identifier, telephone, e-mail and
            birth date by itself, and the first letters of the name; below 1,000 records all pairs are looked at.
        threshold: least probability of a pair that is given back.
        seed: of the random pairs.

    Raises:
        InvalidInput: a column is missing, named twice, or an id repeats.
        InsufficientData: fewer than two records.
        LimitExceeded: more than 100,000 records, or two million pairs to compare.

    Source: Fellegi & Sunter, JASA 64 (1969); Linacre et al., "Splink", International Journal of Population Data
    Science 7 (2022).
    """
    rows = _prepared(data, "data", id, fields, blocking)
    if len(rows) < 2:
        raise InsufficientData("data", 2, len(rows))
    return _linked([rows], "dedupe_only", fields, blocking, threshold, seed)


@operation(
    "Enlazar dos tablas",
    examples=(
        "Enlaza nuestra lista de clientes con la de la aseguradora aunque los nombres no estén escritos igual",
        "Link the records of these two tables that are the same person",
    ),
    heavy=True,
)
def link(
    left: Table,
    right: Table,
    id: Named,
    fields: Annotated[list[MatchField], Field(min_length=1, max_length=12)],
    blocking: Annotated[list[list[Named]], Field(max_length=10)] = [],  # noqa: B006 (never written to)
    threshold: Share = 0.9,
    seed: Seed = 0,
) -> Links:
    """Find which records of one table are likely those of another; both tables name their columns alike.

    Args:
        left: a table.
        right: the other.
        id: the column that tells records apart, in both.
        fields: what is compared, and as what, as in dedupe.
        blocking: columns that candidates share, as in dedupe.
        threshold: least probability of a pair that is given back.
        seed: of the random pairs.

    Raises:
        InvalidInput: a column is missing, named twice, or an id repeats in its table.
        LimitExceeded: more than 100,000 records, or two million pairs to compare.

    Source: Fellegi & Sunter, JASA 64 (1969); Linacre et al., "Splink", International Journal of Population Data
    Science 7 (2022).
    """
    tables = [_prepared(left, "left", id, fields, blocking), _prepared(right, "right", id, fields, blocking)]
    return _linked(tables, "link_only", fields, blocking, threshold, seed)


def _prepared(
    data: Table, argument: str, id: str, fields: Sequence[MatchField], blocking: Sequence[Sequence[str]]
) -> "pd.DataFrame":
    """The columns that are compared, normalised, under names that come from nobody."""
    import pandas as pd

    names = [f.column for f in fields]
    if len(set(names)) != len(names):
        raise InvalidInput("fields", N_("nombra dos veces la misma columna"))
    rows = tabled(data, argument, [id, *names, *(c for rule in blocking for c in rule)])
    if len(rows) > MOST_RECORDS:
        raise LimitExceeded(argument, MOST_RECORDS, len(rows), SMALLER)
    ids = [plain(value) for value in rows[id].array]
    if None in ids or len(set(ids)) != len(ids):
        raise InvalidInput("id", N_("debe ser distinto en cada registro y no faltar en ninguno"))
    made: dict[str, list[str | None]] = {"unique_id": [str(value) for value in ids]}
    for place, f in enumerate(fields):
        values = [plain(value) for value in rows[f.column].array]
        made[f"f{place}"] = [_normal(value, f.role) for value in values]
        if f.role == "name":
            first = LETTERS if len(rows) <= MANY else MORE_LETTERS
            made[f"b{place}"] = [text[:first] if text else None for text in made[f"f{place}"]]
    for place, rule in enumerate(blocking):
        for at, name in enumerate(rule):
            # What is compared in one form is shared in that form: +34 612… and 612… are one telephone.
            made[f"k{place}_{at}"] = (
                made[f"f{names.index(name)}"] if name in names
                else [None if (v := plain(x)) is None else fold(str(v)) or None for x in rows[name].array]
            )  # fmt: skip
    return pd.DataFrame(made, dtype=object).sort_values("unique_id", ignore_index=True)


def _normal(value: Cell, role: Role) -> str | None:
    """`value` as it is compared; None if there is none."""
    text = "" if value is None else str(value).strip()
    if not text or not any(c.isalnum() for c in text):
        return None
    match role:
        case "name":
            # Surname first, so that the first letters of the key are those that differ least.
            found = name_of(text[:300]) if any(c.isalpha() for c in text) else None
            if found is None:
                return None
            parts = [found.surname_1, found.surname_2, found.given] if found.legal_form is None else [found.full]
            return (fold(" ".join(p for p in parts if p)) if any(parts) and not found.legal_form else found.key) or None
        case "address":
            return address_of(text[:LONGEST]).key or None
        case "phone":
            digits = "".join(c for c in text if c.isdigit())
            return digits[-9:] or None
        case "email":
            return text.lower()
        case "birthdate":
            return text[:10]
        case "exact":
            return fold(text) or None
        case _:
            return compact(text) or None


def _comparison(place: int, role: Role) -> Any:
    """How a field is compared, level by level, with the chances it begins with (`BEGIN`)."""
    import splink.comparison_library as cl

    column = f"f{place}"
    match role:
        case "name":
            made: Any = cl.JaroWinklerAtThresholds(column, [0.95, 0.88])
        case "address":
            made = cl.JaroWinklerAtThresholds(column, [0.95, 0.9])
        case "email":
            made = cl.JaroWinklerAtThresholds(column, [0.95])
        case "id_number" | "iban" | "phone" | "birthdate":
            made = cl.DamerauLevenshteinAtThresholds(column, [1])
        case _:
            made = cl.ExactMatch(column)
    m, u = BEGIN[role]
    return made.configure(m_probabilities=list(m), u_probabilities=list(u))


def _linked(
    tables: "list[pd.DataFrame]", kind: Literal["dedupe_only", "link_only"], fields: Sequence[MatchField],
    blocking: Sequence[Sequence[str]], threshold: float, seed: int,
) -> Links:  # fmt: skip
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    records = sum(len(rows) for rows in tables)
    possible = records * (records - 1) // 2 if kind == "dedupe_only" else len(tables[0]) * len(tables[1])
    keys = [[f"k{p}_{at}" for at in range(len(rule))] for p, rule in enumerate(blocking) if rule]
    # A postcode, a sex or a province leaves too many pairs, unless nothing else is compared.
    telling = [(p, f) for p, f in enumerate(fields) if f.role not in ("postcode", "exact")] or list(enumerate(fields))
    keys = keys or [[f"b{p}" if f.role == "name" else f"f{p}"] for p, f in telling]
    everything = not blocking and records <= 1_000
    compared = possible if everything else _pairs(tables, keys)
    if compared > MOST_PAIRS:
        raise LimitExceeded("blocking", MOST_PAIRS, compared, FEWER_PAIRS)
    rules: list[Any] = ["1=1"] if everything else [block_on(*key) for key in keys]
    with _quiet(), duckdb.connect(":memory:", config={"threads": "1", "enable_external_access": "false"}) as held:
        api = DuckDBAPI(connection=held)
        settings = SettingsCreator(
            link_type=kind, comparisons=[_comparison(p, f.role) for p, f in enumerate(fields)],
            blocking_rules_to_generate_predictions=rules, retain_intermediate_calculation_columns=True,
            retain_matching_columns=False, probability_two_random_records_match=min(0.5, 1 / max(records, 2)),
        )  # fmt: skip
        linker = Linker([api.register(rows) for rows in tables], settings, log_level=logging.ERROR)
        learnt, told = _train(linker, tables, fields, seed)
        frame = linker.inference.predict(threshold_match_probability=None).as_pandas_dataframe()  # type: ignore[no-untyped-call]
    found = _read(frame, fields, threshold)
    said = [Caution(text=SMALL, values={"n": records})] if records < FEW else []
    return Links(
        method=_method(records, learnt), library="splink", n=records, seed=seed,
        warnings=(*said, *told), pairs=found[:MOST_SHOWN], clusters=_clusters(found, kind), compared=compared,
        threshold=threshold,
    )  # fmt: skip


def _train(
    linker: Any, tables: "list[pd.DataFrame]", fields: Sequence[MatchField], seed: int
) -> tuple[int, list[Caution]]:
    """Estimate u from random pairs and, where enough pairs share an identifier, m from those.

    Of pairs that share a name or a birth date most are two persons, and those that share a telephone may be a family:
    what they teach would make an unlike identifier count for nothing. An identifier alone proves that a pair is one.

    Returns:
        How many pairs taught m, and what must be said.
    """
    from splink import block_on
    from splink.internals.exceptions import EMTrainingException, SplinkException

    records = sum(len(rows) for rows in tables)
    if records >= SAMPLED:
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed, min_count_per_level=None)
    if records < TRAINED:
        return 0, [Caution(text=DEFAULTED)]
    learnt = 0
    for place, f in enumerate(fields):
        pairs = _pairs(tables, [[f"f{place}"]]) if f.role == "id_number" else 0
        if pairs >= LEAST_PAIRS:
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(
                    block_on(f"f{place}"), fix_probability_two_random_records_match=True
                )
            except (EMTrainingException, SplinkException):
                continue  # no pair agrees in that field
            learnt += pairs
    _temper(linker, fields, learnt)
    return learnt, [] if learnt else [Caution(text=UNLEARNT)]


def _temper(linker: Any, fields: Sequence[MatchField], learnt: int) -> None:
    """Weigh what `learnt` pairs taught with what is usual, so that a level that none of them shows stays possible."""
    weight = learnt / (learnt + BELIEF)
    for comparison, f in zip(linker._settings_obj.comparisons, fields, strict=True):
        levels = [level for level in comparison.comparison_levels if not level.is_null_level]
        taught = any(level._trained_m_probabilities for level in levels)
        for level, usual in zip(levels, BEGIN[f.role][0], strict=True):
            level.m_probability = weight * (level.m_probability or 0.0) + (1 - weight) * usual if taught else usual


def _method(records: int, learnt: int) -> str:
    sampled = "sampled" if records >= SAMPLED else "usual"
    return f"Fellegi-Sunter, u {sampled}, m {'by EM' if learnt else 'usual'}"


def _pairs(tables: "list[pd.DataFrame]", keys: Sequence[Sequence[str]]) -> int:
    """How many pairs the rules let through, counted rule by rule (an upper bound)."""
    total = 0
    for key in keys:
        sizes = [rows.dropna(subset=list(key)).groupby(list(key)).size() for rows in tables]
        if len(sizes) == 1:
            total += int((sizes[0] * (sizes[0] - 1) // 2).sum())
        else:
            total += int(sizes[0].mul(sizes[1], fill_value=0).sum())
    return total


def _read(frame: "pd.DataFrame", fields: Sequence[MatchField], threshold: float) -> list[Pair]:
    found = []
    for row in frame[frame["match_probability"] >= threshold].to_dict(orient="records"):
        reasons = [FieldWeight(column=f.column, bits=float(row[f"mw_f{p}"])) for p, f in enumerate(fields)]
        found.append(
            Pair(
                left=row["unique_id_l"], right=row["unique_id_r"], weight=row["match_weight"],
                probability=row["match_probability"], reasons=sorted(reasons, key=lambda r: -abs(r.bits)),
            )
        )  # fmt: skip
    return sorted(found, key=lambda p: (-p.weight, p.left, p.right))


def _clusters(pairs: Sequence[Pair], kind: str) -> list[list[str]]:
    """Records that hang together by pairs, larger groups first."""
    group: dict[str, str] = {}

    def root(name: str) -> str:
        while group.setdefault(name, name) != name:
            name = group[name]
        return name

    for pair in pairs:
        # Ids of two tables may be the same word: each side has its own.
        right = pair.right if kind == "dedupe_only" else f"\u2192{pair.right}"
        one, two = root(pair.left), root(right)
        group[max(one, two)] = min(one, two)
    members: dict[str, list[str]] = {}
    for name in sorted(group):
        members.setdefault(root(name), []).append(name.removeprefix("\u2192"))
    return sorted(members.values(), key=lambda names: (-len(names), names))


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells its training in the log, and draws a bar of progress: neither is for a person here."""
    log = logging.getLogger("splink")
    before, spread = log.level, log.propagate
    log.setLevel(logging.ERROR)
    log.propagate = False
    try:
        yield
    finally:
        log.setLevel(before)
        log.propagate = spread
