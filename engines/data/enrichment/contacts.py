"""Telephones, names and ages of persons, each in one form."""

import re
import unicodedata
from datetime import date
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from engines.contract import Caution, Computed, Labels, Part, operation
from engines.data.contents import texts_of
from engines.errors import N_, InvalidInput

Sort = Literal["mobile", "fixed", "fixed_or_mobile", "toll_free", "premium_rate", "shared_cost", "personal", "voip",
               "pager", "uan", "voicemail", "other", "unknown"]  # fmt: skip
PARTICLES: Final = frozenset({"de", "del", "la", "las", "los", "el", "y", "i", "e", "da", "do", "dos", "das", "san",
                              "santa", "von", "van", "der"})  # fmt: skip
JOINING: Final = frozenset({"y", "i", "e"})
UNSAID: Final = PARTICLES - {"san", "santa"}
COMPOUND: Final = frozenset({
    "maria jose", "jose maria", "jose luis", "jose antonio", "jose manuel", "juan carlos", "juan jose", "juan antonio",
    "juan manuel", "juan luis", "juan pablo", "juan ramon", "jose ramon", "jose miguel", "jose angel", "jose carlos",
    "jose ignacio", "jose javier", "jose francisco", "jose vicente", "jose joaquin", "luis miguel", "luis alberto",
    "luis fernando", "miguel angel", "francisco javier", "francisco jose", "francisco manuel", "carlos alberto",
    "carlos javier", "victor manuel", "pedro jose", "pedro luis", "angel luis", "marco antonio", "manuel jesus",
    "maria carmen", "maria dolores", "maria pilar", "maria teresa", "maria angeles", "maria isabel", "maria luisa",
    "maria jesus", "maria elena", "maria mercedes", "maria rosario", "maria victoria", "maria soledad", "maria cruz",
    "maria antonia", "maria concepcion", "maria nieves", "maria paz", "maria eugenia", "maria belen", "maria rosa",
    "maria josefa", "maria inmaculada", "maria amparo", "maria begona", "maria cristina", "maria encarnacion",
    "maria fernanda", "maria lourdes", "maria luz", "maria magdalena", "maria montserrat",
    "ana maria", "ana isabel", "ana belen", "ana rosa", "rosa maria", "eva maria", "luz maria", "laura maria",
})  # fmt: skip
"""Given names of two words, the frequent ones of the INE's list; any other second word is read as a surname."""
SURNAME: Final = re.compile(
    r"\w{2,}ez|garcia|ruiz|diaz|munoz|moreno|romero|navarro|torres|ramos|gil|serrano|blanco|molina"
)
"""Frequent surnames that are no given names."""
SHORT: Final = {"mª": "María", "m.ª": "María", "mª.": "María", "m.": "María", "fco": "Francisco", "fco.": "Francisco",
                "fca": "Francisca", "fca.": "Francisca", "ant.": "Antonio", "glez": "González", "glez.": "González",
                "fdez": "Fernández", "fdez.": "Fernández", "hdez": "Hernández", "hdez.": "Hernández",
                "mtnez": "Martínez", "mtnez.": "Martínez", "mtez": "Martínez", "mtez.": "Martínez",
                "rguez": "Rodríguez", "rguez.": "Rodríguez", "rdguez": "Rodríguez", "sz": "Sánchez",
                "lpz": "López", "lpz.": "López", "pz": "Pérez", "jmnez": "Jiménez", "glz": "González"}  # fmt: skip
TITLES: Final = frozenset({"d", "don", "dona", "doña", "dña", "dna", "sr", "sra", "srta", "dr", "dra", "dª", "da"})
LEGAL: Final = {"sl": "S.L.", "slu": "S.L.U.", "sll": "S.L.L.", "slp": "S.L.P.", "slne": "S.L.N.E.", "sa": "S.A.",
                "sau": "S.A.U.", "sal": "S.A.L.", "scp": "S.C.P.", "sc": "S.C.", "cb": "C.B.", "sccl": "S.C.C.L.",
                "scoop": "S.Coop.", "scoopand": "S.Coop.And.", "scoopv": "S.Coop.V.", "scoopg": "S.Coop.Galega",
                "aie": "A.I.E.", "ute": "U.T.E.", "sad": "S.A.D."}  # fmt: skip
