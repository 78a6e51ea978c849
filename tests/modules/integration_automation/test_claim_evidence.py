"""What a claim's papers and photographs say, from papers and photographs made on the spot."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import BadArguments
from modules.integration_automation.engines.claim_evidence import NothingToRead
from tests.modules.core_business.people import INSURER, customer_row, today
from tests.modules.infrastructure.files import base64
from tests.modules.infrastructure.ocr import needs_ocr
from tests.modules.integration_automation.claims_book import claim, policy, take_over

pytestmark = pytest.mark.usefixtures("installation")
Run = Callable[..., Any]
START = today() - timedelta(days=200)
LOSS = START + timedelta(days=60)
TOLD = (
    "El 3 de marzo reventó una tubería del baño y el agua estropeó el parqué. El fontanero cobró 412,50 €. "
    "Llevo semanas esperando una respuesta, es una vergüenza y estoy muy enfadada. Mi cuenta es "
    "ES91 2100 0418 4502 0005 1332."
)


@pytest.fixture(scope="module", autouse=True)
def book(run: Run) -> None:
    """Two claims of a home, one described, one not."""
    take_over(run, insurers=[INSURER])
    run("crm_import_customers", _as="owner", rows=[customer_row("CL1", "22222222J", "Raquel", "Gómez")])
    claims = [claim("SI1", "PO1", LOSS, "500.00", description=TOLD), claim("SI2", "PO1", LOSS, "0")]
    take_over(run, policies=[policy("PO1", START)], claims=claims)


def keep(run: Run, name: str, content: bytes, claim: str) -> str:
    kept = run("document_service_upload_document", name=name, content=base64(content), claim=claim)
    return str(kept.document)


def photo(taken: date | None = None, size: tuple[int, int] = (1200, 900), seed: int = 3) -> bytes:
    """A noisy scene, with the camera's day if one is given."""
    import numpy as np
    from PIL import Image

    coarse = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    drawn = Image.fromarray(coarse).resize(size, Image.Resampling.NEAREST)
    held, exif = io.BytesIO(), Image.Exif()
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = f"{taken:%Y:%m:%d} 10:00:00"
        exif[0x010F] = "Cámara"
    drawn.save(held, "JPEG", exif=exif, quality=92)
    return held.getvalue()


def test_a_claims_words_are_read_and_its_account_is_hidden(run: Run) -> None:
    found = run("nlp_read_claim", claim="SI1")
    assert found.language == "es"
    assert 1 <= found.negative_sentences < found.sentences  # she is angry, her pipe is not
    assert found.counts["money"] == found.counts["iban"] == 1
    values = {thing.kind: thing.value for thing in found.entities}
    assert values["money"] == "412.50 EUR"
    assert values["iban"] == "…1332"
    assert found.summary
    assert found.summary in TOLD.replace("  ", " ") or all(part in TOLD for part in found.summary.split(". "))
    assert "frases negativas" in found.told("es")


def test_its_documents_are_read_with_it(run: Run) -> None:
    before = run("nlp_read_claim", claim="SI1")
    keep(run, "carta.txt", b"El perito vino con el coche 4321 BCD y lo vio todo.", "SI1")
    found = run("nlp_read_claim", claim="SI1")
    assert len(found.texts) == len(before.texts) + 1
    assert found.texts[-1].name == "carta.txt"
    assert "4321BCD" in {thing.value for thing in found.entities if thing.kind == "plate"}


def test_a_claim_without_words_is_refused(run: Run) -> None:
    with pytest.raises(NothingToRead, match="SI2"):
        run("nlp_read_claim", claim="SI2")


@needs_ocr
def test_a_photograph_is_held_against_its_claim_and_the_other_photographs(run: Run) -> None:
    old = keep(run, "golpe.jpg", photo(LOSS - timedelta(days=30)), "SI1")
    found = run("computer_vision_assess_photo", claim="SI1", document=old)
    assert found.taken_at.startswith((LOSS - timedelta(days=30)).isoformat())
    assert "taken_before_event" in {sign.code for sign in found.findings}
    assert (found.duplicates, found.compared_with) == ((), 0)
    assert "antes del siniestro" in found.told("es")
    assert any("no para aceptar" in caution for caution in found.cautions)

    smaller = keep(run, "copia.jpg", photo(size=(640, 480)), "SI2")
    keep(run, "otra.jpg", photo(seed=8), "SI2")
    again = run("computer_vision_assess_photo", claim="SI1", document=old)
    assert again.compared_with == 2
    assert [copy.document for copy in again.duplicates] == [smaller]
    assert again.duplicates[0].claim == "SI2"
    assert "SI2" in again.told("es")
    fitting = run(
        "computer_vision_assess_photo", claim="SI1", document=keep(run, "bien.jpg", photo(LOSS, seed=5), "SI1")
    )
    assert "taken_before_event" not in {sign.code for sign in fitting.findings}


def test_only_a_photograph_is_assessed(run: Run) -> None:
    paper = keep(run, "nota.txt", b"Una nota corta.", "SI2")
    with pytest.raises(BadArguments, match="document"):
        run("computer_vision_assess_photo", claim="SI2", document=paper)
