"""Who joins and who leaves a funeral policy, by endorsement."""

from decimal import Decimal

import pytest

from core.errors import BadArguments
from tests.modules.insurance.decesos.conftest import TODAY
from tests.modules.insurance.taken_over import approved

CONSENT = "Correo del tomador de hoy"


def test_a_spouse_joins_with_a_layer_of_the_own_age(running, installation, actor, call):
    """The others' layers stay; the newcomer's is of today."""
    before = running("decesos_show_layers", policy="PO00201").lives
    priced = running("decesos_add_insured", policy="PO00201", full_name="Eva Ficticia", born_on="1990-01-01",
                     accident_sum="6000.00")  # fmt: skip
    assert priced.total > 0
    approved(installation, actor, call, "kernel_issue_endorsement", endorsement=priced.endorsement, consent=CONSENT)
    shown = running("decesos_show_layers", policy="PO00201")
    assert shown.lives[:4] == before
    (layer,) = shown.lives[4].layers
    assert (layer.from_on, layer.value, layer.age) == (TODAY, 4200, shown.lives[4].age)


def test_who_leaves_may_take_the_family_discount_along(running, installation, actor, call):
    for name in ("Eva", "Leo"):
        priced = running("decesos_remove_insured", policy="PO00201", insured=name)
        approved(installation, actor, call, "kernel_issue_endorsement", endorsement=priced.endorsement, consent=CONSENT)
    shown = running("decesos_show_layers", policy="PO00201")
    assert [row.position for row in shown.lives] == [1, 2, 3]
    assert shown.family_factor == Decimal("1.00")
    assert shown.funeral_premium == sum(row.premium for row in shown.lives)


def test_the_last_one_does_not_leave_by_endorsement(running):
    with pytest.raises(BadArguments) as raised:
        running("decesos_remove_insured", policy="PO00202", insured="Javier")
    assert raised.value.detail["field"] == "insured"
