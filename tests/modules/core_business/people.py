"""Invented customers, policies and receipts for the stories of this folder."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

COMPANY: Final = "B80665680"
INSURER: Final = {
    "insurer_code": "C0901", "name": "Aseguradora Meridiano Ficticia, S.A.", "nif": "A76084805",
    "settlement_terms": "neto, mensual, 15 días",
}  # fmt: skip


def today() -> date:
    """The date in the tenant's zone."""
    return datetime.now(UTC).astimezone(ZoneInfo("Europe/Madrid")).date()


def days_ago(days: int) -> str:
    """The ISO date `days` before today; negative for the future."""
    return (today() - timedelta(days=days)).isoformat()


def person(first_name: str, last_name: str, id_number: str, **more: Any) -> dict[str, Any]:
    """Arguments of `crm_create_person`."""
    return {"first_name": first_name, "last_name": last_name, "id_number": id_number, **more}


def customer_row(ref: str, id_number: str, first_name: str, last_name: str, **more: str) -> dict[str, str]:
    """One person as a row of `crm_import_customers`."""
    return {
        "customer_id": ref, "kind": "person", "id_type": "NIF", "id_number": id_number, "first_name": first_name,
        "last_name": last_name, "company_name": "", "birth_date": "1980-05-01", "sex": "F", "cnae": "",
        "street": "Calle Nueva, 1", "postal_code": "28001", "city": "Madrid", "province_code": "28",
        "phone": "+34 600 017 175", "email": f"{ref.lower()}@example.com", "iban": "ES4899938065519564212324",
        "consent_marketing": "S", "consent_date": "2024-01-01", "customer_since": "2020-02-03", "collaborator_id": "",
        "language": "es", **more,
    }  # fmt: skip


def policy_row(ref: str, customer: str, **more: str) -> dict[str, str]:
    """One motor policy as a row of `kernel_import_policies`."""
    return {
        "policy_id": ref, "policy_number": f"0901-{ref[2:]:0>8}", "customer_id": customer, "insured_id": customer,
        "insurer_code": "C0901", "line": "autos", "original_start_date": "2020-01-01",
        "effective_date": days_ago(200), "expiry_date": days_ago(-165), "status": "en_vigor",
        "payment_frequency": "mensual", "billing_by": "correduria", "net_premium_annual": "1200.00", "ips": "96.00",
        "consorcio": "24.00", "total_premium_annual": "1320.00", "commission_rate": "10.00", "collaborator_id": "",
        "cession_rate": "", "sum_insured": "", "risk_description": "Turismo", **more,
    }  # fmt: skip


def receipt_row(ref: str, policy: str, overdue: int, *, status: str = "pendiente", **more: str) -> dict[str, str]:
    """One receipt of 110.00 EUR that fell due `overdue` days ago, for `kernel_import_receipts`."""
    return {
        "receipt_id": ref, "receipt_number": f"0901{ref[2:]:0>9}", "policy_id": policy, "insurer_code": "C0901",
        "kind": "cartera", "issue_date": days_ago(max(overdue + 20, 0)), "effective_date": days_ago(overdue),
        "due_date": days_ago(overdue), "net_premium": "100.00", "ips": "8.00", "consorcio": "2.00", "total": "110.00",
        "commission": "10.00", "cession": "0.00", "billing_by": "correduria", "status": status, "paid_date": "",
        "return_reason": "", "settlement_id": "", **more,
    }  # fmt: skip
