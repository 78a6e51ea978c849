"""The market: insurers' tariffs as data, offers side by side, agreements on commission, coinsurance."""

import copy
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadArguments, Conflict, NotFound
from core.money import ZERO
from modules.insurance.kernel.lines import line_of
from modules.insurance.kernel.lookups import BadTariff
from modules.insurance.kernel.market.coinsurance import signed_down, split
from modules.insurance.kernel.records import CommissionLine, Policy
from modules.insurance.kernel.tariff import compile_tariff
from modules.insurance.kernel.tariff_versions import scaled
from tests.modules.insurance.test_autos import NEW, TODAY, issue, rows

WANTED = {**NEW, "driver_age": 40, "product": "terceros_ampliado", "effective_on": "2027-03-01"}


def tariff(code: str, starts_on: str, **given):
    """A row of the tariffs' file."""
    return {"insurer_code": code, "line": "autos", "version": f"{code}-{starts_on}", "starts_on": starts_on, **given}


@pytest.fixture(scope="module")
def market(garage):
    """The small book; two of its three insurers have tariffs of their own, one dearer, one cheaper."""
    garage("kernel_import_tariffs", "admin", rows=[
        tariff("C0901", "2026-01-01", scale={"soa": "1.20", "rc_voluntaria": "1.20"}),
        tariff("C0902", "2026-01-01", scale={"soa": "0.80"}),
        tariff("C0902", "2027-02-01", scale={"soa": "0.90"}),
    ])  # fmt: skip
    return garage


class TestTariffs:
    def test_each_insurer_prices_by_its_own_tariff_of_the_day(self, market):
        def soa(insurer, on):
            quote = market(
                "autos_quote_policy", customer="Álvaro Ramos", **{**WANTED, "effective_on": on}, insurer=insurer
            )
            return quote.tariff_version, quote.coverage_premiums["soa"]

        reference = soa("Cantábrica", "2027-03-01")
        assert reference[0] == line_of("autos").tariff.version
        assert soa("Mutua Levante", "2027-01-15") == (
            "C0902-2026-01-01",
            (reference[1] * Decimal("0.8")).quantize(Decimal("0.01")),
        )
        assert soa("Mutua Levante", "2027-03-01")[0] == "C0902-2027-02-01"
        assert soa("Meridiano", "2027-03-01")[1] > reference[1]

    def test_loading_again_changes_nothing_and_a_version_is_never_rewritten(self, market):
        report = market("kernel_import_tariffs", "admin", rows=[tariff("C0902", "2027-02-01", scale={"soa": "0.90"})])
        assert (report.created, report.unchanged) == (0, 1)
        with pytest.raises(Conflict, match="no se cambia"):
            market("kernel_import_tariffs", "admin", rows=[tariff("C0902", "2027-02-01", scale={"soa": "0.95"})])
        row = {**tariff("C0902", "2026-06-01", scale={"soa": "1"}), "version": "otra"}
        with pytest.raises(Conflict, match="ya rige"):
            market("kernel_import_tariffs", "admin", rows=[row])

    def test_the_former_one_ends_when_the_next_begins(self, market):
        listed = market("kernel_list_tariffs", insurer="Mutua Levante").tariffs
        assert [(row.version, str(row.ends_on)) for row in listed] == [
            ("C0902-2027-02-01", "None"), ("C0902-2026-01-01", "2027-02-01"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda book: book["factors"]["driver_age"].update(steps=[
                {"from": 18, "to": 25, "value": "2"}, {"from": 30, "value": "1"}]), "entre 25 y 30"),
            (lambda book: book["factors"]["driver_age"].update(steps=[
                {"from": 18, "to": 40, "value": "2"}, {"from": 30, "value": "1"}]), "solapan"),
            (lambda book: book.pop("fractioning"), "fractioning"),
            (lambda book: book["factors"]["zone"].update(input="signo_del_zodiaco"), "signo_del_zodiaco"),
            (lambda book: book["products"].update(nave={"coverages": ["soa"]}), "nave"),
        ],
        ids=["gap", "overlap", "missing table", "unknown input", "unknown product"],
    )  # fmt: skip
    def test_a_broken_tariff_is_refused_and_nothing_is_loaded(self, market, change, said):
        book = copy.deepcopy(dict(line_of("autos").tariff.data))
        change(book)
        good = {**tariff("C0903", "2027-01-01", scale={"soa": "1.1"})}
        with pytest.raises(BadTariff) as refused:
            market("kernel_import_tariffs", "admin", rows=[good, tariff("C0901", "2027-06-01", book=book)])
        assert said in refused.value.told("es")
        assert market("kernel_list_tariffs", insurer="Cantábrica").tariffs == ()

    def test_two_tariffs_are_compared_value_by_value_and_on_the_book(self, market):
        found = market(
            "kernel_compare_tariffs", insurer="Mutua Levante", line="autos", before="C0902-2026-01-01",
            after="C0902-2027-02-01",
        )  # fmt: skip
        assert {one.path for one in found.differences} == {
            f"coverages.soa.base.map.{kind}" for kind in ("turismo", "furgoneta", "motocicleta", "ciclomotor", "camion")
        }
        whole = market("kernel_compare_tariffs", insurer="Meridiano", line="autos", after="C0901-2026-01-01")
        assert whole.before == line_of("autos").tariff.version

    def test_a_retired_tariff_no_longer_prices(self, market):
        with pytest.raises(BadArguments):
            market("kernel_retire_tariff", "admin", insurer="Meridiano", line="autos", version="C0901-2026-01-01",
                   ends_on="2025-01-01")  # fmt: skip
        market("kernel_retire_tariff", "admin", insurer="Meridiano", line="autos", version="C0901-2026-01-01",
               ends_on="2027-06-01")  # fmt: skip
        quote = market(
            "autos_quote_policy",
            customer="Álvaro Ramos",
            insurer="Meridiano",
            **{**WANTED, "effective_on": "2027-06-01"},
        )
        assert quote.tariff_version == line_of("autos").tariff.version
        with pytest.raises(NotFound):
            market("kernel_retire_tariff", "admin", insurer="Meridiano", line="autos", version="nada",
                   ends_on="2027-06-01")  # fmt: skip


