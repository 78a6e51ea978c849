"""The office of the life cycle's tests, whose day can be moved on."""

from tests.modules.insurance.policies.conftest import office

__all__ = ["office"]
