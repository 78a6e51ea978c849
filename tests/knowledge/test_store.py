"""The knowledge base: what is taken in, what is found, and by whom."""

import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from core.errors import BadArguments, NotFound
from knowledge import Knowledge

OURS, THEIRS = UUID(int=1), UUID(int=2)

QUESTIONS = (
    ("¿Cuándo se suspende la cobertura por impago de un recibo?", "impago-de-la-prima"),
    ("¿A las cuántas horas vuelve la cobertura si paga?", "impago-de-la-prima"),
    ("plazo del tomador para oponerse a la prórroga", "prorroga-y-oposicion"),
    ("how long before renewal must the insurer announce a change?", "prorroga-y-oposicion"),
    ("¿Qué es el IPID y cuándo se entrega?", "informacion-previa"),
    ("número suficiente de ofertas comparadas", "informacion-previa"),
    ("¿Puede la comisión influir en la recomendación?", "remuneracion-y-conflicto"),
    ("retirar el consentimiento de publicidad", "consentimiento-y-datos"),
    ("data breach notification", "consentimiento-y-datos"),
    ("nivel de entrada con certificado de siniestralidad", "bonus-malus"),
    ("¿De quién es el dinero de las primas?", "recibos-y-cuenta-de-primas"),
    ("recibo devuelto por AC04", "devoluciones-sepa"),
    ("tipo del impuesto sobre las primas", "prima-impuestos-y-recargos"),
    ("plazo para declarar un siniestro", "siniestros-plazos"),
    ("consentimiento expreso del tomador", "emitir-y-consentimiento-del-tomador"),
    ("¿En cuánto tiempo hay que contestar una queja?", "quejas-y-reclamaciones"),
)


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return Knowledge(tmp_path_factory.mktemp("installation"))


@pytest.mark.parametrize(("question", "document"), QUESTIONS)
def test_the_houses_notes_answer(knowledge: Knowledge, question: str, document: str) -> None:
    found = knowledge.search(question, OURS, limit=2)
    assert document in [passage.ref.partition("#")[0] for passage in found]


def test_a_passage_says_its_source_and_can_be_read_again(knowledge: Knowledge) -> None:
    found = knowledge.search("suspensión de la cobertura un mes después", OURS, limit=1)[0]
    assert "artículo 15" in found.source
    assert "Palabras:" not in found.text
    assert knowledge.passage(found.ref, OURS).text == found.text
    with pytest.raises(NotFound):
        knowledge.passage("no-hay#1-00000000", OURS)


def test_words_that_mean_nothing_here_find_nothing(knowledge: Knowledge) -> None:
    assert knowledge.search("xyzzy", OURS) == []
    assert knowledge.search("¿y?", OURS) == []


def test_one_tenant_does_not_find_anothers_documents(knowledge: Knowledge, tmp_path: Path) -> None:
    file = tmp_path / "protocolo.md"
    file.write_text("# Protocolo\n\n## Drones\nLos drones agrícolas se aseguran aparte.\n", encoding="utf-8")
    assert knowledge.ingest(file, OURS).added == 1
    assert [p.ref.partition("#")[0] for p in knowledge.search("drones agrícolas", OURS, limit=1)] == ["protocolo"]
    assert knowledge.search("drones agrícolas", THEIRS, among=["protocolo"]) == []
    ours = knowledge.search("drones agrícolas", OURS)[0]
    assert ours.integrity == 0  # what was taken in from outside stays untrusted
    with pytest.raises(NotFound):
        knowledge.passage(ours.ref, THEIRS)


def test_taking_in_again_changes_only_what_changed(knowledge: Knowledge, tmp_path: Path) -> None:
    file = tmp_path / "guia.md"
    file.write_text("# Guía\n\n## Perros\nLos perros grandes.\n\n## Gatos\nLos gatos persas.\n", encoding="utf-8")
    assert knowledge.ingest(file, THEIRS).added == 2
    again = knowledge.ingest(file, THEIRS)
    assert (again.added, again.unchanged, again.removed) == (0, 2, 0)
    file.write_text("# Guía\n\n## Perros\nLos perros grandes.\n\n## Loros\nLos loros verdes.\n", encoding="utf-8")
    changed = knowledge.ingest(file, THEIRS)
    assert (changed.added, changed.unchanged, changed.removed) == (1, 1, 1)
    assert knowledge.search("gatos persas", THEIRS, among=["guia"]) == []
    assert knowledge.documents(THEIRS) == {"guia": 2}
    assert knowledge.forget("guia", THEIRS) == 2


def test_what_another_process_takes_in_is_found(tmp_path: Path) -> None:
    knowledge = Knowledge(tmp_path / "data")
    file = tmp_path / "uno.md"
    file.write_text("# Uno\nLas tortugas marinas.\n", encoding="utf-8")
    knowledge.ingest(file, OURS)
    assert knowledge.search("tortugas marinas", OURS)
    other = tmp_path / "dos.md"
    other.write_text("# Dos\nLos delfines mulares.\n", encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from uuid import UUID; from knowledge import Knowledge;"
        "Knowledge(Path(sys.argv[1])).ingest(Path(sys.argv[2]), UUID(int=1))"
    )
    here = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "data"), str(other)], check=True, cwd=here)
    assert [p.ref.partition("#")[0] for p in knowledge.search("delfines mulares", OURS, limit=1)] == ["dos"]
    knowledge.close()


def test_files_that_cannot_be_read_are_refused(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        knowledge.ingest(tmp_path / "none.md", OURS)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(BadArguments):
        knowledge.ingest(tmp_path / "binary.txt", OURS)
    (tmp_path / "image.png").write_bytes(b"x")
    with pytest.raises(BadArguments):
        knowledge.ingest(tmp_path / "image.png", OURS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadArguments):
        knowledge.ingest(tmp_path / "empty", OURS)


def test_a_later_search_takes_no_time(knowledge: Knowledge) -> None:
    knowledge.search("impago", OURS)
    began = time.perf_counter()
    for question, _ in QUESTIONS:
        knowledge.search(question, OURS)
    assert (time.perf_counter() - began) / len(QUESTIONS) < 0.03


def test_importing_the_knowledge_base_does_not_import_chroma() -> None:
    code = "import sys, knowledge; sys.exit('chromadb' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode == 0
