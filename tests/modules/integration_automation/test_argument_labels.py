"""The Spanish names of engines' arguments: of arguments that exist, and on the forms that people fill."""

import inspect

import pytest

from engines import operations
from modules.installation import Installation
from modules.integration_automation.engines.argument_labels import ARGUMENTS
from server.view.forms import form_of


def test_every_label_is_of_an_argument() -> None:
    names = {
        said
        for operation in operations().values()
        for name in inspect.signature(operation.function).parameters
        for said in (name, f"{operation.engine}.{name}")
    }
    assert set(ARGUMENTS) <= names


@pytest.mark.parametrize(
    ("tool", "argument", "spanish", "english"),
    [
        ("reserving_mack", "triangle", "Triángulo", "Triangle"),
        ("portfolio_optimise", "cov", "Covarianzas", "Covariances"),
        ("econometrics_ols", "cov", "Tipo de errores típicos", "Kind of standard errors"),
    ],
)
def test_a_form_asks_in_the_persons_language(
    tool: str, argument: str, spanish: str, english: str, installation: Installation
) -> None:
    schema = installation.catalogue.tools[tool].schema
    for locale, label in (("es", spanish), ("en", english)):
        assert {field.name: field.label for field in form_of(schema, {}, locale)}[argument] == label
