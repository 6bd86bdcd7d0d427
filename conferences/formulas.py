"""Cells that a spreadsheet would take for a formula leave as text, and come back as what they were."""

from __future__ import annotations

import re

# What makes a formula at the start of a cell, full-width forms too; spreadsheets skip spaces before it. Apostrophes are
# in the pattern, so that a text which itself begins with one gets another and loses only that on the way back.
_DANGEROUS = re.compile(r"['\s]*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")


def as_text(value: str) -> str:
    """`value` with a leading apostrophe where it would be taken for a formula."""
    return f"'{value}" if _DANGEROUS.match(value) else value


def from_text(cell: str) -> str:
    """The value that `as_text` made `cell` of."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell[1:]) else cell
