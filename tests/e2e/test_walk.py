"""The walk: a broker asks and has a policy issued, an executive decides, nothing is lost meanwhile."""

import json
import re
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

PICTURES = Path(__file__).parent / "pictures"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WALKS = [("light", "desktop", "Julia Torres Ramírez"), ("dark", "phone", "David Núñez Iglesias")]
OTHERS = [("dark", "desktop"), ("light", "phone")]
MINUTE = 60_000


def check(page: Page, name: str, look: tuple[str, str]) -> None:
    """No accessibility finding, no sideways scrolling; a picture for the eye."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{look[0]}-{look[1]}.png")
    found = Axe().run(page, options={"runOnly": TAGS})
    told = [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found["violations"]]
    assert told == [], f"{name}: {told}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def ask(page: Page, text: str) -> None:
    """Write a request where the person is, and send it by Enter."""
    page.locator("#ask").fill(text)
    page.locator("#ask").press("Enter")


def wait_for_answer(page: Page) -> None:
    """Wait until no turn runs any more."""
    page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}"))
    expect(page.locator(".usage").last).to_be_visible(timeout=MINUTE)
    expect(page.locator(".turn[data-running]")).to_have_count(0, timeout=MINUTE)


def shape_of(page: Page) -> str:
    """The turns as they stand in the page, without what only spacing changes."""
    return re.sub(r"\s+", " ", page.locator("#turns").inner_html()).replace("> <", "><")


def policies(served, customer: str) -> int:
    """How many policies the customer has, by the command line."""
    args = json.dumps({"customer": customer, "line": "autos"})
    said = served.ait("tools", "call", "kernel_search_policies", "--args", args, "--json")
    assert said.returncode == 0, said.stderr
    answer = json.loads(said.stdout)
    result = answer.get("result", answer)
    return int(result["total"])


@pytest.mark.parametrize(("scheme", "device", "customer"), WALKS, ids=[f"{w[0]}-{w[1]}" for w in WALKS])
def test_a_broker_asks_an_executive_decides_and_nothing_is_lost(person, served, scheme, device, customer):
    look = (scheme, device)
    broker = person("broker", *look)
    page = broker.page
    check(page, "home", look)

    ask(page, f"¿Qué recibos tiene pendientes {customer}?")
    wait_for_answer(page)
    expect(page.locator("details.tool").first).to_contain_text("Recibos pendientes")
    expect(page.locator("#turns")).to_contain_text(customer.split()[0])
    check(page, "receipts", look)

    before = policies(served, customer)
    page.goto(served.url + "/chat")
    ask(page, f"Cotiza un seguro de coche a terceros ampliado para {customer} y emítelo")
    page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}"))
    page.reload()  # in mid-stream: the turn goes on by itself
    wait_for_answer(page)
    expect(page.locator(".steps li").first).to_be_visible()
    advice = page.locator("details.fold.card").filter(has_text="Especialistas")
    assert advice.locator(".strip .chip").count() >= 3
    if advice.get_attribute("open") is None:
        advice.locator("summary").first.click()
    expect(advice.locator(".advice > li").first).to_be_visible()
    card = page.locator("[data-approval]")
    expect(card).to_contain_text("pendiente")
    check(page, "chat", look)
    thread, shape = page.url, shape_of(page)
    page.reload()
    expect(page.locator(".usage").last).to_be_visible()
    assert shape_of(page).replace(' open=""', "") == shape.replace(' open=""', "")
    approval = card.get_attribute("data-approval")
    assert policies(served, customer) == before

    assert broker.wrong == []
    if device == "desktop":
        served.kill()
        expect(page.locator("#offline")).to_be_visible(timeout=20_000)
        served.start()
        expect(page.locator("#offline")).to_be_hidden(timeout=20_000)
        broker.wrong.clear()  # the browser told of the broken connections, and rightly

    executive = person("executive", *look)
    boss = executive.page
    expect(boss.locator("#queue")).to_contain_text("Emitir")
    boss.goto(f"{served.url}/approvals")
    check(boss, "queue", look)
    boss.locator(f"#queue-{approval}").click()
    expect(boss.get_by_role("button", name="Aprobar")).to_be_visible()
    check(boss, "decision", look)
    page.goto(thread)
    boss.get_by_role("button", name="Aprobar").click()
    expect(boss.locator(".decision").first).to_contain_text("Aprobada por", timeout=MINUTE)
    check(boss, "approved", look)

    expect(page.locator(f"[data-approval='{approval}']").first).to_contain_text("Aprobada por", timeout=10_000)
    expect(page.locator(".turn")).to_have_count(2, timeout=MINUTE)
    expect(page.locator(".turn[data-running]")).to_have_count(0, timeout=MINUTE)
    assert policies(served, customer) == before + 1
    check(page, "done", look)

    boss.goto(f"{served.url}/audit")
    expect(boss.locator("table")).to_contain_text("kernel_issue_policy")
    check(boss, "audit", look)
    verified = served.ait("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert broker.wrong == []
    assert executive.wrong == []


@pytest.mark.parametrize(("scheme", "device"), OTHERS, ids=[f"{o[0]}-{o[1]}" for o in OTHERS])
def test_every_page_looks_right_in_the_other_looks(person, served, scheme, device):
    look = (scheme, device)
    pages = [
        "/",
        "/chat",
        "/approvals",
        "/approvals?state=all",
        "/audit",
        "/tools",
        "/tools/autos_quote_policy",
        "/tools/crm_create_person",
        "/search?q=recibos",
        "/me",
    ]
    for user in ("broker", "executive"):
        visitor = person(user, *look)
        for path in pages:
            check(visitor.go(path), f"{user}{path.partition('?')[0].replace('/', '-')}", look)
        if device == "phone":
            visitor.page.set_viewport_size({"width": 320, "height": 640})
            for path in pages:
                page = visitor.go(path)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert visitor.wrong == []


def test_decisions_are_taken_by_keyboard_alone_and_a_rejection_needs_its_reason(person, served):
    broker, boss = person("broker", "light", "desktop"), person("executive", "light", "desktop")
    ask(broker.page, "Cotiza un seguro de coche a terceros ampliado para Sara Ortega Pérez y emítelo")
    wait_for_answer(broker.page)
    approval = broker.page.locator("[data-approval]").get_attribute("data-approval")
    page = boss.go(f"/approvals/{approval}")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Aprobar")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rechazar")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("escriba el motivo")).to_be_visible()
    page.get_by_label("Comentario").fill("El cliente pide esperar a enero.")
    page.get_by_role("button", name="Rechazar").press("Enter")
    expect(page.locator(".decision").first).to_contain_text("Rechazada por")
    expect(broker.page.locator(f"[data-approval='{approval}']").first).to_contain_text("Rechazada", timeout=10_000)
    assert [w for w in boss.wrong if "422" not in w] == []  # the browser tells of the refused form


def test_an_edit_is_previewed_again_before_anything_runs(person, served):
    broker, boss = person("broker", "light", "desktop"), person("executive", "dark", "desktop")
    ask(broker.page, "Cotiza un seguro de coche a terceros ampliado para Fernando Vázquez Moreno y emítelo")
    wait_for_answer(broker.page)
    approval = broker.page.locator("[data-approval]").get_attribute("data-approval")
    page = boss.go(f"/approvals/{approval}")
    first = page.locator("[id^='hash-'] .mono").get_attribute("title")
    page.get_by_role("link", name="Editar").click()
    field = page.locator("[name=quote]")
    quote = field.input_value()
    field.fill("Q-1999-000001")
    page.get_by_role("button", name="Ver la vista previa nueva").click()
    expect(page.locator("[role=alert]").filter(has_text="Q-1999-000001").first).to_be_visible()
    page.locator("[name=quote]").fill(quote)
    page.get_by_role("button", name="Ver la vista previa nueva").click()
    expect(page.locator(f"#decision-{approval}")).to_have_count(0)
    expect(page.get_by_role("button", name="Aprobar")).to_be_visible()
    assert page.locator("[id^='hash-'] .mono").get_attribute("title") != first
