"""Whether a life policy fits the life (*adecuación*), and what to mind before it goes on."""

from datetime import date
from typing import Final

from core.context import Context
from core.i18n import N_, translate
from modules.insurance.kernel.findings import Findings
from modules.insurance.kernel.records import Policy
from modules.insurance.kernel.terms import latest_term
from modules.insurance.vida.beneficiaries import designation
from modules.insurance.vida.details import LAST_AGE, duration
from modules.insurance.vida.medical import TESTS, tests_for
from modules.insurance.vida.risk import OLDEST_IPA, Product, VidaRisk

ADVICE: Final = "RDL 3/2020 art. 175"
DEARER_FROM: Final = 50  # age from which the renewable premium rises fast
NEAR: Final = 2  # years before the end


def adequacy(findings: Findings, risk: VidaRisk) -> None:
    """Product, covers and end against the age, and the tests that the sum calls for."""
    if risk.product == Product.NIVELADA:
        if risk.with_ipa or risk.with_accident_double or risk.with_critical_illness:
            text = N_("La temporal nivelada cubre solo el fallecimiento: las garantías complementarias no se incluyen.")
            findings.add("warn", text, "tarifa vida_nivelada")
        else:
            findings.add("support", N_("Prima constante hasta el final del plazo."), ADVICE)
    else:
        if risk.age >= DEARER_FROM:
            text = N_(
                "La prima anual renovable sube cada año con la edad: compare con la nivelada hasta la edad final."
            )
            findings.add("warn", text, ADVICE)
        if not risk.with_ipa and risk.age <= OLDEST_IPA:
            findings.add("note", N_("La invalidez absoluta no queda cubierta."), ADVICE)
        if risk.end_age is None:
            text = N_("Sin edad final pactada, el seguro acaba al cumplir los {age}.")
            findings.add("note", text, "LCS art. 22", age=LAST_AGE + 1)
    grid = tests_for(risk.sum_insured, risk.age, date.max)
    said = ", ".join(translate(TESTS[code], findings.locale).lower() for code in grid.tests)
    findings.add("note", N_("La aseguradora pedirá: {tests}."), grid.source, tests=said)
    if risk.smoker:
        text = N_("Tarifa de fumador: si pasa 24 meses sin fumar, puede pedir un suplemento con prueba.")
        findings.add("note", text, "LCS art. 13")


def renewal_review(ctx: Context, policy: Policy, findings: Findings) -> None:
    """Beneficiaries, the end of the insurance, and the index; nobody is underwritten again."""
    if not designation(ctx, policy.id):
        text = N_("No hay beneficiarios designados: el capital sería del patrimonio del tomador.")
        findings.add("warn", text, "LCS art. 84")
    term = latest_term(ctx, policy.id)
    if term is None:
        return
    risk = VidaRisk.model_validate(term.risk)
    if not duration(risk).renewable:
        findings.add("warn", N_("Es la última anualidad: el seguro acaba en su vencimiento."), "LCS art. 22")
    elif risk.product == Product.NIVELADA and (risk.term_years or 0) - (risk.elapsed_years or 0) <= NEAR:
        findings.add("note", N_("El plazo de la prima nivelada está próximo a acabar."), ADVICE)
    if risk.with_ipa and risk.age >= OLDEST_IPA:
        findings.add(
            "note", N_("La invalidez absoluta acaba a los 65 años: la próxima anualidad no la incluye."), ADVICE
        )
    if not risk.indexation and risk.product == Product.RENOVABLE:
        findings.add("note", N_("El capital no se revaloriza: proponga revisarlo."), ADVICE)
