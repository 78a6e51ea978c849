"""The CFO (*dirección financiera*): receipts, collections, treasury and the books."""

from agents.spec import Executor
from agents.toolsets import CLIENT, FINANCE
from core.i18n import N_
from tools.risk import Risk

CFO = Executor(
    id="cfo",
    title=N_("Dirección financiera"),
    summary=N_("Recibos, cobros, impagados y devoluciones; tesorería, contabilidad, comisiones y liquidaciones."),
    prompt="cfo.md",
    specialists=("finance", "legal", "customer"),
    toolsets=tuple(dict.fromkeys((*FINANCE, *CLIENT))),
    authority=(Risk.READ, Risk.DRAFT, Risk.WRITE, Risk.MONEY, Risk.MESSAGE, Risk.IRREVERSIBLE, Risk.NETWORK),
    keywords=(
        "recibos", "recibo pendiente", "recibo devuelto", "impagados", "vencidos", "deuda", "morosidad", "cobrar",
        "cobro", "cobrado", "pagado", "ha pagado", "qué debe", "cuánto debe", "devolución bancaria", "domiciliación",
        "remesa", "transferencia", "recordatorio de pago", "reclamar el pago", "tesorería", "banco", "saldo",
        "contabilidad", "asiento", "balance", "comisiones", "liquidación con la aseguradora", "factura", "impuestos",
        "receipts", "unpaid receipts", "overdue", "outstanding payments", "owes", "debt", "collect a receipt",
        "payment reminder", "direct debit returned", "cash", "ledger", "invoice", "commission settlement", "treasury",
    ),
    handles=("encashment_*", "treasury_*", "accountant_*", "pgc_*", "*_settle_commissions"),
)
