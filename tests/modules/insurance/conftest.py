"""A small book in a fresh tenant: customers, insurers, policies, receipts and claims."""

from collections.abc import Callable
from csv import DictReader
from io import StringIO
from typing import Any

import pytest

CUSTOMERS = """customer_id,kind,id_type,id_number,first_name,last_name,company_name,birth_date,sex,cnae,street,\
postal_code,city,province_code,phone,email,iban,consent_marketing,consent_date,customer_since,collaborator_id,language
CL00001,person,NIF,77769927G,Álvaro,Ramos Soriano,,1980-01-21,M,,"Calle Nueva, 103",35003,Las Palmas,35,\
+34 600 017 175,cliente001@example.com,ES4899938065519564212324,N,2023-09-05,2016-12-09,COL02,ca
CL00002,person,NIF,73291013H,Raquel,Gómez Gil,,1989-10-23,F,,"Calle Nueva, 77",06001,Badajoz,06,\
+34 600 229 791,cliente002@example.com,ES4299929548376901250701,N,2025-10-02,2009-05-08,,es
CL00003,person,NIF,71453040K,Javier,Rubio Gutiérrez,,1992-05-06,M,,"Calle Real, 73",48009,Bilbao,48,\
+34 600 131 747,cliente003@example.com,ES2499933573281935110578,N,2023-10-22,2017-02-10,,ca
"""

INSURERS = [
    {"insurer_code": "C0901", "name": "Aseguradora Meridiano Ficticia, S.A.", "nif": "A76084805",
     "settlement_terms": "neto, mensual, 15 días"},
    {"insurer_code": "C0902", "name": "Mutua Levante Ficticia", "nif": "A22892764"},
    {"insurer_code": "C0903", "name": "Cantábrica Seguros Ficticia, S.A.", "nif": "A99555344"},
]  # fmt: skip
COLLABORATORS = [
    {"collaborator_id": "COL02", "name": "Gestoría del Norte Ficticia, S.L.", "kind": "company",
     "id_number": "B43374784", "irpf_rate": "0", "start_date": "2019-03-01", "end_date": "",
     "training_level": "3", "training_hours_2026": "14"},
]  # fmt: skip


def policy(at: int, customer: str, **changed: Any) -> dict[str, str]:
    """A row of the policy file."""
    row = {
        "policy_id": f"PO{at:05d}", "policy_number": f"0903-{92550000 + at}", "customer_id": customer,
        "insured_id": customer, "insurer_code": "C0903", "line": "autos", "original_start_date": "2024-03-19",
        "effective_date": "2026-03-19", "expiry_date": "2027-03-19", "status": "en_vigor",
        "payment_frequency": "anual", "billing_by": "correduria", "net_premium_annual": "262.54", "ips": "21.00",
        "consorcio": "0.39", "total_premium_annual": "283.93", "commission_rate": "11.00", "collaborator_id": "",
        "cession_rate": "", "sum_insured": "18000", "risk_description": f"Turismo, matrícula 808{at} PZB (ficticia)",
    }  # fmt: skip
    return row | changed


POLICIES = [
    policy(1, "CL00001", collaborator_id="COL02", cession_rate="25"),
    policy(2, "CL00002", payment_frequency="trimestral"),
    policy(3, "CL00002", line="hogar", status="suspendida", risk_description="Vivienda en Badajoz"),
]
RECEIPTS = [
    {"receipt_id": "RE000001", "receipt_number": "0903713133901", "policy_id": "PO00001", "insurer_code": "C0903",
     "kind": "cartera", "issue_date": "2026-03-01", "effective_date": "2026-03-19", "due_date": "2026-03-19",
     "net_premium": "262.54", "ips": "21.00", "consorcio": "0.39", "total": "283.93", "commission": "28.88",
     "cession": "7.22", "billing_by": "correduria", "status": "liquidado", "paid_date": "2026-03-20",
     "return_reason": "", "settlement_id": "LQ-1"},
    {"receipt_id": "RE000002", "receipt_number": "0903713133902", "policy_id": "PO00002", "insurer_code": "C0903",
     "kind": "cartera", "issue_date": "2026-09-01", "effective_date": "2026-09-19", "due_date": "2026-09-19",
     "net_premium": "65.64", "ips": "5.25", "consorcio": "0.00", "total": "70.89", "commission": "7.22",
     "cession": "0.00", "billing_by": "correduria", "status": "devuelto", "paid_date": "",
     "return_reason": "AM04", "settlement_id": ""},
]  # fmt: skip
CLAIMS = [
    {"claim_id": "SI2026-0001", "insurer_claim_number": "S86065896", "policy_id": "PO00002",
     "occurrence_date": "2026-07-10", "known_by_broker_date": "2026-07-11", "declared_to_insurer_date": "2026-07-12",
     "cause": "colisión", "status": "en_peritacion", "reserve": "1200.00", "paid_amount": "0.00",
     "payment_date": "", "complaint": "ninguna"},
]  # fmt: skip


@pytest.fixture(scope="module")
def book(run: Callable[..., Any]) -> Callable[..., Any]:
    """Import the small book; gives `run`."""
    run("crm_import_customers", "admin", rows=list(DictReader(StringIO(CUSTOMERS))))
    run("kernel_import_insurers", "admin", rows=INSURERS)
    run("kernel_import_collaborators", "admin", rows=COLLABORATORS)
    run("kernel_import_policies", "admin", rows=POLICIES)
    run("kernel_import_receipts", "admin", rows=RECEIPTS)
    run("kernel_import_claims", "admin", rows=CLAIMS)
    return run


def vehicle(at: int, customer: str, **changed: Any) -> dict[str, Any]:
    """A row of the vehicle file."""
    row = {
        "policy_id": f"PO{at:05d}", "customer_id": customer, "plate": f"808{at}PZB", "product": "terceros_ampliado",
        "vehicle_class": "turismo", "make_model": "Alba 3", "first_registered_on": "2021-05-03",
        "vehicle_value": "18500.00", "power_cv": "110", "fuel": "gasolina", "use": "particular", "zone": "B",
        "parking": "garaje_comunitario", "driver_born_on": "1980-01-21", "licensed_on": "2000-06-01",
        "young_second_driver": "N", "at_fault_claims_5y": "0", "bm_level": "4", "driver_accident_sum": "30000.00",
        "deductible": "",
    }  # fmt: skip
    return row | changed


VEHICLES = [vehicle(1, "CL00001"), vehicle(2, "CL00002", driver_born_on="1989-10-23", licensed_on="2009-02-01")]


@pytest.fixture(scope="module")
def garage(book: Callable[..., Any]) -> Callable[..., Any]:
    """The small book with its vehicles; gives `run`."""
    book("autos_import_vehicles", "admin", rows=VEHICLES)
    return book