BODIES: Final = frozenset({
    "comunidad", "cdad", "comunitat", "ayuntamiento", "ayto", "ajuntament", "concello", "diputacion", "mancomunidad",
    "asociacion", "asoc", "fundacion", "parroquia", "cofradia", "hermandad", "congregacion", "club", "colegio", "ceip",
    "ies", "instituto", "universidad", "federacion", "sindicato", "consorcio", "cooperativa", "sociedad", "herencia",
    "herederos", "hros",
})  # fmt: skip
"""First words of who is no person and has no surnames."""
OWNERS: Final = re.compile(
    r"(?:c\.\s?p\.|cc\.?\s?pp\.?|cp|(?:comunidad|cdad\.?|com\.)\s(?:de\s)?(?:propietarios|props?\.?))\s(?=\S)", re.I
)
"""Comunidad de propietarios, as policies of buildings write it."""
ODD: Final = re.compile(r"[\d/()@&]")
OLDEST: Final = 125


LONGEST_PHONE: Final = 60
PICKED: Final = N_("{n} textos llevan algo más que un teléfono: se ha tomado el primero de cada uno.")


class NormalPhone(NamedTuple):
    """A number in E.164 (None if it cannot be one), whether it can exist, and of what sort it is."""

    e164: str | None
    valid: bool
    sort: Sort


class Phones(Computed):
    """Each telephone as [E.164, whether it is valid, sort], in order."""

    numbers: list[NormalPhone]
    invalid: int


class NormalName(Part):
    """A name in its parts, in capitals and small letters; a firm has only `full` and `legal_form`.

    Who is neither person nor firm (a community of owners, a town council) has `full` alone. `key` is what two writings
    of the name share: no accents, no particles, no titles, words in order.
    """

    full: str
    given: str | None
    surname_1: str | None
    surname_2: str | None
    legal_form: str | None
    key: str
    sure: bool


class Names(Computed):
    """Each name in its parts, in order; `unsure` counts those whose parts are a guess."""

    names: list[NormalName]
    unsure: int


class Ages(Computed):
    """Whole years on the day asked, and the age for rating that some tables use (nearest birthday)."""

    ages: list[int]
    nearest: list[int]
    as_of: date


@operation(
    "Normalizar teléfonos",
    examples=(
        "Normaliza estos teléfonos al formato internacional y dime si son móviles o fijos",
        "Normalise these phone numbers to E.164 with their type",
    ),
)
def normalise_phone(values: Labels, region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "ES") -> Phones:
    """Write telephone numbers as E.164 and say whether they can exist, and of what sort they are.

    Of a text with more than one number, or with words around it, the first number that can exist is taken, and told.

    Args:
        values: numbers as they are written.
        region: country of those without a prefix, as two capital letters.

    Raises:
        InvalidInput: no values, no texts, or no such country.
        LimitExceeded: more than 200,000.

    Source: ITU-T E.164 (2010); Spanish numbering plan, Real Decreto 2296/2004; libphonenumber's tables.
    """
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidInput("region", N_("no es un país que se conozca"))
    given = texts_of(values, "values")
    found = [_phone(text, region) for text in given]
    picked = 0
    for place, text in enumerate(given):
        if not found[place].valid and len(text) <= LONGEST_PHONE:
            inner = next(iter(phonenumbers.PhoneNumberMatcher(text, region)), None)
            if inner is not None:
                found[place] = _phone(inner.raw_string, region)
                picked += 1
    return Phones(
        warnings=(Caution(text=PICKED, values={"n": picked}),) if picked else (),
        method=region,
        library="phonenumbers",
        n=len(found),
        numbers=found,
        invalid=sum(not p.valid for p in found),
    )


