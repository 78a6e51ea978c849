"""Files in and out over HTTP, and by the command line."""

import json
from uuid import uuid4

import pytest

from core.audit.search import Wanted
from tests.modules.infrastructure.files import pdf

PDF = pdf("Condiciones particulares", "Segunda hoja")
UPLOAD = "/api/v1/documents"


def test_a_file_comes_in_and_goes_out_as_it_was(api):
    client = api("broker")
    sent = client.post(UPLOAD, files={"file": ("condición\u202e.pdf", PDF, "text/html")}, data={"kind": "policy"})
    assert sent.status_code == 201, sent.text
    kept = sent.json()["result"]
    assert (kept["name"], kept["media"], kept["kind"]) == ("condición.pdf", "application/pdf", "policy")
    saved = client.get(f"{UPLOAD}/{kept['document']}/content")
    assert saved.content == PDF
    assert saved.headers["content-type"] == "application/pdf"
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''condici%C3%B3n.pdf"
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert saved.headers["content-security-policy"].startswith("sandbox")
    assert client.get(f"{UPLOAD}/{kept['document']}/content", params={"version": 2}).status_code == 404


def test_what_a_browser_might_run_is_bytes(api):
    page = b"<html><script>alert(1)</script><p>Hola"
    kept = api("broker").post(UPLOAD, files={"file": ("a.html", page)}).json()["result"]
    saved = api("broker").get(f"{UPLOAD}/{kept['document']}/content")
    assert (saved.content, saved.headers["content-type"]) == (page, "application/octet-stream")


def test_a_bad_upload_is_one_problem(api):
    client = api("broker")
    assert client.post(UPLOAD, data={"kind": "policy"}).json()["field"] == "file"
    assert client.post(UPLOAD, files={"file": ("a.pdf", b"%PDF-1.7")}).json()["field"] == "content"
    assert client.post(UPLOAD, files={"file": ("a", PDF)}, data={"kind": "wampum"}).json()["field"] == "kind"
    two = client.post(UPLOAD, files=[("file", ("a", PDF)), ("file", ("b", PDF))])
    assert two.status_code == 400
    assert client.post(UPLOAD, files={"file": ("a", bytes(6 * 1024 * 1024))}).status_code == 413


def test_a_retried_upload_is_one_upload(api):
    headers = {"Idempotency-Key": uuid4().hex}
    answers = [api("broker").post(UPLOAD, files={"file": ("r.pdf", PDF)}, headers=headers).json() for _ in range(2)]
    assert answers[0]["result"] == answers[1]["result"]
    assert answers[1]["replayed"]


def test_files_need_somebody_who_may(api, browser, live):
    import httpx2 as httpx

    kept = api("broker").post(UPLOAD, files={"file": ("p.pdf", PDF)}).json()["result"]
    place = f"{UPLOAD}/{kept['document']}/content"
    assert httpx.get(live.url + place).status_code in (303, 401)
    assert httpx.post(live.url + UPLOAD, files={"file": ("p.pdf", PDF)}).status_code in (303, 401)
    assert browser("broker").post(UPLOAD, files={"file": ("p.pdf", PDF)}).status_code == 403  # no proof of our page
    assert browser("broker").get(place).status_code == 200
    assert api("admin").post(UPLOAD, files={"file": ("p.pdf", PDF)}).status_code == 403


def test_a_download_is_audited_and_the_file_is_not_in_the_log(api, installation, tenant):
    large = PDF + b"%" + b"x" * 30_000
    kept = api("broker").post(UPLOAD, files={"file": ("audit.pdf", large)}).json()
    api("broker").get(f"{UPLOAD}/{kept['result']['document']}/content")
    (entry,) = installation.audit.search(tenant, Wanted(tool="document_service_upload_document", limit=1))
    assert entry.said["args"]["content"].startswith("sha256:")
    assert installation.audit.search(tenant, Wanted(tool="document_service_download_document", limit=1))


def test_the_command_line_uploads_lists_and_reads(installation, tenant, tmp_path, monkeypatch, capsys):
    from server.cli import main

    monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
    monkeypatch.setenv("AIT_MODEL", "offline")

    def ait(*words: str) -> str:
        capsys.readouterr()
        main(["documents", *words, "--as", tenant.user])
        return capsys.readouterr().out

    file = tmp_path / "condiciones.pdf"
    file.write_bytes(PDF)
    for words in (("upload", str(file), "--json"), ("list", "--json")):
        with pytest.raises(SystemExit) as ended:
            ait(*words)
        assert ended.value.code in (0, None)
    listed = json.loads(capsys.readouterr().out)
    assert "condiciones.pdf" in {d["name"] for d in listed["documents"]}
    with pytest.raises(SystemExit):
        ait("read", "condiciones.pdf", "--page", "2")
    assert capsys.readouterr().out.strip() == "Segunda hoja"
