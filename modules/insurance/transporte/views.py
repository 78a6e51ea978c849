"""What the tools of transport insurance answer."""

from datetime import date
from typing import Annotated

from core.i18n import N_, Locale, translate
from core.money import Money, format_money
from modules.insurance.kernel.views import PolicyNumber, day
from tools import Slot
from tools.marks import External
from tools.results import Result


class CertificateView(Result):
    """The certificate of one shipment."""

    certificate: Annotated[str, Slot(ref="transport_certificate")]
    policy: PolicyNumber
    route: External
    departs_on: date
    goods: External
    insured_value: Money

    def told(self, locale: Locale) -> str:
        """What is insured, where and when."""
        text = N_("Certificado {number} de la póliza {policy}: {goods}, {route}, salida el {on}, por {value}.")
        return translate(
            text, locale, number=self.certificate, policy=self.policy, goods=self.goods, route=self.route,
            on=day(self.departs_on), value=format_money(self.insured_value, locale),
        )  # fmt: skip


class CertificateList(Result):
    """The certificates of a policy."""

    certificates: tuple[CertificateView, ...]
    total: Money

    def told(self, locale: Locale) -> str:
        """How many, and what they insure together."""
        text = N_("{count} certificados por {total}.")
        return translate(text, locale, count=len(self.certificates), total=format_money(self.total, locale))