@operation(
    "Normalizar nombres y apellidos",
    examples=(
        "Separa nombre y dos apellidos de «GARCÍA DE LA TORRE PÉREZ, Mª JOSÉ» y ponlos en mayúsculas y minúsculas",
        "Split these Spanish names into given name and both surnames",
    ),
)
def normalise_name(values: Labels, order: Literal["auto", "given_first", "surname_first"] = "auto") -> Names:
    """Split Spanish names into given name and two surnames, particles with the surname they belong to.

    A comma parts surnames from the given name. Without one the given name comes first, and the last two groups are
    the surnames; `sure` is false where that is a guess. Names of firms keep their words, with the legal form set, and
    so do those of communities of owners, town councils, associations and the like.

    Args:
        values: names as they are written, in any case.
        order: what comes first where there is no comma; auto is given_first.

    Raises:
        InvalidInput: no values, no texts, or one without a letter.
        LimitExceeded: more than 200,000.

    Source: Ley 20/2011 del Registro Civil, article 49 (two surnames); RAE & ASALE, Ortografía (2010), IV.4.2.4
    (particles in small letters within a name).
    """
    given = texts_of(values, "values")
    if any(not any(c.isalpha() for c in text) or len(text) > 300 for text in given):
        raise InvalidInput("values", N_("contiene un nombre sin letras, o demasiado largo"))
    found = [name_of(text, order) for text in given]
    return Names(method=order, n=len(found), names=found, unsure=sum(not name.sure for name in found))


@operation(
    "Edad por fecha de nacimiento",
    examples=(
        "¿Qué edad tienen a 23/11/2026 los nacidos en estas fechas?",
        "Compute the age of these people from their birth dates on a given day",
    ),
)
def age_from_birthdate(birthdates: list[date], as_of: date) -> Ages:
    """Count the whole years lived on a day; who is born on 29 February completes years on 1 March.

    Args:
        birthdates: days of birth, none after `as_of`, nor more than 125 years before.
        as_of: the day.

    Raises:
        InvalidInput: no dates, or one outside those bounds.
        LimitExceeded: more than 200,000.

    Source: Código Civil, articles 5.1 (years are counted date to date) and 315 (the day of birth counts whole).
    """
    texts_of([day.isoformat() for day in birthdates], "birthdates")
    if any(day > as_of or as_of.year - day.year > OLDEST for day in birthdates):
        raise InvalidInput(
            "birthdates", N_("contiene una fecha posterior al día de cálculo, o de hace más de 125 años")
        )
    ages = [_age(day, as_of) for day in birthdates]
    nearest = []
    for day, age in zip(birthdates, ages, strict=True):
        last, following = _birthday(day, day.year + age), _birthday(day, day.year + age + 1)
        nearest.append(age + int((as_of - last) > (following - as_of)))
    return Ages(n=len(ages), ages=ages, nearest=nearest, as_of=as_of)


def name_of(text: str, order: str = "auto") -> NormalName:
    """`text` in its parts."""
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    form = _legal_form(clean)
    if form is not None:
        base, legal = form
        words = " ".join(_capital(word, at) for at, word in enumerate(base.split()))
        return NormalName(
            full=f"{words}, {legal}", given=None, surname_1=None, surname_2=None, legal_form=legal,
            key=fold(base), sure=True,
        )  # fmt: skip
    if OWNERS.match(clean) or (fold(clean).split() or [""])[0] in BODIES:
        shown = " ".join(_capital(word, at) for at, word in enumerate(clean.split()))
        return NormalName(
            full=shown, given=None, surname_1=None, surname_2=None, legal_form=None,
            key=fold(OWNERS.sub("cp ", clean, count=1)), sure=True,
        )  # fmt: skip
    before, comma, after = clean.partition(",")
    parts = [_words(part) for part in ((after, before) if comma else (clean,))]
    sure = True
    if comma:
        given, surnames = parts[0], _groups(parts[1])
    else:
        given, surnames, sure = _split(parts[0], order)
    if len(surnames) > 2:
        surnames = [" ".join(surnames[:-1]), surnames[-1]]
        sure = False
    first, second = (surnames + [None, None])[:2]
    kept = [part for part in (" ".join(given), first, second) if part]
    # After the given name the particle of a surname is small: Juan de la Torre, but De la Torre, Juan.
    told = [part if not at else _joined(part) for at, part in enumerate(kept)] if given else kept
    return NormalName(
        full=" ".join(told), given=" ".join(given) or None, surname_1=first, surname_2=second, legal_form=None,
        key=fold(" ".join(kept)), sure=sure and bool(given) and bool(surnames) and not ODD.search(clean),
    )  # fmt: skip


