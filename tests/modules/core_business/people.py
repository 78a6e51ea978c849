"""Invented customers for the stories of this folder."""

from typing import Any, Final

COMPANY: Final = "B80665680"
COLUMNS: Final = (
    "customer_id,kind,id_type,id_number,first_name,last_name,company_name,birth_date,sex,cnae,street,postal_code,"
    "city,province_code,phone,email,iban,consent_marketing,consent_date,customer_since,collaborator_id,language"
)


def person(first_name: str, last_name: str, id_number: str, **more: Any) -> dict[str, Any]:
    """Arguments of `crm_create_person`."""
    return {"first_name": first_name, "last_name": last_name, "id_number": id_number, **more}


def customers_csv(*rows: tuple[str, str, str, str, str]) -> str:
    """A customer file with one person a row: reference, document type and number, names."""
    lines = [
        f'{ref},person,{kind},{number},{first},{last},,1980-05-01,F,,"Calle Nueva, 1",28001,Madrid,28,'
        f"+34 600 017 175,{ref.lower()}@example.com,ES4899938065519564212324,S,2024-01-01,2020-02-03,,es"
        for ref, kind, number, first, last in rows
    ]
    return "\n".join((COLUMNS, *lines))
