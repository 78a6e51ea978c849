"""Which words mean the same in this trade, in Spanish and English (*léxico*).

A concept stands for all its words, so that «presupuesto para el coche» and "quote my car"
meet. Words that tell two tools apart (pending and overdue, show and search) stay apart.
"""

from types import MappingProxyType
from typing import Final

from knowledge.words import fold, stem

CONCEPTS: Final = MappingProxyType(
    {
        "#quote": "cotizar cotizacion cotiza cotizaciones cotizame presupuesto presupuestos presupuestar tarificar"
        " quote quotes quotation estimate",
        "#make": "haz hazme hazle hazles prepara preparame preparale genera generame calcula calculame"
        " prepare make draft",
        "#rate": "tarifa tarificacion tariff rate rating",
        "#price": "precio precios costar cuesta costaria coste vale valdria price cost costs pricing",
        "#issue": "emitir emite emitelo emitela emision emitas emita contratar contrata contrate formalizar formaliza"
        " issue issuing bind",
        "#policy": "poliza polizas seguro seguros asegurar asegura asegurame insure insuring policy policies insurance",
        "#receipt": "recibo recibos receipt receipts cuota cuotas instalment instalments",
        "#pending": "pendiente pendientes impagado impagados impaga debe deben debiendo deuda deudas adeuda"
        " unpaid pending"
        " outstanding owe owes owed owing debt",
        "#overdue": "vencido vencidos vencida vencidas atrasado atrasados atraso retraso moroso morosos morosidad"
        " antiguedad overdue late arrears ageing aging",
        "#collect": "cobrar cobra cobrado cobro cobrada pagado pagar paga pagan pago abonado abona collect collected"
        " paid pay payment",
        "#return": "devolver devolvieron devolvio devuelven devuelto devuelta devolucion devuelve devueltos"
        " return returned bounced",
        "#remind": "recordatorio recordatorios recordar recuerda recuerdale notifica reminder reminders remind",
        "#customer": "cliente clientes tomador tomadora customer customers client clients policyholder",
        "#company": "empresa empresas sociedad sociedades compania company companies firm",
        "#person": "persona personas particular person individual",
        "#search": "buscar busca buscame buscar encuentra encontrar localiza localizar search find look lookup",
        "#show": "mostrar muestra muestrame ver ensename ensena abre abrir consulta consultar show display open view",
        "#sheet": "ficha 360 expediente perfil file profile record sheet datos details detalle",
        "#list": "lista listado listar enumera list",
        "#create": "alta altas crear crea registrar registra registre anadir anade create register add",
        "#new": "nuevo nueva nuevos nuevas new",
        "#change": "cambiar cambia cambiale modifica modificar actualiza actualizar corrige corregir change"
        " update modify"
        " correct edit",
        "#phone": "telefono telefonos movil phone telephone mobile",
        "#email": "correo email mail e-mail emails",
        "#address": "direccion domicilio address",
        "#consent": "consentimiento consentimientos consiente acepta autoriza autorizacion consent consents",
        "#withdraw": "retirar retira retirada revoca revocar withdraw withdraws withdrawn revoke",
        "#marketing": "publicidad comercial comerciales marketing promociones advertising",
        "#note": "constancia anotar anota anotame apunta apuntar note log",
        "#call": "llamada llamadas llamado llamo call calls called phoned",
        "#interaction": "interaccion interacciones contactos conversacion conversaciones interaction interactions"
        " contact"
        " contacts",
        "#history": "historial historia history",
        "#renewal": "renovacion renovaciones renovar renueva renuevan vencimiento vencimientos vencen vence renewal"
        " renewals renew expire expires expiring expiry",
        "#claim": "siniestro siniestros parte partes accidente claim claims accident",
        "#book": "cartera carteras book portfolio",
        "#summary": "resumen resume resumir resumeme situacion summary summarise summarize overview",
        "#vehicle": "coche coches vehiculo vehiculos auto autos automovil turismo furgoneta moto motocicleta car cars"
        " vehicle motor van motorcycle",
        "#review": "revisar revisa comprobar comprueba verifica analiza analizar evalua review check verify assess",
        "#send": "enviar envia envia enviale mandar manda mandale remite send",
        "#cover": "cobertura coberturas garantia garantias coverage cover",
        "#import": "importar importa importacion carga cargar import load",
        "#compare": "comparar compara comparacion comparativa compare comparison",
        "#audit": "auditoria auditar audit",
        "#complaint": "queja quejas reclamacion complaint complaints",
        "#campaign": "campana campanas campaign campaigns",
        "#employee": "empleado empleados plantilla trabajador trabajadores employee employees staff",
        "#total": "total totales suma sumas totals",
        "#month": "mes meses mensual month months monthly",
        "#day": "dia dias day days",
        "#next": "proximo proximos proxima proximas siguiente siguientes next coming upcoming",
        "#collectable": "remesa batch",
        "#chat": "whatsapp wasap chat chats",
        "#reply": "responder responde respondele contestar contesta contestale reply answer",
        "#meeting": "reunion reuniones cita citas agenda meeting meetings appointment appointments",
    }
)
"""Concept → words that mean it, folded."""

GREETINGS: Final = frozenset(
    "hola buenas buenos dias tardes noches saludos gracias muchas adios hasta luego pronto vale ok perfecto genial"
    " que tal estas encantado hello hi hey good morning afternoon evening thanks thank you bye goodbye great nice"
    " how are doing cheers".split()
)
"""Words of which a message that asks nothing is made."""

GIVE_UP: Final = frozenset(
    {
        "cancela",
        "cancelalo",
        "olvidalo",
        "olvidate",
        "dejalo",
        "no dejalo",
        "nada",
        "dejalo estar",
        "no importa",
        "ya no",
        "forget it",
        "never mind",
        "nevermind",
        "cancel",
        "cancel it",
        "stop",
        "drop it",
        "da igual",
    }
)
"""Answers to a question that end the matter."""

HELP: Final = frozenset(
    {
        "ayuda",
        "help",
        "que puedes hacer",
        "que sabes hacer",
        "que sabe hacer",
        "que puede hacer",
        "como funciona",
        "como funcionas",
        "en que puedes ayudarme",
        "en que me puedes ayudar",
        "para que sirves",
        "what can you do",
        "what can you help me with",
        "how does this work",
        "que se puede hacer aqui",
    }
)
"""Questions about what the assistant can do."""

ANALYSIS: Final = frozenset(
    "#review #compare #summary analisis tendencia evolucion compara porque recomienda recomiendas conviene riesgo"
    " deberia deberiamos mejor peor trend analysis analyse analyze recommend should advise why".split()
)


_CONCEPT_OF: Final = MappingProxyType(
    {stem(fold(word)): concept for concept, words in CONCEPTS.items() for word in words.split()}
)
CONCEPT_STEMS: Final = tuple(_CONCEPT_OF)
"""All stems that have a concept."""


def concept(root: str) -> str:
    """The concept of a stem, or the stem itself."""
    return _CONCEPT_OF.get(root, root)