def test_an_endorsement_is_priced_by_the_tariff_of_the_policy(market, installation, actor, call, tenant):
    """Not by the reference: the whole change is the insurer's own."""
    wanted = {**WANTED, "effective_on": (TODAY + timedelta(days=1)).isoformat(), "driver_born_on": "1986-10-01"}
    quote = market("autos_quote_policy", customer="Álvaro Ramos", insurer="Mutua Levante", plate="6622KLM", **wanted)
    number = issue(installation, actor, call, quote.quote_number).policy
    market("kernel_record_signature", policy=number, signed_on=TODAY.isoformat(), evidence="firma digital")
    market("encashment_collect_receipt", receipt=f"{number}-01", medium="card")
    changed = market("kernel_quote_endorsement", policy=number, changes={"vehicle_value": "14000"},
                     effective_on=wanted["effective_on"])  # fmt: skip
    line = line_of("autos")
    tariff = compile_tariff(scaled(line.tariff.data, {"soa": Decimal("0.80")}))
    before, after = (
        line.rate_again({**quote.risk, "vehicle_value": value}, TODAY, tariff).net_premium
        for value in (quote.risk["vehicle_value"], "14000")
    )
    assert quote.net_premium == before
    assert changed.premium == after - before  # from the first day: the whole year


class TestOffers:
    def test_offers_stand_side_by_side_and_are_made_once(self, market):
        first = market("autos_quote_policy", customer="Raquel Gómez", insurer="Cantábrica", **WANTED)
        found = market("kernel_quote_alternatives", quote=first.quote_number)
        assert [offer.insurer.split()[0] for offer in found.offers] == ["Mutua", "Cantábrica", "Aseguradora"]
        assert [offer.total for offer in found.offers] == sorted(offer.total for offer in found.offers)
        again = market("kernel_quote_alternatives", quote=first.quote_number)
        assert {offer.quote_number for offer in again.offers} == {offer.quote_number for offer in found.offers}
        assert "Entre la más barata y la más cara" in found.told("es")

    def test_commissions_do_not_order_offers(self, market):
        first = market("autos_quote_policy", customer="Raquel Gómez", insurer="Cantábrica", **WANTED)
        before = market("kernel_quote_alternatives", quote=first.quote_number)
        market("kernel_set_agreement", "admin", line="autos", insurer="Meridiano", rate_new="0.30", rate_renewal="0.30",
               starts_on="2026-01-01")  # fmt: skip
        after = market("kernel_quote_alternatives", quote=first.quote_number)
        assert [offer.insurer for offer in after.offers] == [offer.insurer for offer in before.offers]


