"""Numbers as they were written (*tal como se escribió*): a decimal of JSON, kept digit by digit.

Parsed as a float, 0.1 would be another number. So it stays text, of this kind: a field of type
Decimal or float reads it exactly, and a table's cell still knows it from a text that a person typed.
"""


class Written(str):
    """The digits of a JSON number with a fraction or an exponent."""

    __slots__ = ()
