"""What others made and we cut to our size."""

from tests.vendored import prune


def test_style_sheet_of_bootstrap_holds_all_that_our_pages_use_and_no_more():
    """After a new class in a template: `.venv/bin/python -m tests.vendored.prune`."""
    assert prune.SERVED.read_text() == prune.pruned()


def test_control_rules_of_classes_that_nobody_uses_are_left_out():
    css = '.a,.b:not(.c){x:1}@media (min-width:9px){.c .a{x:2}.c{x:3}}@charset "UTF-8";p{x:4}'
    kept = prune._written(list(prune._kept(prune.parsed(css), {"a", "b"})))
    assert kept == '.a,.b:not(.c){x:1}@charset "UTF-8";p{x:4}'
    assert prune._without_unread(":root{--bs-a:1px;--bs-b:var(--bs-a);--bs-c:2px}p{x:var(--bs-c)}", "") == (
        ":root{--bs-c:2px}p{x:var(--bs-c)}"
    )
