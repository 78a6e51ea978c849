"""What was made for a customer goes when his data do (GDPR art. 17)."""

from csv import DictReader
from io import StringIO

import pytest

from core.errors import NotFound
from tests.modules.core_business.granting import Desk, clock_at, working_hour
from tests.modules.insurance.conftest import CUSTOMERS, INSURERS
from tests.modules.insurance.documents.test_document_tools import DOG


@pytest.fixture(scope="module")
def desk(installation, actor, call):
    """The approvers' desk on a working day."""
    with clock_at(installation, working_hour()):
        yield Desk(installation, actor, call, working_hour())


def test_an_erased_customer_leaves_no_document(desk, run):
    run("crm_import_customers", "admin", rows=list(DictReader(StringIO(CUSTOMERS))))
    run("kernel_import_insurers", "admin", rows=INSURERS)
    owner = run("crm_create_person", first_name="Eva", last_name="Sanz", id_number="10000001S").customer
    quote = run("mascotas_quote_policy", customer=owner, insurer="C0901", **DOG)
    mine = run("kernel_create_document", kind="offer", quote=quote.quote_number)
    other = run("mascotas_quote_policy", customer="CL00001", insurer="C0901", **(DOG | {"chip_no": "1" * 15}))
    kept = run("kernel_create_document", kind="offer", quote=other.quote_number)
    who = ("executive", "compliance_2")
    desk.granted("crm_erase_customer", "compliance", who, customer=owner, reason="lo pide la interesada")
    with pytest.raises(NotFound):
        run("kernel_download_issued_document", document=mine.document)
    assert [row.document for row in run("kernel_list_issued_documents").documents] == [kept.document]
