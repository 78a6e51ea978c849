"""The tools of commission agreements (*acuerdos de comisiones*): set and list them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from core.context import Context
from core.errors import BadArguments
from core.i18n import N_, Locale, translate
from core.identifiers import new_id
from modules.insurance.kernel.lines import line_label, line_of
from modules.insurance.kernel.lookup import InsurerRef, alive, resolve_insurer
from modules.insurance.kernel.market_records import CommissionAgreement
from modules.insurance.kernel.records import Collaborator, Insurer
from modules.insurance.kernel.tools import LineCode
from modules.insurance.kernel.views import day
from tools import Risk, Slot, tool
from tools.results import Result

Rate = Annotated[Decimal, Field(ge=0, le=2, decimal_places=4, description=N_("Tipo, como fracción (0.11 es 11 %)"))]


class AgreementRow(Result):
    """One agreement."""

    line: str
    insurer: str | None
    product: str | None
    collaborator: str | None
    rate_new: Decimal
    rate_renewal: Decimal
    cession_rate: Decimal | None
    starts_on: date
    ends_on: date | None

    def told(self, locale: Locale) -> str:
        """For what, how much, from when."""
        who = self.insurer or translate(N_("cualquier aseguradora"), locale)
        text = N_("{line} con {insurer}: {new} % de nueva producción y {renewal} % de cartera desde el {on}.")
        return translate(
            text, locale, line=line_label(self.line, locale), insurer=who, new=_per_cent(self.rate_new),
            renewal=_per_cent(self.rate_renewal), on=day(self.starts_on),
        )  # fmt: skip


class AgreementList(Result):
    """Agreements by line."""

    agreements: tuple[AgreementRow, ...]

    def told(self, locale: Locale) -> str:
        """Each of them."""
        if not self.agreements:
            return translate(N_("No hay acuerdos de comisiones propios: rigen los tipos de referencia."), locale)
        return " ".join(row.told(locale) for row in self.agreements)


def _per_cent(rate: Decimal) -> str:
    return f"{rate * 100:f}".rstrip("0").rstrip(".").replace(".", ",")


@tool(
    Risk.ADMINISTRATION,
    permission="kernel:administer",
    title=N_("Fijar un acuerdo de comisiones"),
    examples=("Fija la comisión de autos con Mutua Levante", "Set the motor commission agreed with Mutua Levante"),
)
def set_agreement(
    ctx: Context,
    line: LineCode,
    rate_new: Rate,
    rate_renewal: Rate,
    starts_on: Annotated[date, Slot(ask=N_("¿Desde qué fecha?"), cues=("desde", "from"))],
    insurer: InsurerRef | None = None,
    product: Annotated[str, Field(max_length=60)] | None = None,
    collaborator: Annotated[str, Field(max_length=60, description=N_("Código del colaborador"))] | None = None,
    cession_rate: Rate | None = None,
) -> AgreementRow:
    """Agree the commission of a line, an insurer, a product or a collaborator from a date on.

    The agreement of the same scope that ran until then ends on that day. What is issued or
    renewed before keeps the rate that it had.
    """
    declared = line_of(line)
    if product is not None and product not in declared.products:
        raise BadArguments(N_("«{field}» no es un producto del ramo."), field="product")
    company = resolve_insurer(ctx, insurer) if insurer else None
    partner = _collaborator(ctx, collaborator) if collaborator else None
    scope = (company.id if company else None, product, partner.id if partner else None)
    for former in _of_scope(ctx, line, *scope):
        if former.ends_on is None or former.ends_on > starts_on:
            if former.starts_on >= starts_on:
                text = N_("Ya hay un acuerdo igual desde el {on}: revise «{field}».")
                raise BadArguments(text, field="starts_on", on=day(former.starts_on))
            former.ends_on = starts_on
            ctx.session.add(former)
    made = CommissionAgreement(
        id=new_id(), line=line, insurer_id=scope[0], product=product, collaborator_id=scope[2], rate_new=rate_new,
        rate_renewal=rate_renewal, cession_rate=cession_rate, starts_on=starts_on,
    )  # fmt: skip
    ctx.session.add(made)
    ctx.emit("commission.agreed", made.id, line=line)
    return _row(made, company.name if company else None, partner.name if partner else None)


def _collaborator(ctx: Context, code: str) -> Collaborator:
    found = ctx.session.exec(select(Collaborator).where(Collaborator.code == code.upper(), alive(Collaborator))).first()
    if found is None:
        raise BadArguments(N_("«{field}»: no hay ningún colaborador con ese código."), field="collaborator")
    return found


def _of_scope(
    ctx: Context, line: str, insurer_id: UUID | None, product: str | None, collaborator_id: UUID | None
) -> Sequence[CommissionAgreement]:
    kind = CommissionAgreement
    query = select(kind).where(
        kind.line == line, alive(kind), col(kind.insurer_id).is_not_distinct_from(insurer_id),
        col(kind.product).is_not_distinct_from(product),
        col(kind.collaborator_id).is_not_distinct_from(collaborator_id),
    )  # fmt: skip
    return ctx.session.exec(query).all()


def _row(agreement: CommissionAgreement, insurer: str | None, collaborator: str | None) -> AgreementRow:
    own = {"line", "product", "rate_new", "rate_renewal", "cession_rate", "starts_on", "ends_on"}
    return AgreementRow(**agreement.model_dump(include=own), insurer=insurer, collaborator=collaborator)


@tool(
    Risk.READ,
    permission="kernel:commissions",
    title=N_("Acuerdos de comisiones"),
    examples=("Qué comisiones tenemos acordadas", "Acuerdos de comisiones de autos", "List the commission agreements"),
)
def list_agreements(ctx: Context, line: LineCode | None = None) -> AgreementList:
    """The agreed commissions by line, insurer, product and collaborator, with their dates."""
    kind = CommissionAgreement
    query = (
        select(kind, Insurer.name, Collaborator.name)
        .join(Insurer, onclause=col(Insurer.id) == col(kind.insurer_id), isouter=True)
        .join(Collaborator, onclause=col(Collaborator.id) == col(kind.collaborator_id), isouter=True)
        .where(alive(kind)).order_by(kind.line, col(kind.starts_on).desc())
    )  # fmt: skip
    if line:
        query = query.where(kind.line == line)
    return AgreementList(agreements=tuple(_row(*found) for found in ctx.session.exec(query)))
