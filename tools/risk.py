"""Risk classes (*clases de riesgo*): what a call can do; letters as in the policy."""

from enum import StrEnum


class Risk(StrEnum):
    """What a tool call can do. The policy decides by class who may and who must approve."""

    READ = "R0"
    READ_SENSITIVE = "R1"
    DRAFT = "W1"  # reversible, low impact
    WRITE = "W2"  # business write
    MONEY = "M1"
    BANK_DETAILS = "M2"
    MESSAGE = "X1"  # to one party
    CAMPAIGN = "X2"
    EXPORT = "B1"  # personal data of many
    EXPORT_SENSITIVE = "B2"
    IRREVERSIBLE = "I1"
    NETWORK = "N1"  # reads the outside
    ADMINISTRATION = "A1"  # people only, never agents
    SECRET = "S1"

    @property
    def reads_only(self) -> bool:
        """Whether a call of this class changes nothing."""
        return self in (Risk.READ, Risk.READ_SENSITIVE, Risk.NETWORK)

    @property
    def free(self) -> bool:
        """Whether an agent may do it without consulting anybody: reads and drafts."""
        return self.reads_only or self is Risk.DRAFT
