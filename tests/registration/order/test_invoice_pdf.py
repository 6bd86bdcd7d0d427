"""Invoices on paper: names of every script in the weight of the text around them, and real letters."""

from __future__ import annotations

import ctypes
from collections import Counter
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from fontTools.ttLib import TTFont

from registration.order.press import press
from registration.typesetting import lettering, setting
from tests.registration.badge.pages import letters, text_of
from tests.registration.badge.test_press import NAMES

FONTS = Path(setting.__file__).parent / "fonts"
REGULAR = ["Latin", "Latin with marks", "Vietnamese", "Greek", "Cyrillic", "Arabic", "Hebrew", "Devanagari", "Thai",
           "Georgian", "Armenian"]  # fmt: skip


def invoice(name):
    return {
        "language": "en", "title": "", "name": "", "accent": "#0f766e", "timezone": "Europe/Berlin", "sender": [],
        "recipient": [name], "facts": [], "head": ["", "", "", ""], "sums": [["Total", "1"]], "notes": [],
        "lines": [{"text": "Regular", "detail": name, "cells": ["1", "0 %", "1"]}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def known():
    """The letters that some font of ours can draw."""
    return {code for path in FONTS.glob("*.?tf") for code in TTFont(path, lazy=True).getBestCmap()}


@pytest.mark.parametrize("script", NAMES)
def test_names_of_every_script_are_on_an_invoice_in_letters_that_we_have(known, script):
    name = lettering.cleaned(NAMES[script])
    (page,) = pypdfium2.PdfDocument(press(invoice(name)))
    wanted = letters(f"{name}{name}Regular10%1Total111")
    assert wanted - letters(text_of(page)) == Counter()
    assert {char for char in name if ord(char) not in known} == set()


@pytest.mark.parametrize("script", REGULAR)
def test_names_are_no_bolder_than_the_text_around_them(script):
    (page,) = pypdfium2.PdfDocument(press(invoice(NAMES[script])))
    bold = [text for font, text in texts(page) if not font.endswith("-Regular")]
    assert bold == ["Total", "1"]


def texts(page):
    """What is set, with the name of its font."""
    textpage = page.get_textpage()
    for found in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
        name = ctypes.create_string_buffer(200)
        pdfium.FPDFFont_GetBaseFontName(pdfium.FPDFTextObj_GetFont(found), name, len(name))
        size = pdfium.FPDFTextObj_GetText(found, textpage, None, 0)
        text = (ctypes.c_ushort * (size // 2))()
        pdfium.FPDFTextObj_GetText(found, textpage, text, size)
        if said := bytes(text).decode("utf-16-le").strip("\0 "):
            yield name.value.decode(), said
