"""The trade's words for fields, tables and states (*rótulos*), Spanish source.

A tool's schema may bring its own title; what has none is named here, and a name that
nobody knows is shown with spaces for underscores.
"""

from typing import Final

from core.i18n import N_, Locale, translate

FIELDS: Final = {
    "number": N_("Número"), "name": N_("Nombre"), "first_name": N_("Nombre"), "last_name": N_("Apellidos"),
    "customer": N_("Cliente"), "customer_name": N_("Cliente"), "policyholder": N_("Tomador"),
    "insurer": N_("Aseguradora"), "insurer_name": N_("Aseguradora"), "product": N_("Producto"),
    "line": N_("Ramo"), "status": N_("Estado"), "state": N_("Estado"), "kind": N_("Tipo"),
    "policy": N_("Póliza"), "policy_number": N_("Póliza"), "receipt": N_("Recibo"),
    "receipt_number": N_("Recibo"), "quote": N_("Oferta"), "quote_number": N_("Oferta"),
    "claim": N_("Siniestro"), "claim_number": N_("Siniestro"), "amount": N_("Importe"),
    "net_premium": N_("Prima neta"), "total_premium": N_("Prima total"), "annual_premium": N_("Prima anual"),
    "premium": N_("Prima"), "premium_tax": N_("Impuesto (IPS)"), "taxes": N_("Impuestos"),
    "surcharge": N_("Recargos"), "surcharges": N_("Recargos"), "ccs_surcharge": N_("Recargo del Consorcio"),
    "total": N_("Total"), "commission": N_("Comisión"), "commission_rate": N_("Comisión"),
    "deductible": N_("Franquicia"), "coverage": N_("Cobertura"), "coverages": N_("Coberturas"),
    "effective_on": N_("Efecto"), "expires_on": N_("Vencimiento"), "due_on": N_("Vence"),
    "issued_on": N_("Emisión"), "paid_on": N_("Cobro"), "collected_on": N_("Cobro"), "returned_on": N_("Devolución"),
    "starts_on": N_("Desde"), "ends_on": N_("Hasta"), "birth_date": N_("Nacimiento"), "born_on": N_("Nacimiento"),
    "occurred_on": N_("Ocurrió"), "reported_on": N_("Comunicado"), "opened_on": N_("Apertura"),
    "days": N_("Días"), "days_overdue": N_("Días de retraso"), "overdue_days": N_("Días de retraso"),
    "bucket": N_("Antigüedad"), "count": N_("Cantidad"), "plate": N_("Matrícula"), "vehicle": N_("Vehículo"),
    "make": N_("Marca"), "model": N_("Modelo"), "power_hp": N_("Potencia (CV)"), "power_kw": N_("Potencia (kW)"),
    "driver": N_("Conductor"), "id_number": N_("NIF/NIE/CIF"), "id_type": N_("Documento"),
    "email": N_("Correo electrónico"), "phone": N_("Teléfono"), "address": N_("Dirección"),
    "postal_code": N_("Código postal"), "city": N_("Localidad"), "province": N_("Provincia"),
    "reason": N_("Motivo"), "reason_code": N_("Causa"), "medium": N_("Medio"), "payment_frequency": N_("Pago"),
    "frequency": N_("Pago"), "instalment": N_("Plazo"), "instalments": N_("Plazos"), "channel": N_("Canal"),
    "subject": N_("Asunto"), "summary": N_("Resumen"), "text": N_("Texto"), "notes": N_("Notas"),
    "purpose": N_("Finalidad"), "granted": N_("Concedido"), "severity": N_("Valoración"), "finding": N_("Hallazgo"),
    "findings": N_("Hallazgos"), "ref": N_("Referencia"), "label": N_("Descripción"), "title": N_("Título"),
    "query": N_("Búsqueda"), "limit": N_("Máximo de filas"), "risk": N_("Riesgo"), "use": N_("Uso"),
    "reserve": N_("Reserva"), "paid": N_("Pagado"), "version": N_("Versión"), "currency": N_("Moneda"),
    "type": N_("Tipo"), "code": N_("Código"), "description": N_("Descripción"), "position": N_("Postura"),
    "bonus_malus": N_("Bonificación"), "driver_age": N_("Edad del conductor"), "licence_years": N_("Años de carné"),
    "created_at": N_("Creado"), "updated_at": N_("Cambiado"), "tags": N_("Etiquetas"), "tool": N_("Herramienta"),
    "base_premium": N_("Prima base"), "valid_until": N_("Válida hasta"), "words": N_("Palabras"),
    "receipts": N_("Recibos"), "policies": N_("Pólizas"), "claims": N_("Siniestros"), "quotes": N_("Ofertas"),
    "customers": N_("Clientes"), "interactions": N_("Interacciones"), "pending": N_("Pendiente"),
    "overdue": N_("Vencido"), "on": N_("Fecha"), "at": N_("Momento"), "mentions": N_("Registros"),
}

