"""What a press makes of a job is the same for whoever asks next; and a press is a process, which sweeps would start for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

import pytest

from registration.badge import typesetting
from registration.logo import drawing
from registration.order import invoice_pdf
from registration.ticket import pdf
from registration.typesetting.process import run_press


@pytest.fixture(scope="module")
def presses_that_remember() -> Iterator[None]:
    made: dict[tuple[str, str, str], bytes] = {}

    def press_or_remember(press: str, job: dict[str, Any], output: str, **options: Any) -> IO[bytes]:
        key = (press, json.dumps(job), output)
        if key not in made:
            with run_press(press, job, output, **options) as file:
                made[key] = file.read()
        return BytesIO(made[key])

    with pytest.MonkeyPatch.context() as patch:
        for module in (typesetting, drawing, invoice_pdf, pdf):
            patch.setattr(module, "run_press", press_or_remember)
        yield
