"""The filled brokerage that every tool is tried in, made once for all of these tests."""

from uuid import uuid4

import pytest

from modules.installation import Installation
from tests.tools.books import Book


@pytest.fixture(scope="package")
def book(installation: Installation) -> Book:
    """A brokerage of its own, filled through the tools."""
    return Book.fill(installation, installation.people.add_tenant(f"v{uuid4().hex[:9]}", "Correduría Vistas"))
