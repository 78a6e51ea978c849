"""A stored file opens for its tenant as it was put there, or not at all."""

from uuid import uuid4

import pytest

from core.errors import NotFound
from core.keys import Keys
from core.settings import Settings
from core.storage import ObjectAltered, Storage

TENANT, OTHER = uuid4(), uuid4()
CONTENT = "Condiciones particulares de Lucía".encode()


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path)


@pytest.fixture
def storage(settings):
    return Storage.open(settings, Keys.open(settings.data_dir))


def files(settings):
    return [path for path in (settings.data_dir / "objects").rglob("*") if path.is_file()]


def test_a_file_is_found_again_by_another_process(settings, storage):
    address = storage.put(TENANT, CONTENT)
    assert Storage.open(settings, Keys.open(settings.data_dir)).get(TENANT, address) == CONTENT


def test_the_same_content_lies_there_once_a_tenant(settings, storage):
    assert storage.put(TENANT, CONTENT) == storage.put(TENANT, CONTENT) != storage.put(OTHER, CONTENT)
    assert len(files(settings)) == 2


def test_nothing_stands_there_in_clear(settings, storage):
    storage.put(TENANT, CONTENT)
    assert not [path for path in files(settings) if b"Luc" in path.read_bytes()]


def test_another_tenant_has_no_such_file(storage):
    address = storage.put(TENANT, CONTENT)
    with pytest.raises(NotFound):
        storage.get(OTHER, address)


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_changed_byte_is_an_error(settings, storage, at):
    address = storage.put(TENANT, CONTENT)
    (path,) = files(settings)
    changed = bytearray(path.read_bytes())
    changed[at] ^= 1
    path.write_bytes(changed)
    with pytest.raises(ObjectAltered):
        storage.get(TENANT, address)


def test_a_file_put_in_the_place_of_another_is_an_error(settings, storage):
    first, second = storage.put(TENANT, CONTENT), storage.put(TENANT, b"other")
    places = {path.name: path for path in files(settings)}
    places[first].write_bytes(places[second].read_bytes())
    with pytest.raises(ObjectAltered):
        storage.get(TENANT, first)


def test_a_deleted_file_is_gone_and_may_be_deleted_again(storage):
    address = storage.put(TENANT, CONTENT)
    storage.delete(TENANT, address)
    storage.delete(TENANT, address)
    with pytest.raises(NotFound):
        storage.get(TENANT, address)


@pytest.mark.parametrize("address", ["", "../../keys/master", "A" * 64, "0" * 63, "0" * 64])
def test_an_address_is_never_a_path(storage, address):
    with pytest.raises(NotFound):
        storage.get(TENANT, address)


def test_a_store_by_url_works_the_same(settings, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Settings(data_dir=tmp_path, objects_url=f"file://{tmp_path}/elsewhere")
    storage = Storage.open(elsewhere, Keys.open(tmp_path))
    assert storage.get(TENANT, storage.put(TENANT, CONTENT)) == CONTENT
