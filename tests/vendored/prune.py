"""`.venv/bin/python -m tests.vendored.prune`: of Bootstrap's style sheet, as published beside this file, what our pages use. The rest
is four fifths of it, and every tablet would fetch it over bad Wi-Fi.

Kept are the rules whose classes all stand in a template or script of ours, and the custom properties that something reads.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.server import ROOT

SOURCE = Path(__file__).parent / "bootstrap.min.css"
SERVED = ROOT / "static" / "vendor" / "bootstrap" / "bootstrap.min.css"

_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z][\w-]*")
# In Python and JavaScript a class is a text of this shape.
_NAMED = re.compile(r"""["'`\s]((?:btn|(?:btn|form|is|was)-[a-z-]+))(?=["'`\s])""")
_SPLIT = re.compile(r",(?![^(]*\))")


@dataclass
class Rule:
    """`body` are declarations; `inside` other rules, of a media query. A statement such as @charset has neither."""

    head: str
    body: str = ""
    inside: list[Rule] = field(default_factory=list)


def classes_of_ours() -> set[str]:
    used = set()
    for path in (ROOT / "templates").rglob("*.html"):
        for given in re.findall(r'class="([^"]*)"', _TAG.sub(" ", path.read_text())):
            used |= set(_WORD.findall(given))
    code = [path for app in ("conferences", "registration") for path in (ROOT / app).rglob("*.py")]
    for path in [*code, *(ROOT / "static" / "js").rglob("*.js")]:
        used |= set(_NAMED.findall(path.read_text()))
    return used


def parsed(css: str) -> list[Rule]:
    rules, at = [], 0
    while at < len(css):
        end = min((found for sign in "{;" if (found := css.find(sign, at)) >= 0), default=len(css))
        head = css[at:end].strip()
        if end == len(css) or css[end] == ";":
            rules += [Rule(head)] if head else []
            at = end + 1
            continue
        close = _closing(css, end)
        block = css[end + 1 : close]
        is_nested = head.startswith(("@media", "@supports", "@layer"))
        rules.append(Rule(head, inside=parsed(block)) if is_nested else Rule(head, block))
        at = close + 1
    return rules


def _closing(css: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(css)):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if not depth:
            return at
    raise ValueError("a brace is not closed")


def _kept(rules: list[Rule], used: set[str]) -> Iterator[Rule]:
    for rule in rules:
        if rule.inside:
            if inside := list(_kept(rule.inside, used)):
                yield Rule(rule.head, inside=inside)
        elif rule.head.startswith("@"):
            yield rule
        else:
            heads = [head for head in _SPLIT.split(rule.head) if _classes_in(head) <= used]
            if heads:
                yield Rule(",".join(heads), rule.body)


def _classes_in(selector: str) -> set[str]:
    """What an element must have; what it must not have (`:not`) is no matter."""
    return set(re.findall(r"\.([A-Za-z][\w-]*)", re.sub(r":not\([^)]*\)", "", selector)))


def _written(rules: list[Rule]) -> str:
    return "".join(
        f"{rule.head}{{{_written(rule.inside)}}}"
        if rule.inside
        else f"{rule.head}{{{rule.body}}}"
        if rule.body
        else f"{rule.head};"
        for rule in rules
    )


def _without_unread(css: str, ours: str) -> str:
    """Properties that only properties read, which nobody reads, go too."""
    before = ""
    while css != before:
        before = css
        css = _only(css, r"(--bs-[\w-]+):[^;{}]*(?:;|(?=\}))", set(re.findall(r"var\((--[\w-]+)", css + ours)))
        moving = set(re.findall(r"animation(?:-name)?:[^;}]*?([\w-]+)", css))
        css = _only(css, r"@keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*\}", moving)
        css = re.sub(r"[^{};]+\{\}", "", css)
    return css


def _only(css: str, pattern: str, names: set[str]) -> str:
    return re.sub(pattern, lambda found: found[0] if found[1] in names else "", css)


def pruned() -> str:
    source = SOURCE.read_text()
    licence = source[source.index("/*!") : source.index("*/") + 2]
    css = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    ours = "".join(path.read_text() for path in (ROOT / "static" / "css").rglob("*.css"))
    kept = _written(list(_kept(parsed(css), classes_of_ours())))
    return f"{licence}\n{_without_unread(kept, ours)}\n"


if __name__ == "__main__":
    SERVED.write_text(pruned())
    sys.stdout.write(f"{SERVED.relative_to(ROOT)}: {SERVED.stat().st_size:,} bytes of {SOURCE.stat().st_size:,}\n")
