"""Tools of a small brokerage as the models see them: schemas and examples, nothing behind them.

They stand in for the catalogue where only the language is tested; names, arguments and
slots are those that the modules promise.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import Runnable
from pydantic import BaseModel, Field

from agents.models.offline import OfflineChat
from agents.roster import ROSTER
from tools.adapters.langchain import as_function
from tools.risk import Risk
from tools.slots import Slot
from tools.tool import MARK, Declaration, Tool, tool

TODAY = "2026-11-22"
ANA = {
    "kind": "customer",
    "id": "01900000-0000-7000-8000-00000000000a",
    "label": "Ana Belén Ruiz Gil (12345678Z)",
    "words": "Ana Belén Ruiz",
}
LUIS = {
    "kind": "customer",
    "id": "01900000-0000-7000-8000-00000000000b",
    "label": "Luis García Mora (87654321X)",
    "words": "Luis García",
}

Customer = Annotated[str, Slot(ref="customer", ask="¿De qué cliente?")]
Policy = Annotated[str, Slot(ref="policy", ask="¿Qué póliza?")]
Receipt = Annotated[str, Slot(ref="receipt", ask="¿Qué recibo?")]
Quote = Annotated[str, Slot(ref="quote", ask="¿Qué cotización?")]


class Product(StrEnum):
    """What is bought."""

    TERCEROS_BASICO = "terceros_basico"
    TERCEROS_AMPLIADO = "terceros_ampliado"
    TODO_RIESGO = "todo_riesgo"


class Medium(StrEnum):
    """How it was paid."""

    TRANSFER = "transfer"
    CARD = "card"
    CASH = "cash"


class CarQuote(BaseModel):
    """One car to be priced for a customer."""

    customer: Customer
    product: Annotated[
        Product,
        Slot(
            ask="¿Qué modalidad: terceros básico, terceros ampliado o todo riesgo?",
            words={
                "terceros_basico": ("terceros básico", "a terceros", "third party"),
                "terceros_ampliado": ("terceros ampliado",),
                "todo_riesgo": ("todo riesgo", "comprehensive"),
            },
        ),
    ]
    effective_on: Annotated[date, Slot(ask="¿Desde qué día?", cues=("desde", "efecto", "from"))]
    vehicle_value: Annotated[
        Decimal,
        Field(decimal_places=2, gt=0),
        Slot(
            ask="¿Cuál es el valor del vehículo (euros)?", units=("€", "euros", "eur"), cues=("valor", "vale", "value")
        ),
    ]
    vehicle_age: Annotated[
        int,
        Field(le=100),
        Slot(
            ask="¿Cuántos años tiene el vehículo?",
            units=("años", "years"),
            cues=("antigüedad", "coche de", "vehículo de", "car is"),
        ),
    ]
    power_cv: Annotated[
        int,
        Field(le=2000),
        Slot(ask="¿Qué potencia tiene, en CV?", units=("cv", "caballos", "hp"), cues=("potencia", "power")),
    ]
    driver_age: Annotated[
        int,
        Field(le=110, description="Edad del conductor, años cumplidos"),
        Slot(ask="¿Qué edad tiene el conductor?", units=("años", "years old"), cues=("edad", "conductor de", "aged")),
    ]
    licence_years: Annotated[
        int,
        Field(le=95),
        Slot(ask="¿Cuántos años de carné tiene?", units=("años", "years"), cues=("carné", "carnet", "licence")),
    ]
    claims: Annotated[
        int, Field(le=50), Slot(ask="¿Cuántos siniestros con culpa en cinco años?", units=("siniestros", "claims"))
    ] = 0
    deductible: Annotated[int, Slot(cues=("franquicia", "deductible"))] | None = None
    young_driver: (
        Annotated[
            bool, Slot(words={"true": ("conductor joven",), "false": ("sin conductor joven", "ningún conductor joven")})
        ]
        | None
    ) = None


def search_customers(
    ctx: Any, query: Annotated[str, Slot(ask="¿Qué nombre, NIF o población busco?")], limit: int = 20
) -> dict[str, Any]:
    """Customers whose name holds the words, or with that NIF, e-mail, telephone or town."""
    return {}


def show_customer(ctx: Any, customer: Customer) -> dict[str, Any]:
    """All that the house knows of one customer."""
    return {}


def record_consent(
    ctx: Any,
    customer: Customer,
    purpose: Annotated[
        Literal["marketing", "privacy_notice"],
        Slot(
            ask="¿Para qué finalidad?",
            words={
                "marketing": ("publicidad", "comunicaciones comerciales", "marketing"),
                "privacy_notice": ("protección de datos",),
            },
        ),
    ],
    granted: Annotated[
        bool,
        Slot(
            ask="¿Consiente o retira el consentimiento?",
            words={"true": ("consiente", "acepta", "accepts"), "false": ("retira", "withdraws", "no acepta")},
        ),
    ],
    evidence: Annotated[str, Slot(ask="¿Dónde consta (grabación, documento, correo)?")],
) -> dict[str, Any]:
    """Add a statement of consent or of its withdrawal."""
    return {}


def record_interaction(
    ctx: Any, customer: Customer, summary: Annotated[str, Slot(ask="¿Qué anoto?")]
) -> dict[str, Any]:
    """Note something said with a customer."""
    return {}


def search_policies(
    ctx: Any,
    customer: Customer | None = None,
    status: Annotated[
        Literal["in_force", "cancelled"],
        Slot(words={"in_force": ("en vigor", "vigentes", "in force"), "cancelled": ("anuladas", "cancelled")}),
    ]
    | None = None,
) -> dict[str, Any]:
    """Policies of a customer, a line or a state."""
    return {}


def show_policy(ctx: Any, policy: Policy) -> dict[str, Any]:
    """One policy with its covers, receipts and claims."""
    return {}


def list_renewals(ctx: Any, days: Annotated[int, Slot(units=("días", "days"))] = 60) -> dict[str, Any]:
    """Policies that expire within that many days."""
    return {}


def list_claims(ctx: Any, customer: Customer | None = None) -> dict[str, Any]:
    """Claims, newest first."""
    return {}


def summarise_book(ctx: Any) -> dict[str, Any]:
    """Policies in force and annual premium by line."""
    return {}


def quote_policy(ctx: Any, quote: CarQuote) -> dict[str, Any]:
    """A priced quote of motor insurance; it binds nobody."""
    return {}


def issue_policy(ctx: Any, quote: Quote) -> dict[str, Any]:
    """The policy and its receipts from a priced quote; it binds the insurer."""
    return {}


def list_pending(
    ctx: Any,
    customer: Annotated[str, Slot(ref="customer", ask="¿De qué cliente?")] | None = None,
) -> dict[str, Any]:
    """Receipts that are not paid yet."""
    return {}


def list_overdue(
    ctx: Any,
    customer: Annotated[str, Slot(ref="customer", ask="¿De qué cliente?")] | None = None,
) -> dict[str, Any]:
    """Receipts past their due date, by age."""
    return {}


def show_receipt(ctx: Any, receipt: Receipt) -> dict[str, Any]:
    """One receipt with its amounts and its history."""
    return {}


def collect_receipt(
    ctx: Any,
    receipt: Receipt,
    paid_on: Annotated[date, Slot(ask="¿Qué día se cobró?")],
    medium: Annotated[
        Medium,
        Slot(
            ask="¿Por qué medio: transferencia, tarjeta o efectivo?",
            words={
                "transfer": ("transferencia", "transfer"),
                "card": ("tarjeta", "card"),
                "cash": ("efectivo", "cash"),
            },
        ),
    ],
) -> dict[str, Any]:
    """Note that a receipt was paid."""
    return {}


def send_reminder(ctx: Any, receipt: Receipt) -> dict[str, Any]:
    """Send the policyholder a reminder of a receipt by e-mail."""
    return {}


DECLARED: tuple[tuple[str, str, Callable[..., Any], Risk, str, tuple[str, ...]], ...] = (
    (
        "crm",
        "ai-crm",
        search_customers,
        Risk.READ,
        "crm:read",
        ("Busca los clientes que se llaman Ramos", "Qué clientes tenemos en Bilbao", "Find customers called Gómez"),
    ),
    (
        "crm",
        "ai-crm",
        show_customer,
        Risk.READ,
        "crm:read",
        (
            "Enséñame la ficha de Álvaro Ramos",
            "Dame el teléfono de Raquel Gómez",
            "Vista 360 del cliente",
            "Show me customer Raquel Gómez",
            "What is her e-mail address?",
        ),
    ),
    (
        "crm",
        "ai-crm",
        record_consent,
        Risk.WRITE,
        "crm:write",
        (
            "Álvaro Ramos consiente recibir comunicaciones comerciales",
            "Raquel Gómez retira su consentimiento de publicidad",
            "Record that Raquel Gómez withdraws consent for marketing",
        ),
    ),
    (
        "crm",
        "ai-crm",
        record_interaction,
        Risk.DRAFT,
        "crm:write",
        (
            "Anota que Álvaro Ramos llamó para preguntar por su póliza",
            "Apunta una nota en la ficha del cliente",
            "Note that Raquel Gómez called about her claim",
        ),
    ),
    (
        "kernel",
        "seguros-kernel",
        search_policies,
        Risk.READ,
        "policies:read",
        ("Qué pólizas tiene Álvaro Ramos", "Lista las pólizas en vigor", "What policies does Raquel Gómez have?"),
    ),
    (
        "kernel",
        "seguros-kernel",
        show_policy,
        Risk.READ,
        "policies:read",
        ("Enséñame la póliza 0903-92550447", "Show policy 0903-92550447"),
    ),
    (
        "kernel",
        "seguros-kernel",
        list_renewals,
        Risk.READ,
        "policies:read",
        (
            "Qué pólizas vencen en los próximos 30 días",
            "Renovaciones del mes que viene",
            "Which policies renew in the next 30 days?",
        ),
    ),
    (
        "kernel",
        "seguros-kernel",
        list_claims,
        Risk.READ,
        "claims:read",
        ("Qué siniestros tiene Álvaro Ramos", "Lista los siniestros abiertos", "List the open claims of Raquel Gómez"),
    ),
    (
        "kernel",
        "seguros-kernel",
        summarise_book,
        Risk.READ,
        "policies:read",
        (
            "Resume la cartera por ramos",
            "Cuántas pólizas hay en vigor y qué primas suman",
            "Summarise the book by line",
        ),
    ),
    (
        "autos",
        "seguros-autos",
        quote_policy,
        Risk.DRAFT,
        "autos:quote",
        (
            "Cotiza un seguro de coche a todo riesgo para Álvaro Ramos",
            "Cuánto cuesta asegurar el coche de Raquel Gómez",
            "Quote third party motor insurance for Raquel Gómez",
        ),
    ),
    (
        "kernel",
        "seguros-kernel",
        issue_policy,
        Risk.WRITE,
        "kernel:bind",
        ("Emite la cotización Q-2026-000012", "Emite la póliza", "Issue quote Q-2026-000012"),
    ),
    (
        "encashment",
        "ai-encashment",
        list_pending,
        Risk.READ,
        "receipts:read",
        (
            "Qué recibos tiene pendientes Álvaro Ramos",
            "Cuánto debe Raquel Gómez",
            "Recibos pendientes de cobro",
            "Which receipts has Raquel Gómez not paid?",
        ),
    ),
    (
        "encashment",
        "ai-encashment",
        list_overdue,
        Risk.READ,
        "receipts:read",
        ("Qué recibos están vencidos", "Antigüedad de la deuda de Álvaro Ramos", "List the overdue receipts"),
    ),
    (
        "encashment",
        "ai-encashment",
        show_receipt,
        Risk.READ,
        "receipts:read",
        ("Enséñame el recibo RE000123", "Show receipt RE000123"),
    ),
    (
        "encashment",
        "ai-encashment",
        collect_receipt,
        Risk.WRITE,
        "receipts:write",
        (
            "Cobra el recibo RE000123 por transferencia",
            "El recibo RE000123 se ha pagado hoy con tarjeta",
            "Receipt RE000123 was paid yesterday by card",
        ),
    ),
    (
        "encashment",
        "ai-encashment",
        send_reminder,
        Risk.MESSAGE,
        "receipts:remind",
        ("Envía un recordatorio del recibo RE000123", "Send a payment reminder for receipt RE000123"),
    ),
)


def _tool(
    short: str, module: str, function: Callable[..., Any], risk: Risk, permission: str, examples: tuple[str, ...]
) -> Tool:
    marked = tool(risk, permission=permission, examples=examples)(function)
    declaration: Declaration = getattr(marked, MARK)
    return Tool(f"{short}_{function.__name__}", module, declaration.risk, permission, examples, "", function)


TOOLS: tuple[Tool, ...] = tuple(_tool(*row) for row in DECLARED)


FUNCTIONS: list[dict[str, Any]] = [as_function(tool) for tool in TOOLS]


def offline(names: Sequence[str] = ()) -> Runnable[Any, AIMessage]:
    """The offline model with all tools at hand, or those of `names`."""
    return OfflineChat().bind_tools([f for f in FUNCTIONS if not names or f["function"]["name"] in names])


class Conversation:
    """A scripted conversation: a person says something, tools answer from a table, the model goes on."""

    def __init__(self, results: Mapping[str, Any] | None = None, names: Sequence[str] = ()) -> None:
        """Begin; `results` holds what each tool gives back, a value or a function of its arguments."""
        self.model = offline(names)
        self.results = dict(results or {})
        self.messages: list[AnyMessage] = [SystemMessage(ROSTER.executors["sales"].system_prompt())]
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def say(self, text: str, *mentions: Mapping[str, Any], most: int = 8) -> str:
        """What the model answers in the end; the calls it made on the way are kept."""
        marked = f"\n\n<registros>{json.dumps(mentions)}</registros>" if mentions else ""
        self.messages.append(HumanMessage(f"{text}{marked}\n<hoy>{TODAY}</hoy>"))
        self.calls = []
        for _ in range(most):
            answer = self.model.invoke(self.messages)
            self.messages.append(answer)
            if not answer.tool_calls:
                return str(answer.content)
            for call in answer.tool_calls:
                self.calls.append((call["name"], call["args"]))
                result = json.dumps(self._result(call))
                self.messages.append(ToolMessage(result, tool_call_id=call["id"], name=call["name"]))
        raise AssertionError(f"the model did not come to an end: {self.calls}")

    def _result(self, call: Mapping[str, Any]) -> Any:
        result = self.results.get(call["name"], {"_told": f"Hecho: {call['name']}."})
        return result(call["args"]) if callable(result) else result