def fold(text: str) -> str:
    """What two writings of a name share: small letters without accents (ñ too), no particles, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " ".join(w for w in re.sub(r"[^a-z0-9 ]", " ", bare).split() if w not in UNSAID)


def _phone(text: str, region: str) -> NormalPhone:
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    sorts: dict[int, Sort] = {
        Kind.MOBILE: "mobile", Kind.FIXED_LINE: "fixed", Kind.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
        Kind.TOLL_FREE: "toll_free", Kind.PREMIUM_RATE: "premium_rate", Kind.SHARED_COST: "shared_cost",
        Kind.PERSONAL_NUMBER: "personal", Kind.VOIP: "voip", Kind.PAGER: "pager", Kind.UAN: "uan",
        Kind.VOICEMAIL: "voicemail",
    }  # fmt: skip
    if len(text) > LONGEST_PHONE:
        return NormalPhone(None, False, "unknown")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return NormalPhone(None, False, "unknown")
    valid = phonenumbers.is_valid_number(number)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    sort: Sort = sorts.get(phonenumbers.number_type(number), "other") if valid else "unknown"
    return NormalPhone(written if valid or phonenumbers.is_possible_number(number) else None, valid, sort)


def _legal_form(text: str) -> tuple[str, str] | None:
    """The name of a firm and its legal form, if it ends in one."""
    words = text.replace(",", " ").split()
    for taken in (3, 2, 1):
        ending = "".join(words[-taken:]).replace(".", "").lower()
        surname = taken == 1 and words[-1].istitle() and "." not in words[-1]  # Ana Sal is no firm
        if len(words) > taken and ending in LEGAL and not surname:
            return " ".join(words[:-taken]), LEGAL[ending]
    return None


def _joined(surname: str) -> str:
    """A surname as it stands after another word, its particle small."""
    first, blank, after = surname.partition(" ")
    return f"{first.lower()} {after}" if blank and first.lower() in UNSAID else surname


def _words(text: str) -> list[str]:
    """The words of a name without titles, abbreviations written out, each with its capital."""
    found = [SHORT.get(word.lower(), word) for word in text.split()]
    while found and len(found) > 1 and found[0].lower().rstrip(".").replace("ª", "a") in TITLES:
        found = found[1:]
    return [_capital(word.strip("."), at) for at, word in enumerate(found) if word.strip(".")]


def _capital(word: str, at: int) -> str:
    if at and word.lower() in UNSAID:
        return word.lower()
    return re.sub(r"[^\W\d_]+", lambda m: m[0][0].upper() + m[0][1:].lower(), word)


def _groups(words: list[str]) -> list[str]:
    """Words by surname: particles go with what follows, `y` joins both sides of one surname or parts two."""
    found: list[list[str]] = []
    open_ = False
    for word in words:
        if word.lower() in JOINING and found and not open_:
            continue  # García y Pérez: two surnames
        if open_:
            found[-1].append(word)
        else:
            found.append([word])
        open_ = word.lower() in PARTICLES
    return [" ".join([_capital(g[0], 0 if i == 0 else 1), *g[1:]]) for i, g in enumerate(found)]


def _split(words: list[str], order: str) -> tuple[list[str], list[str], bool]:
    """Given name, surnames, and whether that is sure, where no comma tells."""
    groups = _groups(words)
    if order == "surname_first":
        if len(groups) <= 2:
            return ([groups[-1]] if len(groups) == 2 else []), groups[:1], False
        return groups[2:], groups[:2], len(groups) <= 4
    if len(groups) == 1:
        return groups, [], False
    if len(groups) == 2:
        return groups[:1], groups[1:], fold(" ".join(groups)) not in COMPOUND
    compound = fold(" ".join(groups[:2])) in COMPOUND
    # PÉREZ GARCÍA JOSÉ: programs list surnames first, without a comma.
    backwards = order == "auto" and SURNAME.fullmatch(fold(groups[0])) is not None
    if len(groups) == 3:
        return (groups[:2], groups[2:], False) if compound else (groups[:1], groups[1:], not backwards)
    return groups[:-2], groups[-2:], len(groups) == 4 and compound


def _birthday(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _age(day: date, as_of: date) -> int:
    return as_of.year - day.year - int(as_of < _birthday(day, as_of.year))