TABLES: Final = {
    "customer": N_("clientes"), "consent": N_("consentimientos"), "interaction": N_("interacciones"),
    "contact": N_("contactos"), "policy": N_("pólizas"), "quote": N_("ofertas"), "receipt": N_("recibos"),
    "claim": N_("siniestros"), "insurer": N_("aseguradoras"), "product": N_("productos"),
    "commission": N_("comisiones"), "vehicle": N_("vehículos"), "driver": N_("conductores"),
    "coverage": N_("coberturas"), "policy_coverage": N_("coberturas"), "collection": N_("cobros"),
    "endorsement": N_("suplementos"), "risk": N_("riesgos"), "reminder": N_("avisos"), "vehicle_risk": N_("riesgos"),
}

STATES: Final = {
    "pending": N_("pendiente"), "collected": N_("cobrado"), "returned": N_("devuelto"), "overdue": N_("vencido"),
    "cancelled": N_("anulado"), "in_force": N_("en vigor"), "active": N_("activo"), "expired": N_("vencida"),
    "quoted": N_("ofertada"), "issued": N_("emitida"), "accepted": N_("aceptada"), "open": N_("abierto"),
    "closed": N_("cerrado"), "approved": N_("aprobada"), "rejected": N_("rechazada"), "stale": N_("desactualizada"),
    "superseded": N_("sustituida"), "voided": N_("anulada"), "executed": N_("ejecutada"), "failed": N_("fallida"),
    "person": N_("persona"), "company": N_("empresa"), "annual": N_("anual"), "semiannual": N_("semestral"),
    "half_yearly": N_("semestral"), "quarterly": N_("trimestral"), "monthly": N_("mensual"),
    "support": N_("a favor"), "note": N_("nota"), "warn": N_("atención"), "block": N_("en contra"),
    "autos": N_("autos"), "email": N_("correo electrónico"), "draft": N_("borrador"), "paid": N_("cobrado"),
    "transfer": N_("transferencia"), "cash": N_("efectivo"), "card": N_("tarjeta"), "direct_debit": N_("domiciliación"),
    "insert": N_("fila nueva"), "update": N_("cambio"), "delete": N_("baja"),
    "private": N_("particular"), "insurer": N_("aseguradora"), "renewed": N_("renovada"),
}

RISKS: Final = {
    "R0": N_("lectura"), "R1": N_("lectura sensible"), "W1": N_("borrador"), "W2": N_("escritura"),
    "M1": N_("dinero"), "M2": N_("datos bancarios"), "X1": N_("mensaje"), "X2": N_("campaña"),
    "B1": N_("exportación"), "B2": N_("exportación sensible"), "I1": N_("irreversible"), "N1": N_("red"),
    "A1": N_("administración"), "S1": N_("secreto"),
}


def field_label(name: str, locale: Locale, title: str | None = None) -> str:
    """What a form or a column calls the field `name`."""
    known = FIELDS.get(name)
    if known:
        return translate(known, locale)
    said = (title or name).replace("_", " ").strip()
    return said[:1].upper() + said[1:]


def table_label(table: str, locale: Locale) -> str:
    """What a diff calls a table: `soriano_core.policy` → «pólizas»."""
    name = table.rpartition(".")[2]
    known = TABLES.get(name)
    return translate(known, locale) if known else name.replace("_", " ")


def state_label(state: str, locale: Locale) -> str:
    """A state in people's words."""
    known = STATES.get(state)
    return translate(known, locale) if known else state.replace("_", " ")


def risk_label(code: str, locale: Locale) -> str:
    """A risk class in people's words, by its code."""
    known = RISKS.get(code)
    return translate(known, locale) if known else code
