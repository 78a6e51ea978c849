"""Quiet hours, consent, new addresses, templates: rules that hold whatever is asked."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadArguments, NotFound
from modules.infrastructure.notification_service.rules import (
    SETTLED_AFTER,
    Stated,
    consents,
    quiet_until,
    settled,
    tells_of_health,
    week_of,
)
from modules.infrastructure.notification_service.templates import Purpose, template, templates

ZONES = ("Europe/Madrid", "Atlantic/Canary")
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(now=instants, zone=st.sampled_from(ZONES))
def test_a_chat_may_ring_from_eight_to_nine_in_the_evening(now, zone):
    opens, local = quiet_until(now, zone), now.astimezone(ZoneInfo(zone))
    if 8 <= local.hour < 21:
        assert opens is None
    else:
        assert opens is not None
        assert timedelta(0) < opens - now <= timedelta(hours=12)
        assert opens.astimezone(ZoneInfo(zone)).hour == 8
        assert quiet_until(opens, zone) is None


def test_the_canaries_are_an_hour_behind():
    eight_in_madrid = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert quiet_until(eight_in_madrid, "Europe/Madrid") is None
    assert quiet_until(eight_in_madrid, "Atlantic/Canary") == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


statements = st.lists(st.builds(Stated, at=instants, id=st.uuids(), granted=st.booleans()), unique_by=lambda s: s.id)


@given(said=statements, later=st.timedeltas(timedelta(seconds=1), timedelta(days=9)))
def test_the_last_word_decides_and_silence_is_no(said, later):
    assert consents([]) is False
    end = max((s.at for s in said), default=datetime(2024, 1, 1, tzinfo=UTC)) + later
    assert consents([*said, Stated(end, UUID(int=1), granted=True)]) is True
    assert consents([*said, Stated(end, UUID(int=1), granted=False)]) is False
    assert consents(said) == consents(list(reversed(said)))


def test_an_address_is_settled_after_thirty_days():
    today = date(2026, 11, 22)
    assert not settled(None, today)
    assert not settled(today - SETTLED_AFTER, today)
    assert settled(today - SETTLED_AFTER - timedelta(days=1), today)


@pytest.mark.parametrize(
    "text", ["Le operaron en el HOSPITAL", "su diagnóstico", "enfermedad grave", "a medical report"]
)
def test_words_of_health_are_noticed(text):
    assert tells_of_health(text)
    assert not tells_of_health("Su recibo vence mañana", "Un saludo", "Gracias")


def test_weeks_are_those_of_iso():
    assert week_of(date(2026, 1, 1)) == "2026-W01"
    assert week_of(date(2027, 1, 1)) == "2026-W53"


VALUES = {
    "documents": "el DNI", "day": "2026-12-01", "time": "10:30", "place": "la oficina", "policy_number": "0901-123",
    "expires_on": "2026-12-31", "premium": "312.40", "line": "hogar",
}  # fmt: skip


@pytest.mark.parametrize("id", templates())
@pytest.mark.parametrize("language", ["es", "en", "ca"])
def test_every_template_renders_in_both_languages(id, language):
    found = template(id)
    letter = found.render(language, "Ana {brokerage} Ruiz", "Correduría", {name: VALUES[name] for name in found.fields})
    assert "Ana {brokerage} Ruiz" in letter.body  # a value is never read as a pattern
    assert "{" not in letter.subject
    assert letter.language == ("en" if language == "en" else "es")
    if found.purpose is Purpose.MARKETING:  # LSSI art. 20 and 21.2
        assert letter.subject.startswith(("Publicidad", "Advertisement"))
        assert "BAJA" in letter.body


@pytest.mark.parametrize(
    ("id", "values", "field"),
    [
        ("documents_requested", {}, "fields.documents"),
        ("documents_requested", {"documents": "vea https://x.example"}, "fields.documents"),
        ("documents_requested", {"documents": "entre en banco.com"}, "fields.documents"),
        ("documents_requested", {"documents": "a@b.es"}, "fields.documents"),
        ("documents_requested", {"documents": "uno\ndos"}, "fields.documents"),
        ("documents_requested", {"documents": "u\u200bno"}, "fields.documents"),
        ("documents_requested", {"documents": "el DNI", "otro": "x"}, "fields.otro"),
        ("appointment_confirmed", {"day": "mañana", "time": "10:30", "place": "aquí"}, "fields.day"),
        ("appointment_confirmed", {"day": "2026-12-01", "time": "25:00", "place": "aquí"}, "fields.time"),
        ("renewal_notice", {"policy_number": "x'", "expires_on": "2026-12-01", "premium": "1"}, "fields.policy_number"),
        ("renewal_notice", {"policy_number": "1", "expires_on": "2026-12-01", "premium": "NaN"}, "fields.premium"),
        ("renewal_notice", {"policy_number": "1", "expires_on": "2026-12-01", "premium": "1.234"}, "fields.premium"),
        ("line_offer", {"line": "criptomonedas"}, "fields.line"),
    ],
)  # fmt: skip
def test_a_field_takes_only_what_it_is_for(id, values, field):
    with pytest.raises(BadArguments) as refused:
        template(id).render("es", "Ana", "Correduría", values)
    assert refused.value.detail["field"] == field


def test_a_template_that_is_not_there_is_said():
    with pytest.raises(NotFound):
        template("../../etc/passwd")
