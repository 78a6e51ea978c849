"""What is not read, and why."""

from core.errors import AitError
from core.i18n import N_


class ComplianceBlocked(AitError):
    """The page may not be read: nobody registered it, robots.txt forbids it, or the site refuses."""

    code, status, exit_code = "ait.compliance_blocked", 451, 4
    text = N_("No se lee {url}: {reason}.")


class SiteRefuses(ComplianceBlocked):
    """The site itself answered that it does not want to be read; nobody tries to get around that."""

    code = "ait.site_refuses"


class HostNotListed(ComplianceBlocked):
    """The connector's list does not allow the host."""

    code = "ait.host_not_listed"


class NotNow(AitError):
    """The host has to be left alone for `seconds` yet."""

    code, status = "ait.too_many_requests", 429
    text = N_("Hay que dejar en paz al sitio {seconds} segundos más antes de leer otra página.")
