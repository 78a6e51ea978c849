"""The official clients against a live server: openai's and MCP's, with the same tools and refusals."""

import asyncio
from uuid import UUID

import httpx2 as httpx
import openai
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client


@pytest.fixture
def client(live, token):
    return openai.OpenAI(base_url=f"{live.url}/v1", api_key=token("broker"), max_retries=0)


def ask(client, **more):
    messages = [{"role": "user", "content": "¿Qué recibos están vencidos?"}]
    return client.chat.completions.create(model="soriano", messages=messages, **more)


def test_openai_lists_the_house_and_its_executors(client):
    names = [model.id for model in client.models.list()]
    assert names[0] == "soriano"
    assert "soriano/cfo" in names
    assert client.models.retrieve("soriano/cfo").id == "soriano/cfo"


def test_openai_gets_the_whole_answer(client):
    answer = ask(client)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content


def test_openai_reads_the_stream_to_its_usage(client):
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.strip() == ask(client).choices[0].message.content.strip()
    assert chunks[-1].usage is not None
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"


def test_openai_is_refused_what_the_protocol_cannot_carry(client):
    tools = [{"type": "function", "function": {"name": "x", "parameters": {}}}]
    with pytest.raises(openai.BadRequestError):
        ask(client, tools=tools)
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="gpt-x", messages=[{"role": "user", "content": "hola"}])


def test_openai_with_a_wrong_key_is_not_signed_in(live):
    with pytest.raises(openai.AuthenticationError):
        list(openai.OpenAI(base_url=f"{live.url}/v1", api_key="ait_wrong", max_retries=0).models.list())


def by_mcp(live, token, work):
    """What `work(session)` gives, with an MCP session of the token's owner."""

    async def talk():
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as http,
            streamable_http_client(f"{live.url}/mcp", http_client=http) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            return await work(session)

    return asyncio.run(talk())


def test_mcp_finds_the_tools_that_the_person_may_use(live, token, actor):
    """There are too many for a list: a client is given a search, and what it finds can be called."""

    async def found(session):
        listed = [tool.name for tool in (await session.list_tools()).tools]
        said = await session.call_tool("search_tools", {"text": "recibos vencidos, enviar un recordatorio de pago"})
        return listed, {tool["name"]: tool for tool in said.structured_content["tools"]}

    listed, tools = by_mcp(live, token("broker"), found)
    assert set(listed) == {"search_tools", "call_tool"}
    policy, who = live.installation.policy, actor("broker")
    assert all(policy.permits(who, live.installation.catalogue.get(name).permission) for name in tools)
    assert tools["encashment_list_overdue"]["annotations"]["readOnlyHint"]
    assert tools["encashment_send_reminder"]["annotations"]["destructiveHint"]


def test_what_another_houses_model_asks_for_is_confirmed_by_its_person(live, token, password):
    """A client of the protocol is a model that we know nothing of: its writes wait for whoever lent it his token."""
    made = {"first_name": "Ana", "last_name": "Gil", "id_number": "12345678Z"}

    async def create(session):
        return await session.call_tool("crm_create_person", made)

    said = by_mcp(live, token("broker"), create).structured_content
    person = live.installation.people.actor(password("broker")[0])
    waiting = live.installation.approvals.show(person, UUID(said["approval_id"]))
    assert (waiting.rule, waiting.approver, waiting.may_decide) == ("untrusted-control", "requester", True)
    assert waiting.foreign_sources == ["mcp"]


def test_mcp_gives_the_same_result_as_rest(live, token, api):
    async def overdue(session):
        return await session.call_tool("encashment_list_overdue", {})

    said = by_mcp(live, token("broker"), overdue)
    assert not said.is_error
    by_rest = api("broker").post("/api/v1/encashment/list_overdue", json={}).json()
    assert said.structured_content["result"] == by_rest["result"]


def test_mcp_tells_an_error_as_a_result(live, token):
    async def wrong(session):
        return await session.call_tool("crm_show_customer", {"customer": "Nadie de ese nombre"})

    said = by_mcp(live, token("broker"), wrong)
    assert said.is_error
    assert said.structured_content["status"] == 404


def test_mcp_without_a_token_is_refused(live):
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert httpx.post(f"{live.url}/mcp", json=body).status_code == 401
