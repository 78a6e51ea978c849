"""The trade's words for fields, tables and states (*rótulos*), Spanish source.

A tool's schema may bring its own title; what has none is named here, and a name that
nobody knows is shown with spaces for underscores.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from core.i18n import N_, Locale, translate

FIELDS: Final = {
    "no": N_("Nº"),
    "number": N_("Número"),
    "policy_number": N_("Póliza"),
    "quote_number": N_("Oferta"),
    "receipt_number": N_("Recibo"),
    "claim_number": N_("Siniestro"),
    "policy": N_("Póliza"),
    "quote": N_("Oferta"),
    "receipt": N_("Recibo"),
    "claim": N_("Siniestro"),
    "payee": N_("Beneficiario"),
    "payee_name": N_("Beneficiario"),
    "payment": N_("Pago"),
    "name": N_("Nombre"),
    "full_name": N_("Nombre"),
    "first_name": N_("Nombre"),
    "last_name": N_("Apellidos"),
    "customer": N_("Cliente"),
    "customer_name": N_("Cliente"),
    "policyholder": N_("Tomador"),
    "id_number": N_("NIF/NIE/CIF"),
    "id_type": N_("Documento"),
    "iban": N_("IBAN"),
    "since": N_("Desde"),
    "until": N_("Hasta"),
    "email_since": N_("Correo electrónico desde"),
    "recipient": N_("Destinatario"),
    "kind": N_("Tipo"),
    "type": N_("Tipo"),
    "insurer": N_("Aseguradora"),
    "insurer_name": N_("Aseguradora"),
    "product": N_("Producto"),
    "product_label": N_("Modalidad"),
    "line": N_("Ramo"),
    "status": N_("Estado"),
    "state": N_("Estado"),
    "object_ref": N_("Objeto asegurado"),
    "plate": N_("Matrícula"),
    "risk_description": N_("Riesgo asegurado"),
    "premium": N_("Prima"),
    "base_premium": N_("Prima base"),
    "net_premium": N_("Prima neta"),
    "annual_premium": N_("Prima anual"),
    "surcharge": N_("Recargos"),
    "surcharges": N_("Recargos"),
    "surcharges_total": N_("Recargos"),
    "fractioning_surcharge": N_("Recargo por fraccionar"),
    "ccs_surcharge": N_("Recargo del Consorcio"),
    "premium_tax": N_("Impuesto (IPS)"),
    "ips": N_("Impuesto (IPS)"),
    "taxes": N_("Impuestos"),
    "total": N_("Total"),
    "total_premium": N_("Prima total"),
    "amount": N_("Importe"),
    "commission": N_("Comisión"),
    "commission_rate": N_("Comisión"),
    "commission_amount": N_("Comisión"),
    "cession": N_("Cesión"),
    "cession_rate": N_("Cesión"),
    "deductible": N_("Franquicia"),
    "sum_insured": N_("Capital asegurado"),
    "issued_on": N_("Emisión"),
    "effective_on": N_("Efecto"),
    "started_on": N_("En vigor desde"),
    "expires_on": N_("Vencimiento"),
    "valid_until": N_("Válida hasta"),
    "due_on": N_("Vence"),
    "paid_on": N_("Cobro"),
    "collected_on": N_("Cobro"),
    "returned_on": N_("Devolución"),
    "period_from": N_("Desde"),
    "period_to": N_("Hasta"),
    "days_left": N_("Días que faltan"),
    "days_overdue": N_("Días de retraso"),
    "overdue_days": N_("Días de retraso"),
    "coverage": N_("Cobertura"),
    "coverages": N_("Coberturas"),
    "starts_on": N_("Desde"),
    "ends_on": N_("Hasta"),
    "birth_date": N_("Nacimiento"),
    "born_on": N_("Nacimiento"),
    "occurred_on": N_("Ocurrió"),
    "reported_on": N_("Comunicado"),
    "opened_on": N_("Apertura"),
    "days": N_("Días"),
    "bucket": N_("Antigüedad"),
    "count": N_("Cantidad"),
    "vehicle": N_("Vehículo"),
    "make": N_("Marca"),
    "model": N_("Modelo"),
    "power_hp": N_("Potencia (CV)"),
    "power_kw": N_("Potencia (kW)"),
    "driver": N_("Conductor"),
    "email": N_("Correo electrónico"),
    "phone": N_("Teléfono"),
    "address": N_("Dirección"),
    "postal_code": N_("Código postal"),
    "city": N_("Localidad"),
    "province": N_("Provincia"),
    "reason": N_("Motivo"),
    "reason_code": N_("Causa"),
    "medium": N_("Medio"),
    "payment_frequency": N_("Pago"),
    "frequency": N_("Pago"),
    "instalment": N_("Plazo"),
    "instalments": N_("Plazos"),
    "channel": N_("Canal"),
    "subject": N_("Asunto"),
    "summary": N_("Resumen"),
    "text": N_("Texto"),
    "notes": N_("Notas"),
    "purpose": N_("Finalidad"),
    "granted": N_("Concedido"),
    "severity": N_("Valoración"),
    "finding": N_("Hallazgo"),
    "findings": N_("Hallazgos"),
    "ref": N_("Referencia"),
    "label": N_("Descripción"),
    "title": N_("Título"),
    "query": N_("Búsqueda"),
    "limit": N_("Máximo de filas"),
    "risk": N_("Riesgo"),
    "use": N_("Uso"),
    "sequence": N_("Orden"),
    "collected_by": N_("Lo cobra"),
    "cover": N_("Cobertura"),
    "age": N_("Antigüedad"),
    "ageing": N_("Por antigüedad"),
    "returned": N_("Devueltos"),
    "returned_count": N_("Devueltos"),
    "returned_total": N_("Importe devuelto"),
    "returned_reason": N_("Motivo de devolución"),
    "renewals": N_("Renovaciones"),
    "insurer_until": N_("Plazo de la compañía"),
    "policyholder_until": N_("Plazo del cliente"),
    "event": N_("Hecho"),
    "detail": N_("Detalle"),
    "decision": N_("Decisión"),
    "tariff_version": N_("Tarifa"),
    "reserve": N_("Reserva"),
    "paid": N_("Pagado"),
    "version": N_("Versión"),
    "currency": N_("Moneda"),
    "code": N_("Código"),
    "description": N_("Descripción"),
    "position": N_("Postura"),
    "bonus_malus": N_("Bonificación"),
    "driver_age": N_("Edad del conductor"),
    "licence_years": N_("Años de carné"),
    "created_at": N_("Creado"),
    "updated_at": N_("Cambiado"),
    "tags": N_("Etiquetas"),
    "tool": N_("Herramienta"),
    "words": N_("Palabras"),
    "receipts": N_("Recibos"),
    "policies": N_("Pólizas"),
    "claims": N_("Siniestros"),
    "quotes": N_("Ofertas"),
    "customers": N_("Clientes"),
    "interactions": N_("Interacciones"),
    "pending": N_("Pendiente"),
    "overdue": N_("Vencido"),
    "on": N_("Fecha"),
    "at": N_("Momento"),
    "mentions": N_("Registros"),
    "attempts": N_("Intentos"),
    "first_registered_on": N_("Primera matriculación"),
    "licensed_on": N_("Carné desde"),
    "driver_born_on": N_("Nacimiento del conductor"),
    "vehicle_class": N_("Clase de vehículo"),
    "vehicle_value": N_("Valor del vehículo"),
    "power_cv": N_("Potencia (CV)"),
    "bm_level": N_("Nivel de bonificación"),
    "parking": N_("Dónde duerme"),
    "zone": N_("Zona"),
    "insured": N_("Asegurado"),
    "claims_count": N_("Siniestros"),
    "policies_count": N_("Pólizas"),
    "signed_on": N_("Firmada"),
    "accepted_on": N_("Aceptada"),
    "payer": N_("Pagador"),
    "customer_number": N_("Cliente nº"),
    "reference": N_("Referencia"),
    "body": N_("Texto"),
    "direction": N_("Sentido"),
    "happened_on": N_("Fecha"),
}

LONGEST_LABEL: Final = 48

TABLES: Final = {
    "customer": N_("clientes"),
    "consent": N_("consentimientos"),
    "interaction": N_("interacciones"),
    "contact": N_("contactos"),
    "policy": N_("pólizas"),
    "quote": N_("ofertas"),
    "receipt": N_("recibos"),
    "claim": N_("siniestros"),
    "insurer": N_("aseguradoras"),
    "product": N_("productos"),
    "commission": N_("comisiones"),
    "commission_line": N_("apuntes de comisión"),
    "vehicle": N_("vehículos"),
    "driver": N_("conductores"),
    "coverage": N_("coberturas"),
    "policy_coverage": N_("coberturas"),
    "collection": N_("cobros"),
    "endorsement": N_("suplementos"),
    "risk": N_("riesgos"),
    "reminder": N_("avisos"),
    "vehicle_risk": N_("riesgos"),
    "bank_account": N_("cuentas de clientes"),
    "customer_note": N_("notas de clientes"),
    "customer_export": N_("exportaciones"),
    "claim_note": N_("notas de siniestros"),
    "payee": N_("beneficiarios"),
    "house_account": N_("cuentas de la correduría"),
    "payment_order": N_("órdenes de pago"),
    "payment_movement": N_("pasos de los pagos"),
}

STATES: Final = {
    "pending": N_("pendiente"),
    "collected": N_("cobrado"),
    "returned": N_("devuelto"),
    "overdue": N_("vencido"),
    "cancelled": N_("anulado"),
    "in_force": N_("en vigor"),
    "active": N_("activo"),
    "expired": N_("vencida"),
    "quoted": N_("ofertada"),
    "issued": N_("emitida"),
    "accepted": N_("aceptada"),
    "open": N_("abierto"),
    "closed": N_("cerrado"),
    "approved": N_("aprobada"),
    "rejected": N_("rechazada"),
    "stale": N_("desactualizada"),
    "superseded": N_("sustituida"),
    "voided": N_("anulada"),
    "executed": N_("ejecutada"),
    "failed": N_("fallida"),
    "person": N_("persona"),
    "company": N_("empresa"),
    "annual": N_("anual"),
    "semiannual": N_("semestral"),
    "half_yearly": N_("semestral"),
    "quarterly": N_("trimestral"),
    "monthly": N_("mensual"),
    "support": N_("a favor"),
    "note": N_("nota"),
    "warn": N_("atención"),
    "block": N_("en contra"),
    "autos": N_("autos"),
    "email": N_("correo electrónico"),
    "draft": N_("borrador"),
    "paid": N_("pagado"),
    "transfer": N_("transferencia"),
    "cash": N_("efectivo"),
    "card": N_("tarjeta"),
    "direct_debit": N_("domiciliación"),
    "insert": N_("fila nueva"),
    "update": N_("cambio"),
    "delete": N_("baja"),
    "private": N_("particular"),
    "insurer": N_("aseguradora"),
    "renewed": N_("renovada"),
    "priced": N_("tarificada"),
    "referred": N_("en consulta"),
    "declined": N_("rehusada"),
    "presented": N_("presentada"),
    "pending_signature": N_("pendiente de firma"),
    "pending_first_premium": N_("pendiente de la primera prima"),
    "suspended": N_("suspendida"),
    "reduced": N_("reducida"),
    "paid_up": N_("liberada de primas"),
    "lapsed": N_("extinguida"),
    "replaced": N_("reemplazada"),
    "annulled": N_("nula"),
    "sent_to_bank": N_("en remesa"),
    "settled": N_("liquidado"),
    "claimed": N_("reclamado"),
    "refunded": N_("abonado"),
    "notified": N_("declarado"),
    "registered": N_("registrado"),
    "coverage_check": N_("en análisis de cobertura"),
    "adjusting": N_("en peritación"),
    "offered": N_("con oferta"),
    "disputed": N_("en discrepancia"),
    "mediation": N_("en mediación"),
    "court": N_("judicial"),
    "reopened": N_("reabierto"),
    "not_due": N_("sin vencer"),
    "up_to_30": N_("hasta 30 días"),
    "up_to_60": N_("de 31 a 60 días"),
    "up_to_90": N_("de 61 a 90 días"),
    "over_90": N_("más de 90 días"),
    "in_grace": N_("mes de gracia"),
    "extinct": N_("extinguida"),
    "first_premium_unpaid": N_("primera prima impagada"),
    "community": N_("comunidad"),
    "proposed": N_("propuesto"),
    "ordered": N_("ordenado"),
    "unknown": N_("de resultado desconocido"),
    "unverified": N_("sin comprobar"),
    "cooling_off": N_("en espera"),
    "payable": N_("comprobado"),
    "first": N_("primer recibo"),
    "renewal": N_("renovación"),
    "new_business": N_("nueva producción"),
    "accept": N_("aceptar"),
    "refer": N_("consultar"),
    "decline": N_("rehusar"),
    "new": N_("nueva producción"),
    "broker": N_("la correduría"),
    "terceros_basico": N_("terceros básico"),
    "terceros_ampliado": N_("terceros ampliado"),
    "todo_riesgo": N_("todo riesgo"),
}

ROLES: Final = {
    "owner": N_("titular"),
    "admin": N_("administración"),
    "executive": N_("dirección ejecutiva"),
    "cfo": N_("dirección financiera"),
    "operations": N_("operaciones"),
    "compliance": N_("cumplimiento"),
    "broker": N_("mediación"),
}

RISKS: Final = {
    "R0": N_("lectura"),
    "R1": N_("lectura sensible"),
    "W1": N_("borrador"),
    "W2": N_("escritura"),
    "M1": N_("dinero"),
    "M2": N_("datos bancarios"),
    "X1": N_("mensaje"),
    "X2": N_("campaña"),
    "B1": N_("exportación"),
    "B2": N_("exportación sensible"),
    "I1": N_("irreversible"),
    "N1": N_("red"),
    "A1": N_("administración"),
    "S1": N_("secreto"),
}


RANK: Final = {name: place for place, name in enumerate(FIELDS)}


def in_order(names: Iterable[str], order: Sequence[str] = ()) -> list[str]:
    """`names` as `order` has them; what it does not name follows in the trade's reading order.

    Stored JSON forgets the order of its fields, so it is taken from the tool's schema.
    """
    places = {name: place for place, name in enumerate(order)}
    return sorted(names, key=lambda n: (places.get(n, len(places)), RANK.get(n, len(RANK)), n))


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


def role_label(role: str, locale: Locale) -> str:
    """A person's role in people's words."""
    known = ROLES.get(role)
    return translate(known, locale) if known else role


def own_labels(schema: Mapping[str, Any], locale: Locale) -> dict[str, str]:
    """What a schema itself calls its fields: the short descriptions that modules write."""
    found = {}
    for name, item in schema.get("properties", {}).items():
        said = str(item.get("description", "")).partition(":")[0].rstrip(".")
        if said and len(said) <= LONGEST_LABEL:
            found[name] = translate(said, locale)
    return found


KINDS: Final = {
    "call.allowed": N_("llamada"),
    "call.denied": N_("llamada denegada"),
    "call.failed": N_("llamada fallida"),
    "call.held": N_("llamada en espera"),
    "call.previewed": N_("vista previa"),
    "approval.approved": N_("decisión: aprobar"),
    "approval.granted": N_("decisión: aprobar, falta otra persona"),
    "approval.rejected": N_("decisión: rechazar"),
    "approval.refused": N_("decisión no admitida"),
    "approval.reminded": N_("aviso de decisión pendiente"),
    "approval.escalated": N_("decisión ampliada a otras personas"),
    "approval.voided": N_("decisión anulada"),
    "admin.authority_lent": N_("poder delegado"),
    "admin.authority_revoked": N_("delegación revocada"),
    "auth.stepped_up": N_("identidad confirmada de nuevo"),
    "approval.edited": N_("decisión: editar"),
    "approval.asked": N_("decisión: preguntar"),
    "approval.answered": N_("decisión: responder"),
    "approval.delegated": N_("decisión: delegar"),
    "approval.postponed": N_("decisión: posponer"),
    "approval.expired": N_("decisión vencida"),
    "approval.stale": N_("decisión desactualizada"),
    "approval.failed": N_("decisión fallida"),
    "auth.signed_in": N_("inicio de sesión"),
    "auth.signed_out": N_("cierre de sesión"),
    "auth.failed": N_("inicio de sesión fallido"),
    "auth.locked": N_("cuenta bloqueada"),
    "agent.messaged": N_("mensaje entre agentes"),
}


def kind_label(kind: str, locale: Locale) -> str:
    """What kind of audit entry it is, in words; the code itself for one that has none yet."""
    return translate(KINDS.get(kind, kind), locale)


def risk_label(code: str, locale: Locale) -> str:
    """A risk class in people's words, by its code."""
    known = RISKS.get(code)
    return translate(known, locale) if known else code
