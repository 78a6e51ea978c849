"""Who joins and who leaves a health policy, by endorsement."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import BadArguments, Conflict
from tests.modules.insurance.salud.conftest import TODAY
from tests.modules.insurance.taken_over import approved

CONSENT = "Correo del tomador de hoy"


def test_a_new_born_joins_without_waiting(running, installation, actor, call):
    """Priced to the end of the annuity with the family discount of three; issued; free of waiting periods."""
    born = TODAY - timedelta(days=10)
    priced = running("salud_add_insured", policy="PO00101", full_name="Eva Ficticia", born_on=born.isoformat(),
                     kinship="hijo")  # fmt: skip
    assert priced.state == "priced"
    assert priced.total > 0
    approved(installation, actor, call, "kernel_issue_endorsement", endorsement=priced.endorsement, consent=CONSENT)
    shown = running("salud_show_insureds", policy="PO00101")
    assert [(row.full_name, row.insured_since) for row in shown.insureds][2] == ("Eva Ficticia", TODAY)
    assert shown.family_factor == Decimal("0.95")
    waits = running("salud_show_waiting_periods", policy="PO00101", insured="Eva").rows
    assert all(row.usable for row in waits if row.ground != "not_bought")


def test_who_leaves_is_given_the_rest_back(running, installation, actor, call):
    """The discount of three is lost again, and the number of who left stays free."""
    priced = running("salud_remove_insured", policy="PO00101", insured="Luis")
    assert priced.total < 0
    approved(installation, actor, call, "kernel_issue_endorsement", endorsement=priced.endorsement, consent=CONSENT)
    shown = running("salud_show_insureds", policy="PO00101")
    assert [row.position for row in shown.insureds] == [1, 3]
    assert shown.family_factor == 1


@pytest.mark.parametrize(
    ("tool", "given", "field"),
    [("salud_add_insured", {"policy": "PO00101", "full_name": "Ana Ficticia", "born_on": "1990-02-01"}, "insureds"),
     ("salud_add_insured", {"policy": "PO00102", "full_name": "Nadie Ficticio",
                            "born_on": (TODAY + timedelta(1)).isoformat()}, "born_on"),
     ("salud_add_insured", {"policy": "PO00102", "full_name": "X", "born_on": "1990-02-01"}, "full_name"),
     ("salud_remove_insured", {"policy": "PO00102", "insured": "Niño"}, "insured")],
)  # fmt: skip
def test_what_cannot_be_is_refused(running, tool, given, field):
    with pytest.raises(BadArguments) as raised:
        running(tool, **given)
    assert raised.value.detail["field"] == field


def test_nobody_joins_twice_at_once(running, installation, actor, call):
    """Two endorsements priced on the same term: the second is out of date once the first is issued."""
    first, second = (
        running("salud_add_insured", policy="PO00102", full_name=name, born_on="1980-01-01", kinship="titular")
        for name in ("Uno Ficticio", "Dos Ficticio")
    )
    approved(installation, actor, call, "kernel_issue_endorsement", endorsement=first.endorsement, consent=CONSENT)
    with pytest.raises(Conflict):
        approved(installation, actor, call, "kernel_issue_endorsement", endorsement=second.endorsement, consent=CONSENT)