class TestAgreements:
    def test_the_most_particular_agreement_pays(self, market, installation, actor, call, tenant):
        for rate, scope in (("0.10", {}), ("0.12", {"insurer": "Cantábrica"}),
                            ("0.14", {"insurer": "Cantábrica", "product": "todo_riesgo"})):  # fmt: skip
            market("kernel_set_agreement", "admin", line="autos", rate_new=rate, rate_renewal="0.08",
                   starts_on="2026-01-01", **scope)  # fmt: skip
        quote = market(
            "autos_quote_policy",
            customer="Álvaro Ramos",
            insurer="Cantábrica",
            **WANTED,
            plate="5511KLM",
            driver_born_on="1986-10-01",
        )
        issued = issue(installation, actor, call, quote.quote_number)
        (policy,) = rows(installation, tenant, Policy, Policy.policy_number == issued.policy)
        assert policy.commission_rate == Decimal("0.12")
        lines = rows(installation, tenant, CommissionLine, CommissionLine.policy_id == policy.id)
        assert sum(line.base for line in lines if line.kind == "earned") == policy.net_premium

    def test_a_new_agreement_ends_the_former_one(self, market):
        market(
            "kernel_set_agreement", "admin", line="hogar", rate_new="0.20", rate_renewal="0.18", starts_on="2026-01-01"
        )
        market(
            "kernel_set_agreement", "admin", line="hogar", rate_new="0.22", rate_renewal="0.18", starts_on="2027-01-01"
        )
        listed = market("kernel_list_agreements", "executive", line="hogar").agreements
        assert [(str(row.starts_on), str(row.ends_on)) for row in listed] == [
            ("2027-01-01", "None"), ("2026-01-01", "2027-01-01"),
        ]  # fmt: skip
        with pytest.raises(BadArguments, match="Ya hay un acuerdo"):
            market(
                "kernel_set_agreement",
                "admin",
                line="hogar",
                rate_new="0.2",
                rate_renewal="0.1",
                starts_on="2026-06-01",
            )


class TestCoinsurance:
    def test_the_reference_example_and_leftovers_to_the_leader(self):
        assert split(Decimal(80000), [Decimal("0.60"), Decimal("0.25"), Decimal("0.15")]) == [48000, 20000, 12000]
        signed = signed_down({"a": Decimal("0.60"), "b": Decimal("0.40"), "c": Decimal("0.50")})
        assert list(signed.values()) == [Decimal("0.4000"), Decimal("0.2667"), Decimal("0.3333")]

    @given(st.decimals(0, 10**9, places=2), st.lists(st.decimals("0.01", 1, places=4), min_size=2, max_size=8))
    def test_shares_always_add_up_to_the_cent(self, amount, written):
        signed = signed_down({str(at): part for at, part in enumerate([*written, Decimal(1)])})
        assert sum(signed.values()) == 1
        assert sum(split(amount, list(signed.values()))) == amount

    def test_a_policy_is_shared_and_shown(self, market):
        parts = [{"insurer": "Meridiano", "share": "0.6"}, {"insurer": "Mutua Levante", "share": "0.4"}]
        shared = market("kernel_set_coinsurance", policy="0903-92550001", shares=parts)
        assert [(row.leader, row.share) for row in shared.shares] == [(True, Decimal("0.6")), (False, Decimal("0.4"))]
        shown = market("kernel_show_coinsurance", policy="0903-92550001")
        assert sum((row.total_premium for row in shown.shares), ZERO) == Decimal("283.93")
        alone = market("kernel_show_coinsurance", policy="0903-92550002")
        assert [row.share for row in alone.shares] == [1]

    @pytest.mark.parametrize(
        ("parts", "said"),
        [
            ([("Meridiano", "0.5"), ("Mutua Levante", "0.4")], "menos del 100"),
            ([("Meridiano", "0.5"), ("C0901", "0.5")], "dos veces"),
        ],
    )  # fmt: skip
    def test_what_does_not_cover_the_risk_is_refused(self, market, parts, said):
        given = [{"insurer": name, "share": share} for name, share in parts]
        with pytest.raises(BadArguments, match=said):
            market("kernel_set_coinsurance", policy="0903-92550001", shares=given)
