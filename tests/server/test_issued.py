"""Issued documents over HTTP: saved by people, never shown in a window of ours."""

from csv import DictReader
from io import StringIO
from uuid import uuid4

import pytest

from tests.modules.insurance.conftest import CUSTOMERS, INSURERS, POLICIES

CONTENT = "/api/v1/issued-documents/{}/content"


@pytest.fixture(scope="module")
def document(run):
    """A policy's document, made by a broker."""
    run("crm_import_customers", "admin", rows=list(DictReader(StringIO(CUSTOMERS))))
    run("kernel_import_insurers", "admin", rows=INSURERS)
    run("kernel_import_policies", "admin", rows=[POLICIES[1]])
    return run("kernel_create_document", kind="policy", policy="PO00002")


def test_a_document_is_saved_as_a_file(api, document):
    saved = api("broker").get(document.link)
    assert saved.status_code == 200
    assert saved.content.startswith(b"%PDF-1.7")
    assert len(saved.content) == document.size
    assert saved.headers["content-type"] == "application/pdf"
    assert saved.headers["content-disposition"] == f"attachment; filename*=UTF-8''{document.name}"
    assert saved.headers["content-security-policy"].startswith("sandbox")
    assert "no-store" in saved.headers["cache-control"]


def test_what_is_not_there_and_who_is_not_known(api, live, document):
    import httpx2 as httpx

    assert api("broker").get(CONTENT.format(uuid4())).status_code == 404
    assert api("broker").get(CONTENT.format("x")).status_code in (404, 422)
    assert httpx.get(live.url + document.link).status_code in (303, 401)
