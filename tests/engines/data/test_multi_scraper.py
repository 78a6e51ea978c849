"""Reading sites: addresses of one form, rules obeyed, values read in one way or not at all."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engines.data.multi_scraper.addresses import canonical_url, resolve_url
from engines.data.multi_scraper.changes import diff_records, diff_text
from engines.data.multi_scraper.pages import DEEPEST, LARGEST, Wanted, extract, links
from engines.data.multi_scraper.refusals import refusal_check
from engines.data.multi_scraper.robots import MOST_BYTES, robots_check
from engines.data.multi_scraper.waiting import retry_after
from engines.errors import EngineError, InvalidInput, LimitExceeded

quick = settings(max_examples=60, deadline=None)
PART = st.text("aZ09./%-_~;=:@é?&#+€", max_size=25)
KEY = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3), max_size=6)


def page(**fields: Any) -> dict[str, Wanted]:
    return {name: Wanted(**said) for name, said in fields.items()}


def read(text: str, kind: str, **more: Any) -> tuple[Any, list[str]]:
    found = extract(f"<p>{text}</p>", page(x={"selector": "p", "kind": kind, **more}))
    return (found.records[0]["x"] if found.records else None), [flaw.problem for flaw in found.flaws]


@given(path=PART, query=PART, port=st.sampled_from(["", ":80", ":8080"]), tracking=st.booleans(), order=st.booleans())
@example(path="%2e%2E/../%zz/%", query="utm_source=1&&b=%7e", port=":80", tracking=True, order=True)
@quick
def test_the_one_form_of_an_address_is_its_own(path: str, query: str, port: str, tracking: bool, order: bool) -> None:
    url = f"hTTp://Ex.Example{port}/{path}?{query}"
    try:
        once = canonical_url(url, tracking, order).url
    except InvalidInput:
        return
    again = canonical_url(once, tracking, order)
    assert (again.url, again.dropped) == (once, [])
    parts = urlsplit(once)
    assert (parts.scheme, parts.hostname, parts.fragment) == ("http", "ex.example", "")
    assert parts.port != 80
    assert once.isascii()
    assert not {".", ".."} & set(parts.path.split("/"))


@pytest.mark.parametrize(
    "same",
    ["http://e.example", "http://e.example/", "http://e.example:/", "HTTP://E.EXAMPLE:80/#x", "http://e.example/a/.."],
)
def test_equivalent_addresses_have_one_form(same: str) -> None:
    assert canonical_url(same).url == "http://e.example/"


@pytest.mark.parametrize(
    "bad", ["ftp://e.example/", "http://u:p@e.example/", "e.example", "http://", "http://e.example/a b", "http://e\\x.example/",
            "http://[::1", "http://e.example:99999/", "javascript:alert(1)", "http://%65.example/"]
)  # fmt: skip
def test_what_is_no_web_address_has_no_form(bad: str) -> None:
    with pytest.raises(InvalidInput):
        canonical_url(bad)


def test_a_parameter_that_only_looks_like_tracking_stays() -> None:
    found = canonical_url("https://e.example/?automatic=1&utm=2&UTM_Medium=3&producto=gclid")
    assert (found.url, found.dropped) == ("https://e.example/?automatic=1&utm=2&producto=gclid", ["UTM_Medium"])


@given(refs=st.lists(PART, max_size=5))
@quick
def test_whole_addresses_resolve_to_themselves(refs: list[str]) -> None:
    try:
        urls = resolve_url("https://e.example/a/b", refs).urls
    except InvalidInput:
        return
    assert resolve_url("https://other.example/", [u for u in urls if "://" in u]).urls == [
        u for u in urls if "://" in u
    ]


@given(rule=st.sampled_from(["Allow", "Disallow"]), path=st.text("abc/", min_size=1, max_size=6))
@quick
def test_between_rules_of_equal_length_the_one_that_allows_wins(rule: str, path: str) -> None:
    other = "Disallow" if rule == "Allow" else "Allow"
    text = f"User-agent: *\n{rule}: /{path}\n{other}: /{path}\n"
    assert robots_check(text, "ait", [f"/{path}"]).allowed == [True]


def test_rules_past_the_first_500_kib_do_not_count_and_that_is_said() -> None:
    long = "User-agent: *\n" + "# nothing\n" * (MOST_BYTES // 10) + "Disallow: /\n"
    found = robots_check(long, "ait", ["/x"])
    assert found.allowed == [True]
    assert found.warnings
    assert robots_check("User-agent: *\nDisallow: /x", "ait", ["/x", "/X", "https://e.example/x?y"]).allowed == [
        False, True, False
    ]  # fmt: skip


def test_no_status_allows_what_a_broken_server_might_forbid() -> None:
    for status, allowed in ((0, False), (500, False), (599, False), (404, True), (410, True), (403, True)):
        assert robots_check("", "ait", ["/"], status).allowed == [allowed]
    with pytest.raises(InvalidInput):
        robots_check("", "ait", ["/"], 302)


def test_another_agents_name_inside_ours_is_not_ours() -> None:
    text = "User-agent: core\nDisallow: /\n"
    assert robots_check(text, "ait-core", ["/"]).allowed == [True]


@given(seconds=st.integers(0, 10**6))
@quick
def test_a_delay_is_its_number_and_a_date_never_lies_in_the_past(seconds: int) -> None:
    assert retry_after([str(seconds)], "2026-01-01T00:00:00Z").seconds == [float(seconds)]
    (waited,) = retry_after(["Thu, 01 Jan 2026 00:00:00 GMT"], f"2026-01-01T00:00:{seconds % 60:02d}Z").seconds
    assert waited == 0


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("1.234,56 €", "amount", "1234.56"), ("€ 5", "amount", "5.00"), ("-3,2 EUR", "amount", "-3.20"),
     ("1 234,50 euros", "amount", "1234.50"), ("1.234.567", "number", 1234567.0), ("0,1", "number", 0.1),
     ("12,5%", "percent", 0.125), ("1.000", "integer", 1000), ("1/2/2026", "date", "2026-02-01"),
     ("29 de febrero de 2028", "date", "2028-02-29"), ("1 de Septiembre del 2026", "date", "2026-09-01"),
     ("2026-12-31T10:00", "date", "2026-12-31"), ("3 March 2026", "date", "2026-03-03"), ("−7", "integer", -7)],
)  # fmt: skip
def test_a_value_is_read_as_it_is_written_in_spain(text: str, kind: str, value: object) -> None:
    assert read(text, kind) == (value, [])


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1.5", "number"), ("12.34", "amount"), ("1,234.56", "number"), ("1,234 €", "amount"), ("5 € 6", "amount"),
     ("1,5", "integer"),
     ("31/02/2026", "date"), ("1/2/26", "date"), ("12 de brumario de 2026", "date"), ("javascript:alert(1)", "url"),
     ("1e5", "number"), ("NaN", "number"), ("", "text"), ("1.2345", "number"), ("a" * 10_001, "text"),
     ("٣", "integer")],
)  # fmt: skip
def test_what_can_be_read_two_ways_or_none_is_a_flaw_and_no_record(text: str, kind: str) -> None:
    value, flaws = read(text, kind)
    assert value is None
    assert len(flaws) == 1


@given(cents=st.integers(0, 10**12))
@quick
def test_an_amount_comes_out_to_the_cent(cents: int) -> None:
    whole, rest = divmod(cents, 100)
    written = f"{whole:,}".replace(",", ".") + f",{rest:02d} €"
    assert read(written, "amount") == (f"{whole}.{rest:02d}", [])
    assert read(f"{whole:,}.{rest:02d}", "amount", decimals="en") == (f"{whole}.{rest:02d}", [])


def test_a_record_that_breaks_the_schema_is_rejected_and_the_others_stay() -> None:
    html = "<tr><td>a<td>1</tr><tr><td>b<td>x</tr><tr><td>c</tr><tr><td>d<td>4<td>5</tr>"
    fields = page(name={"selector": "td:first-child"}, n={"selector": "td + td", "kind": "integer"})
    found = extract(f"<table>{html}</table>", fields, "tr")
    assert found.records == [{"name": "a", "n": 1}]
    assert (found.n, found.rejected) == (4, 3)
    assert [(f.record, f.field) for f in found.flaws] == [(1, "n"), (2, "n"), (3, "n")]
    assert found.warnings
    optional = page(name={"selector": "td:first-child"}, n={"selector": "td + td", "many": True, "required": False})
    assert [r["n"] for r in extract(f"<table>{html}</table>", optional, "tr").records] == [["1"], ["x"], [], ["4", "5"]]


def test_scripts_say_nothing_and_a_page_without_records_is_told() -> None:
    found = extract("<p>a<script>b</script><style>c</style></p>", page(x={"selector": "p"}))
    assert found.records == [{"x": "a"}]
    assert extract("<p>a</p>", page(x={"selector": "p"}), "li").warnings


@pytest.mark.parametrize("selector", ["p[", "p >", "::before x", "!"])
def test_a_selector_that_is_none_names_its_argument(selector: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        extract("<p>x</p>", page(x={"selector": selector}))
    assert raised.value.argument == "fields"
    with pytest.raises(InvalidInput) as raised:
        extract("<p>x</p>", page(x={"selector": "p"}), selector)
    assert raised.value.argument == "each"


@pytest.mark.parametrize("html", ["<div>" * (DEEPEST + 1), "<b></i>" * (DEEPEST + 1), "x" * (LARGEST + 1)])
def test_a_page_made_to_exhaust_the_reader_is_not_parsed(html: str) -> None:
    for act in (lambda: extract(html, page(x={"selector": "b"})), lambda: links(html, "https://e.example/")):
        with pytest.raises(LimitExceeded):
            act()


@given(html=st.text("<>/ab=\"' -!pq&;\0\ud7ff", max_size=200))
@quick
def test_whatever_comes_is_a_page_or_one_error(html: str) -> None:
    try:
        extract(html, page(x={"selector": "a", "many": True}), "p", "https://e.example/")
        assert all(url.startswith("http") for url in links(html, "https://e.example/").urls)
        refusal_check(html + "captcha")
    except EngineError:
        return


def test_a_page_that_asks_not_to_be_followed_has_no_links() -> None:
    link = "<a href='/x'>x</a>"
    assert links(link, "https://e.example/").urls == ["https://e.example/x"]
    assert links(f"<meta name='Robots' content='noindex, NOFOLLOW'>{link}", "https://e.example/").urls == []
    assert links(f"<base href='/d/'><a href=y>y</a>{link}", "https://e.example/").urls == [
        "https://e.example/d/y", "https://e.example/x"
    ]  # fmt: skip


def test_a_challenge_is_a_refusal_and_a_contact_form_is_none() -> None:
    form = "<form><div class='g-recaptcha'></div></form>"
    assert refusal_check(f"<h1>Verify you are human</h1>{form}").reason == "challenge"
    assert not refusal_check(f"<p>{'Contacto y condiciones. ' * 60}</p>{form}").refused
    assert not refusal_check("<p>Hola</p>").refused
    assert [refusal_check("", s).refused for s in (200, 401, 403, 404, 407, 429, 451, 503)] == [
        False, True, True, False, True, False, True, False
    ]  # fmt: skip


@given(before=KEY, after=KEY)
@quick
def test_what_changed_leads_from_one_reading_to_the_other(before: dict[str, int], after: dict[str, int]) -> None:
    old: list[Any] = [{"k": k, "v": v} for k, v in before.items()]
    new: list[Any] = [{"k": k, "v": v} for k, v in after.items()]
    found = diff_records(old, new, ["k"])
    rebuilt = {**before, **{str(r["k"]): r["v"] for r in found.added}, **{c.key: c.after for c in found.changes}}
    for gone in found.removed:
        del rebuilt[str(gone["k"])]
    assert rebuilt == after
    assert found.changed == (before != after)
    back = diff_records(new, old, ["k"])
    assert (len(back.added), len(back.removed), back.unchanged) == (
        len(found.removed),
        len(found.added),
        found.unchanged,
    )
    assert found.unchanged + len(found.changes) + len(found.added) == len(after)


def test_a_key_that_names_no_record_or_two_is_refused() -> None:
    bad: list[Any] = [[{"k": 1}, {"k": 1}], [{"v": 1}], [{"k": None}]]
    for rows in bad:
        with pytest.raises(InvalidInput):
            diff_records(rows, [], ["k"])
    assert diff_records([{"k": 1, "v": True}], [{"k": 1, "v": 1}], ["k"]).changed


@given(lines=st.lists(st.sampled_from(["a", "b", ""]), max_size=8))
@quick
def test_a_text_is_as_it_was_whatever_blanks_end_its_lines(lines: list[str]) -> None:
    found = diff_text("\n".join(lines) + "\n", "".join(f" {line}  \n" for line in lines) or "\n")
    assert (found.changed, found.changes) == (False, [])
    assert diff_text("\n".join(lines), "\n".join([*lines, "new"])).changed


def test_a_stray_percent_is_written_out_and_a_base_has_no_fragment() -> None:
    assert canonical_url("http://e.example/%zz%2?a=%").url == "http://e.example/%25zz%252?a=%25"
    assert resolve_url("http://e.example/a#part", ["", "?q"]).urls == ["http://e.example/a", "http://e.example/a?q"]


def test_values_are_resolved_against_the_base_of_the_page() -> None:
    html = "<base href='/tarifas/'><a href='hogar.html'>Hogar</a>"
    found = extract(html, page(url={"selector": "a", "attribute": "href", "kind": "url"}), base="https://e.example/x/y")
    assert found.records == [{"url": "https://e.example/tarifas/hogar.html"}]
    assert links(html, "https://e.example/x/y").urls == ["https://e.example/tarifas/hogar.html"]


@pytest.mark.parametrize(
    "written",
    [
        "miércoles, 15 de abril de 2026", "Mié. 15 abr. 2026", "15-abr-2026", "15/abr/2026",
        "15 de abril de 2026, 10:30 h",
        "15/04/2026 09:05:00", "2026-04-15 10:30", "15-04-2026", "2026-04-15T10:30:00+02:00",
    ],
)  # fmt: skip
def test_a_day_is_read_as_spanish_pages_write_it(written: str) -> None:
    assert extract(f"<p>{written}</p>", page(day={"selector": "p", "kind": "date"})).records == [{"day": "2026-04-15"}]


def test_spaces_in_a_link_are_encoded_and_a_visit_is_no_page() -> None:
    spaced = " Notas 2026/a b.html\n"
    assert links(f"<a href='{spaced}'>a</a>", "https://e.example/").urls == [
        "https://e.example/Notas%202026/a%20b.html"
    ]
    assert resolve_url("https://e.example/", [spaced]).urls == ["https://e.example/Notas%202026/a%20b.html"]
    found = canonical_url("https://e.example/ficha;jsessionid=0A1B.node2?id=3&PHPSESSID=9")
    assert (found.url, found.dropped) == ("https://e.example/ficha?id=3", ["jsessionid", "PHPSESSID"])
    assert canonical_url("https://e.example/a;jsessionid=1", drop_tracking=False).url.endswith("/a;jsessionid=1")


def test_a_group_that_names_a_version_of_ours_is_ours() -> None:
    text = "User-agent: AIT-Core/1.0 (+https://e.example)\nDisallow: /x\n\nUser-agent: *\nDisallow: /y\n"
    assert robots_check(text, "ait-core", ["/x", "/y"]).allowed == [False, True]


def test_a_script_that_watches_visitors_is_no_challenge() -> None:
    watched = "<script src='https://www.google.com/recaptcha/api.js?render=k'></script>"
    assert not refusal_check(f"<h1>Tarifas</h1><p>Hogar 120 €</p>{watched}").refused
    assert refusal_check(watched).refused
    assert refusal_check(f"<p>Compruebe que no es un robot</p><div id=c></div>{watched}").refused
    assert refusal_check(f"<h1>Tarifas</h1><div class='g-recaptcha'></div>{watched}").refused
