"""A turn as frames: a motor quote compared, advised upon, and its issue waiting for a decision.

Typed payloads of the real frame classes, so that a change of the contract breaks here first.
"""

from datetime import UTC, datetime

from graphs.payloads import (
    Alternative,
    ApprovalAsked,
    Block,
    Budget,
    Consulted,
    Frame,
    Note,
    Payload,
    Planned,
    PlanStep,
    Recommended,
    Routed,
    Step,
    TextDelta,
    TextDone,
    ToolCalled,
    ToolResult,
    TurnFinished,
    TurnStarted,
    Usage,
)

ASKED = "Compara tres ofertas de autos para Ana Belén Ruiz y emite la mejor si baja del recibo actual."
OFFERS = [
    {"insurer": "Aseguradora A", "net_premium": "340.21", "taxes": "72.65", "total": "412.86"},
    {"insurer": "Aseguradora B", "net_premium": "305.90", "taxes": "65.30", "total": "371.20"},
    {"insurer": "Aseguradora C", "net_premium": "328.44", "taxes": "70.11", "total": "398.55"},
]
ANSWER = (
    "La oferta B ahorra **41,66 €** al año con las mismas coberturas. He pedido la decisión para emitirla: "
    "hasta entonces no se ha cambiado nada.\n\nNo he comprobado la siniestralidad de otras compañías."
)


def payloads(turn: str, approval: str) -> list[Payload]:
    """What the turn says, in order."""
    call, steps = "c1", ("Leer póliza vigente y siniestralidad", "Tarificar en tres compañías", "Consultar y emitir")
    planned = tuple(Step(id=str(i), label=label, state="waiting") for i, label in enumerate(steps))
    return [
        TurnStarted(turn=turn, actor="broker", model="offline", budget=Budget(), text=ASKED),
        Routed(
            executor="sales",
            title="Dirección comercial",
            score=0.94,
            why="autos_quote_policy",
            alternatives=(Alternative(executor="operations", score=0.04),),
        ),
        Planned(steps=planned),
        PlanStep(id="0", label=steps[0], tool=None, state="done"),
        ToolCalled(
            call=call,
            tool="kernel_list_quotes",
            title="Ofertas de autos",
            risk_class="R0",
            args={"customer": "Ana Belén Ruiz", "effective_on": "2026-12-01"},
            provenance={"customer": "typed", "effective_on": "model"},
        ),
        ToolResult(
            call=call,
            tool="kernel_list_quotes",
            ok=True,
            told="3 ofertas, la mejor 371,20 €.",
            result={"quotes": OFFERS, "count": 3},
            ms=412,
        ),
        Block(kind="table", title="Ofertas comparadas", call=call, path="quotes"),
        PlanStep(id="1", label=steps[1], tool=None, state="done"),
        Consulted(specialist="finance", title="Finanzas", state="asked"),
        Consulted(specialist="data", title="Datos", state="timeout", cause="no respondió en 20 s"),
        Recommended(
            specialist="insurance",
            title="Seguros",
            state="ok",
            position="support",
            reasons="Mismas coberturas y franquicia; la prima baja un 10,1 %.",
            risks=(),
            confidence=0.86,
            citations=({"kind": "tool", "ref": "kernel_list_quotes"},),
            dissent=None,
        ),
        Recommended(
            specialist="legal",
            title="Legal",
            state="ok",
            position="conditional",
            reasons="La oposición a la prórroga debe llegar un mes antes.",
            risks=("Plazo del art. 22 LCS",),
            confidence=0.71,
            citations=(),
            dissent=None,
        ),
        Recommended(
            specialist="finance",
            title="Finanzas",
            state="ok",
            position="oppose",
            reasons="La comisión baja del 11 % al 9 %.",
            risks=(),
            confidence=0.64,
            citations=(),
            dissent="La comisión baja del 11 % al 9 %: la casa pierde 8,70 € al año.",
        ),
        PlanStep(id="2", label=steps[2], tool="kernel_issue_policy", state="pending"),
        ApprovalAsked(
            id=approval,
            tool="kernel_issue_policy",
            title="Emitir póliza de autos",
            preview_hash="9c1e" + "0" * 56 + "77af",
            approvers="executive",
            expires_at="2026-11-23T16:30:00Z",
            decisions=("approve", "edit", "reject", "ask"),
        ),
        Note(level="info", text="Respondió el modelo sin conexión."),
        TextDelta(span="s1", text="La oferta B ahorra "),
        TextDelta(span="s1", text="41,66 € al año."),
        TextDone(span="s1", text=ANSWER, citations=({"ref": "kernel_list_quotes", "title": "Ofertas de autos"},)),
        TurnFinished(
            turn=turn,
            outcome="interrupted",
            usage=Usage(model_calls=3, tool_calls=2, seconds=1.84, models=("offline",)),
        ),
    ]


def sample(turn: str = "t1", approval: str = "a1", thread: str = "h1") -> list[Frame]:
    """The frames of the sample turn."""
    at = datetime(2026, 11, 22, 12, 40, tzinfo=UTC)
    return [
        Frame(thread=thread, turn=turn, seq=seq, type=said.type, payload=said.model_dump(mode="json"), at=at)
        for seq, said in enumerate(payloads(turn, approval), 1)
    ]
