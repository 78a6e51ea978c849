"""Counted things in a sentence: «1 recibo», «4 recibos»."""

from typing import Final, NamedTuple

from core.i18n import N_, Locale, translate


class Counted(NamedTuple):
    """The two forms of a thing that is counted."""

    one: str
    many: str

    def said(self, count: int, locale: Locale) -> str:
        """`count` of them."""
        return translate(self.one if count == 1 else self.many, locale, count=count)


POLICIES: Final = Counted(N_("{count} póliza"), N_("{count} pólizas"))
RECEIPTS: Final = Counted(N_("{count} recibo"), N_("{count} recibos"))
CLAIMS: Final = Counted(N_("{count} siniestro"), N_("{count} siniestros"))
YEARS: Final = Counted(N_("{count} año"), N_("{count} años"))
