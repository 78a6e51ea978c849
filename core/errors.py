"""Every error the project raises on purpose.

AitError
├── NotFound            404  the record does not exist in this tenant
├── NotSignedIn         401  nobody is known to be asking
├── StepUpRequired      401  the person must show once more who is there
├── Denied              403  the policy forbids it; names the rule
├── Conflict            409  the record is in a state that forbids the act
├── BadArguments        422  the caller may correct its arguments and call again
│   └── Ambiguous       422  several records fit; `choices` lists them
├── ApprovalRequired    202  a person has to decide first
├── TooManyRequests     429  wait `retry_after` seconds
└── OutsideUnavailable  503  a server, bank, insurer or model did not answer

`text` is the message in Spanish with `{placeholders}`; `core.i18n` translates it.
The class says who must act; `detail` carries the values, never prose.
"""

from typing import ClassVar

from core.i18n import N_, translate


class AitError(Exception):
    """Base of all. `detail` fills the placeholders of `text`."""

    code: ClassVar[str] = "ait.error"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    text: str = N_("No se ha podido completar la operación.")

    def __init__(self, text: str | None = None, **detail: object) -> None:
        """Say `text` (a catalogued message) instead of the class's own, filled with `detail`."""
        if text is not None:
            self.text = text
        self.detail = detail
        super().__init__(self.told("es"))

    def told(self, locale: str) -> str:
        """The message for people, in `locale` ("es" or "en")."""
        # A reason or a problem may be a catalogued text itself; any other text stays as it is.
        said = {name: translate(v, locale) if isinstance(v, str) else v for name, v in self.detail.items()}
        return translate(self.text, locale, **said)


class NotFound(AitError):
    """The record does not exist in this tenant (another tenant's does not exist either)."""

    code, status = "ait.not_found", 404
    text = N_("No existe {what} «{ref}».")


class NotSignedIn(AitError):
    """Nobody is known to be asking; one generic message for every cause."""

    code, status, exit_code = "ait.not_signed_in", 401, 4
    text = N_("Inicie sesión para continuar.")


class StepUpRequired(AitError):
    """The sign-in is too old for this act: show a factor again, at most `seconds` before (RFC 9470)."""

    code, status, exit_code = "ait.step_up_required", 401, 4
    text = N_("Para decidir esto, confirme de nuevo quién es: han pasado más de {minutes} minutos.")


class Denied(AitError):
    """The policy forbids it; `rule` names the rule that decided."""

    code, status, exit_code = "ait.denied", 403, 4
    text = N_("La política no lo permite ({rule}): {reason}")


class Conflict(AitError):
    """The record is in a state that forbids the act."""

    code, status = "ait.conflict", 409
    text = N_("El estado actual del registro no lo permite: {reason}")


class BadArguments(AitError):
    """The arguments do not fit; `field` names the first one at fault, `fields` all, where several are known."""

    code, status, exit_code = "ait.bad_arguments", 422, 2
    text = N_("Revise el campo «{field}»: {problem}")


class Ambiguous(BadArguments):
    """Several records fit the reference; `choices` lists them for the person to pick."""

    code = "ait.ambiguous"
    text = N_("«{ref}» puede referirse a varios registros: {choices}. Indique cuál.")


class ApprovalRequired(AitError):
    """A person has to decide first; `approval_id` is the pending decision."""

    code, status, exit_code = "ait.approval_required", 202, 3
    text = N_("Pendiente de aprobación: debe decidir {approver}.")


class TooManyRequests(AitError):
    """Too many attempts; wait `retry_after` seconds."""

    code, status = "ait.too_many_requests", 429
    text = N_("Demasiados intentos. Espere {retry_after} segundos.")


class OutsideUnavailable(AitError):
    """Something outside did not answer; nothing was changed."""

    code, status, exit_code = "ait.outside_unavailable", 503, 5
    text = N_("No responde {what}. No se ha cambiado nada; inténtelo de nuevo.")
