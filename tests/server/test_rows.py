"""The audit fields of a row, written through each face: true, and filled wherever they are known."""

import json
import re
import threading
from contextlib import suppress
from uuid import UUID

import httpx2 as httpx
import pytest
from hail_notices import HailNotice
from sqlmodel import select

from core.jobs import Jobs
from core.people import SignInSession
from core.records import AUDIT_FIELDS
from graphs.store import Store, origin_of
from server.background import worker
from server.cli import main
from tests.server.test_clients import by_mcp

TOOL, DAY = "hail_notices_record_notice", "2026-06-01"
AGENT = "Mozilla/5.0 (prueba)"


@pytest.fixture
def row(installation, tenant):
    """The one notice of a province."""

    def find(province: str) -> HailNotice:
        with installation.database.transaction(tenant.tenant_id) as session:
            return session.exec(select(HailNotice).where(HailNotice.province == province)).one()

    return find


def assert_true(row: HailNotice, user_id: UUID) -> None:
    """What holds on every face."""
    assert (row.created_by_user_id, row.updated_by_user_id) == (user_id, user_id)
    assert row.created_by_agent_id is None
    assert row.request_id is not None
    assert (row.version, len(row.checksum)) == (1, 64)
    assert row.created_at == row.updated_at
    assert (row.deleted_at, row.deleted_by_user_id) == (None, None)
    assert row.geo_location == "local"


def test_there_are_twenty_three_fields_and_tags() -> None:
    assert len(AUDIT_FIELDS - {"tags"}) == 23


def test_the_web_tells_session_address_browser_and_device(installation, live, password, row) -> None:
    name, word = password("owner")
    headers = {"User-Agent": AGENT, "Accept-Language": "es"}
    with httpx.Client(base_url=live.url, headers=headers) as browser:
        browser.post("/sign-in", data={"username": name, "password": word})
        device = browser.cookies["device"]
        csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/me").text).group(1)
        for province in ("01", "02"):
            form = {"csrf": csrf, "province": province, "day": DAY}
            assert browser.post(f"/tools/{TOOL}", data=form).status_code < 400
        browser.post("/sign-in", data={"username": name, "password": word})
        assert browser.cookies["device"] == device  # a new session, the same device
    actor = installation.people.actor(name)
    first, second = row("01"), row("02")
    assert_true(first, actor.user_id)
    assert (first.ip_address, first.user_agent) == ("127.0.0.1", AGENT)
    assert first.session_id == second.session_id is not None
    assert first.request_id != second.request_id
    assert first.device_fingerprint == second.device_fingerprint is not None
    with installation.database.transaction(actor.tenant_id) as session:
        signed = session.get(SignInSession, (actor.tenant_id, first.session_id))
    assert (signed.ip_address, signed.session_id) == ("127.0.0.1", signed.id)


def test_another_browser_is_another_device(live, password, row) -> None:
    name, word = password("owner")
    for province, language in (("03", "es"), ("04", "es"), ("05", "fr")):
        with httpx.Client(base_url=live.url, headers={"User-Agent": AGENT, "Accept-Language": language}) as browser:
            browser.post("/sign-in", data={"username": name, "password": word})
            csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get("/me").text).group(1)
            browser.post(f"/tools/{TOOL}", data={"csrf": csrf, "province": province, "day": DAY})
    assert len({row(province).device_fingerprint for province in ("03", "04", "05")}) == 3


def test_rest_and_mcp_tell_address_program_and_device(installation, live, token, password, row) -> None:
    actor = installation.people.actor(password("owner")[0])
    headers = {"Authorization": f"Bearer {token('owner')}", "User-Agent": AGENT}
    with httpx.Client(base_url=live.url, headers=headers) as client:
        for province in ("06", "07"):
            body = {"province": province, "day": DAY}
            client.post("/api/v1/hail_notices/record_notice", json=body).raise_for_status()

    async def work(session):
        return await session.call_tool(TOOL, {"province": "08", "day": DAY})

    by_mcp(live, token("owner"), work)
    first, second, third = row("06"), row("07"), row("08")
    for found in (first, second, third):
        assert_true(found, actor.user_id)
        assert found.ip_address == "127.0.0.1"
    assert first.user_agent == AGENT
    assert first.device_fingerprint == second.device_fingerprint is not None
    assert third.device_fingerprint not in (None, first.device_fingerprint)


def test_a_chat_tells_the_same_as_the_page_it_was_written_on(installation, live, api, password) -> None:
    said = api("owner").post("/api/v1/chat", json={"text": "Apunta un aviso de granizo en Lleida", "stream": False})
    assert said.status_code == 200
    actor = installation.people.actor(password("owner")[0])
    turn = Store(installation.database).turn(actor.tenant_id, UUID(said.json()["turn_id"]))
    origin = origin_of(turn)
    assert (origin.ip_address, origin.geo_location) == ("127.0.0.1", "local")
    assert origin.device_fingerprint


def test_the_command_line_is_no_machine(installation, tenant, monkeypatch, row) -> None:
    monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
    args = json.dumps({"province": "10", "day": DAY})
    with suppress(SystemExit):
        main(["tools", "call", TOOL, "--args", args, "--as", tenant.user, "--json"])
    found = row("10")
    assert_true(found, tenant.user_id)
    assert (found.device_fingerprint, found.user_agent, found.ip_address) == ("cli", "ait", None)
    assert found.session_id is not None


def test_a_job_is_the_request_of_what_it_writes(installation, tenant, row) -> None:
    jobs, stop = Jobs(installation.database, installation.valkey_url), threading.Event()
    with installation.database.transaction(tenant.tenant_id) as session:
        id = jobs.submit(session, tenant, TOOL, {"province": "11", "day": DAY})
    jobs.sweep()
    thread = threading.Thread(target=worker, args=(installation, stop))
    thread.start()
    for _ in range(200):
        if jobs.show(tenant.tenant_id, id).state in ("done", "failed"):
            break
        threading.Event().wait(0.05)
    stop.set()
    thread.join()
    jobs.close()
    found = row("11")
    assert_true(found, tenant.user_id)
    assert (found.request_id, found.device_fingerprint, found.user_agent) == (id, "worker", "ait worker")


def test_a_proxys_header_is_believed_only_if_the_settings_name_it(installation, live, token, row, monkeypatch) -> None:
    headers = {"Authorization": f"Bearer {token('owner')}", "CF-IPCountry": "FR"}
    named = installation.settings.model_copy(update={"geo_header": "CF-IPCountry"})
    with httpx.Client(base_url=live.url, headers=headers) as client:
        for province, settings in (("12", installation.settings), ("13", named)):
            monkeypatch.setattr(installation, "settings", settings)
            body = {"province": province, "day": DAY}
            client.post("/api/v1/hail_notices/record_notice", json=body).raise_for_status()
    assert (row("12").geo_location, row("13").geo_location) == ("local", "FR")
