"""Run: the tool itself, and the preview of all that it left in the session."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from core.errors import Conflict
from core.i18n import N_
from core.stamping import TenantSession
from tools.gate.call import Outcome, Work
from tools.preview import preview_of
from tools.risk import Risk


@dataclass(frozen=True)
class Run:
    """The end of the chain."""

    def __call__(self, work: Work) -> Outcome:
        """Call the function, flush what it wrote, take the preview down."""
        session = work.ctx.session
        assert isinstance(session, TenantSession)
        if work.tool.risk is Risk.NETWORK and (work.call.dry_run or work.decision.verdict == "hold"):
            # A preview would send out the very request that it is about.
            work.preview = preview_of(work.args_digest, (), work.ctx)
            return work.outcome()
        try:
            work.value = work.tool.run(work.ctx, work.arguments)
            session.flush()
        except StaleDataError as error:
            raise Conflict(reason=N_("otra persona lo cambió entretanto; vuelva a leerlo")) from error
        except IntegrityError as error:
            raise Conflict(reason=_reason(error)) from error
        if not work.tool.risk.reads_only or session.changes or work.grants:
            work.preview = preview_of(work.args_digest, session.changes, work.ctx)
        return work.outcome()


def _reason(error: IntegrityError) -> str:
    """What the database refused, without its values: they could be another record's."""
    if type(error.orig).__name__ == "UniqueViolation":
        return N_("ya existe un registro con ese identificador")
    return N_("falta un registro al que se refiere o hay datos incompatibles")
