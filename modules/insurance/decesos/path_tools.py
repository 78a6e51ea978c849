"""The path that a client was shown (*senda firmada*): kept with its digest, and signed, before the contract."""

import hashlib
import json
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import Field
from sqlmodel import select

from core.context import Context
from core.errors import BadArguments, Conflict, NotFound
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from core.money import Money, format_money
from modules.insurance.decesos.line import LINE
from modules.insurance.decesos.paths import MODALITIES
from modules.insurance.decesos.records import PremiumPath
from modules.insurance.decesos.risk import DecesosRisk
from modules.insurance.decesos.tools import whole_path
from modules.insurance.kernel.fields import Words
from modules.insurance.kernel.lookup import QuoteRef, alive, as_uuid, by_id, given, one_of, resolve_quote
from modules.insurance.kernel.numbering import next_number
from modules.insurance.kernel.records import Quote
from modules.insurance.kernel.views import day
from tools import Risk, Slot, tool
from tools.results import Result

PathRef: TypeAlias = Annotated[
    str, Slot(ref="premium_path", ask=N_("¿Qué senda? Indique el número."), pattern=r"\bSP-\d{4}-\d{6}\b")
]


class PathNotFound(NotFound):
    """No path of this tenant answers to the reference."""

    text = N_("No encuentro ninguna senda de primas «{ref}». Indique su número, como SP-2026-000001.")


class SignedAlready(Conflict):
    """The path was signed before; a changed one is a new path."""

    text = N_("La senda {path} ya se firmó el {on}.")


class KeptPath(Result):
    """A path that is kept for the client."""

    path: Annotated[str, Slot(ref="premium_path")]
    quote: str
    modality: str
    service_value: Money
    lives: int
    tariff_version: str
    digest: str
    signed_on: date | None

    def told(self, locale: Locale) -> str:
        """Number, quote, and whether it is signed."""
        text = N_("Senda {path} de la cotización {quote}: {modality}, servicio de {value}, asegurados: {lives}.")
        said = translate(
            text, locale, path=self.path, quote=self.quote, modality=translate(MODALITIES[self.modality], locale),
            value=format_money(self.service_value, locale), lives=self.lives,
        )  # fmt: skip
        signed = (
            translate(N_("Firmada el {on}."), locale, on=day(self.signed_on)) if self.signed_on
            else translate(N_("Falta la firma del tomador."), locale)
        )  # fmt: skip
        return f"{said} {signed}"


@tool(
    Risk.DRAFT,
    permission="decesos:quote",
    title=N_("Guardar la senda de primas de una cotización de decesos"),
    examples=(
        "Guarda la senda de primas de la cotización de decesos Q-2026-000123",
        "Conserva la senda hasta los 90 de este presupuesto de decesos",
        "Keep the premium path of funeral quote Q-2026-000123",
    ),
)
def keep_premium_path(ctx: Context, quote: QuoteRef) -> KeptPath:
    """Keep the path to 90 of every insured of a quote, with its digest, to be signed before the contract.

    Raises:
        BadArguments: the quote is of another line.
    """
    found = resolve_quote(ctx, quote)
    if found.line != LINE.code:
        raise BadArguments(N_("La cotización («{field}») no es de decesos."), field="quote")
    risk = DecesosRisk.model_validate(found.risk)
    lives = whole_path(risk)
    text = json.dumps([found.quote_number, found.tariff_version, lives], sort_keys=True, ensure_ascii=False)
    kept = PremiumPath(
        id=new_id(), path_number=next_number(ctx, "SP"), quote_id=found.id, customer_id=found.customer_id,
        modality=str(risk.product), tariff_version=found.tariff_version, service_value=risk.service_value, lives=lives,
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    ctx.session.add(kept)
    ctx.emit("premium_path.kept", kept.id, quote=str(found.id))
    return _view(kept, found)


@tool(
    Risk.WRITE,
    permission="kernel:write",
    title=N_("Anotar la firma de una senda de primas"),
    examples=(
        "Anota que el cliente firmó la senda de primas SP-2026-000001",
        "Registra la firma de la senda de decesos SP-2026-000001",
        "Record the signature of the premium path SP-2026-000001",
    ),
)
def record_path_signature(
    ctx: Context,
    path: PathRef,
    signed_on: Annotated[date, Slot(ask=N_("¿Qué día se firmó?"), cues=("firmó", "signed"))],
    evidence: Annotated[Words, Field(min_length=3), Slot(ask=N_("¿Dónde consta la firma?"))],
) -> KeptPath:
    """Take down who signed the path, once; evidence is where the signed document lies.

    Raises:
        SignedAlready: it was signed before.
        BadArguments: the day lies ahead.
    """
    found = resolve_path(ctx, path)
    if found.signed_on is not None:
        raise SignedAlready(path=found.path_number, on=day(found.signed_on))
    if signed_on > ctx.today:
        raise BadArguments(N_("La fecha («{field}») no puede ser futura."), field="signed_on")
    ctx.weigh(line=LINE.code, subjects=1)
    found.signed_on, found.signature_evidence = signed_on, evidence
    ctx.session.add(found)
    ctx.emit("premium_path.signed", found.id, quote=str(found.quote_id))
    return _view(found, ctx.get(Quote, found.quote_id))


def resolve_path(ctx: Context, text: str) -> PremiumPath:
    """The one path that `text` names: id or number."""
    wanted = given(text, "path")
    if (id := as_uuid(wanted)) is not None:
        return by_id(ctx, PremiumPath, id, PathNotFound, wanted)
    query = select(PremiumPath).where(PremiumPath.path_number == wanted.upper(), alive(PremiumPath))
    return one_of(ctx.session.exec(query.limit(2)).all(), lambda one: one.path_number, "path", wanted, PathNotFound)


def _view(kept: PremiumPath, quote: Quote) -> KeptPath:
    own = kept.model_dump(include={"modality", "service_value", "tariff_version", "digest", "signed_on"})
    return KeptPath(**own, path=kept.path_number, quote=quote.quote_number, lives=len(kept.lives))
