"""One definition, many faces: same names, same results, same audit entries, same refusals."""

import json
from contextlib import suppress

import pytest
from langchain_core.tools import ToolException

from core.audit.search import Wanted
from core.context import Origin
from core.errors import AitError
from core.identifiers import new_id
from server.cli import main
from tests.server.test_clients import by_mcp
from tools.adapters.langchain import as_langchain_tool
from tools.gate import Call

DAY = "2026-06-01"
PROVINCE = "43"
FACES = ("gate", "rest", "mcp", "cli", "langchain")


@pytest.fixture(scope="module")
def faces(installation, actor, api, token, live):
    """Each face as a function `(tool, args, role) -> (result, error)`, JSON-shaped."""

    def gate(tool, args, role):
        try:
            return installation.gate.call(Call(tool, args, actor(role), Origin("job", new_id()))).json, None
        except AitError as error:
            return None, error.code

    def rest(tool, args, role):
        module, _, name = next(
            (t.name.removesuffix(f"_{t.function.__name__}"), "", t.function.__name__)
            for t in installation.catalogue.tools.values() if t.name == tool
        )  # fmt: skip
        said = api(role).post(f"/api/v1/{module}/{name}", json=args).json()
        return said.get("result"), said.get("title")

    def mcp(tool, args, role):
        async def work(session):
            return await session.call_tool(tool, args)

        said = by_mcp(live, token(role), work).structured_content
        return said.get("result"), said.get("title")

    def cli(tool, args, role, capsys, monkeypatch):
        monkeypatch.setenv("AIT_DATA_DIR", str(installation.settings.data_dir))
        capsys.readouterr()
        with suppress(SystemExit):
            main(["tools", "call", tool, "--args", json.dumps(args), "--as", actor(role).user, "--json"])
        said = json.loads(capsys.readouterr().out)
        return said.get("result"), (said.get("error") or {}).get("code")

    def langchain(tool, args, role):
        origin = Origin("job", new_id())
        made = as_langchain_tool(installation.catalogue.get(tool), installation.gate, actor(role), origin)
        try:
            return made.invoke(args), None
        except ToolException:
            return None, "ait.denied"

    return {"gate": gate, "rest": rest, "mcp": mcp, "cli": cli, "langchain": langchain}


@pytest.fixture
def ask(faces, capsys, monkeypatch):
    def through(face, tool, args, role):
        extra = (capsys, monkeypatch) if face == "cli" else ()
        return faces[face](tool, args, role, *extra)

    return through


@pytest.mark.parametrize("face", FACES)
def test_a_plug_ins_tool_gives_the_same_result_on_every_face(ask, call, face) -> None:
    call("hail_notices_record_notice", "owner", province=PROVINCE, day=DAY)
    expected = call("hail_notices_list_notices", "broker", province=PROVINCE).json
    assert ask(face, "hail_notices_list_notices", {"province": PROVINCE}, "broker") == (expected, None)


@pytest.mark.parametrize("face", FACES)
def test_a_refusal_is_the_same_on_every_face_and_leaves_the_same_entry(installation, actor, ask, face) -> None:
    args = {"province": PROVINCE, "day": DAY}
    assert ask(face, "hail_notices_record_notice", args, "cfo") == (None, "ait.denied")
    wanted = Wanted(tool="hail_notices_record_notice", kind="call.denied", operator=actor("cfo").user_id, limit=1)
    entry = installation.audit.search(actor("compliance"), wanted)[0].said
    assert entry["decision"]["rule_ids"] == ["role-permission"]
    assert entry["args"] == args


def test_a_plug_ins_tool_stands_in_openapi_and_answers_in_the_chat(live, api) -> None:
    paths = api("broker").get("/api/openapi.json").json()["paths"]
    assert "/api/v1/hail_notices/list_notices" in paths
    said = api("broker").post("/api/v1/chat", json={"text": "¿Hay avisos de granizo?", "stream": False}).json()
    assert [c["name"] for c in said["tool_calls"]] == ["hail_notices_list_notices"]
