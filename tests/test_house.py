"""The rules of the house, read from the code itself: who imports whom, how long files are, what templates hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
CODE = [
    path
    for app in ("config", "conferences", "registration")
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# Rooms of one line import each other never, and only what stands below.
LAYERS = [
    {"demo"},  # makes records of all of them, and no page needs it
    {"privacy"},  # takes somebody out of all of them
    {"dashboard", "badge", "roster"},
    {"changes", "notices"},
    {"checkin", "money", "waiting", "invitation"},
    {"order"},
    {"ticket", "mail"},
    {"attendee", "catalogue"},
    {"logo"},
    {"account", "tables", "typesetting"},
]
LEVEL = {room: level for level, rooms in enumerate(reversed(LAYERS)) for room in rooms}
# What Django finds by its place puts the rooms together, and no room imports it.
ABOVE = {
    "registration.models",
    "registration.urls",
    "registration.admin",
    "registration.apps",
    "registration.management",
}

# Layers in a room: models <- rules <- forms <- views, admin, commands, urls. Everything not named is a rule.
IN_ROOM = {"models": 0, "forms": 2, "filters": 2, "views": 3, "admin": 3, "urls": 4}
# Rule modules that speak HTTP by their nature, with the reason.
SPEAKS_HTTP = {
    "conferences/access.py": "access is the step from a request to a right",
    "registration/account/adapter.py": "allauth hands its adapter the request",
    "registration/account/codes.py": "a middleware is handed the request",
    "registration/account/destination.py": "what a request came for is kept in its session",
    "registration/account/middleware.py": "a middleware is handed the request",
    "registration/checkin/access.py": "access is the step from a request to a right",
}
LONG = {
    "static/css/lanyard.css": "the theme, one file so that its layers stay in order",
    "tests/access_table.py": "one table, a row for every address",
    "tests/server.py": "the real server with its databases, one story from start to stop",
}
POSITIONAL_BOOL = {
    "registration/account/adapter.py": "allauth's signature",
    "registration/account/admin.py": "Django's signatures of a form's save and an admin's",
    "registration/attendee/admin.py": "Django's signature of an admin's save",
    "conferences/admin_base.py": "Django's signature of an admin's save",
    "registration/attendee/forms.py": "Django's signature of a form's save",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path) for path in CODE}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of every import, those inside functions and for type checking included."""
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                full = f"{module}.{alias.name}"
                yield node.lineno, full if full in MODULES else module


def room_of(module: str) -> str | None:
    app, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return room if app == "registration" and room in LEVEL else None


def layer_of(module: str) -> int:
    """Of the module in its room; views split by topic are `views_…` or a package `views`."""
    inside = module.split(".")[2 if module.startswith("registration.") else 1 :]
    return next((IN_ROOM[part] for piece in inside for part in [piece.partition("_")[0]] if part in IN_ROOM), 1)


def is_within(module: str, parents: set[str]) -> bool:
    return any(module == parent or module.startswith(f"{parent}.") for parent in parents)


def broken_import(importer: str, imported: str) -> str | None:
    """Why `importer` must not import `imported`, or None."""
    if importer.split(".")[0] in {"config", "conferences"}:
        return "knows nothing of registration" if imported.split(".")[0] == "registration" else None
    if not imported.startswith("registration"):
        return None
    room, other = room_of(importer), room_of(imported)
    if room is None and not is_within(importer, ABOVE) and importer != "registration":
        return "belongs to no room" if other else None
    if room and is_within(imported, ABOVE):
        return "puts the rooms together; no room imports it"
    if room and other and room != other:
        if LEVEL[other] == LEVEL[room]:
            return "sideways"
        if LEVEL[other] > LEVEL[room]:
            return "upwards"
    return None


def test_imports_go_downwards():
    broken = [
        f"{name_of(path)}:{line} imports {imported}: {why}"
        for path in CODE
        for line, imported in imports(path)
        if (why := broken_import(module_of(path), imported))
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("importer", "imported", "why"),
    [
        ("registration.order.checkout", "registration.attendee.models", None),
        ("registration.attendee.models", "registration.order.models", "upwards"),
        ("registration.roster.views", "registration.dashboard.counts", "sideways"),
        ("registration.ticket.views", "registration.mail.outbox", "sideways"),
        ("registration.order.checkout", "registration.models", "puts the rooms together; no room imports it"),
        ("registration.management.commands.demo", "registration.roster.imports", None),
        ("registration.helpers", "registration.order.models", "belongs to no room"),
        ("conferences.models", "registration.account.models", "knows nothing of registration"),
    ],
)
def test_import_rule_knows_up_from_down(importer, imported, why):
    assert broken_import(importer, imported) == why


def test_every_folder_of_registration_is_a_room():
    folders = {path.name for path in (ROOT / "registration").iterdir() if path.is_dir()}
    assert folders - {"migrations", "management", "locale", "__pycache__"} <= set(LEVEL)
    picture = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    assert set(LEVEL) - set(re.findall(r"\w+", "".join(line[:43] for line in picture.splitlines()))) == set()


def test_layers_in_a_room_go_downwards():
    """Models and rules import no form, forms no view. Models may use a rule that needs none of them (`access_code`)."""
    broken = []
    for path in CODE:
        importer = module_of(path)
        room = room_of(importer)
        for line, imported in imports(path):
            if room and room_of(imported) == room and 1 < layer_of(imported) > layer_of(importer):
                broken.append(f"{name_of(path)}:{line} imports {imported}")
    assert broken == []


def test_rules_never_see_a_request_a_form_or_a_response():
    http = {"django.http", "django.shortcuts", "django.forms", "django_htmx"}
    broken = [
        f"{name_of(path)}:{line} imports {imported}"
        for path in CODE
        if path.parts[len(ROOT.parts)] != "config"
        and layer_of(module_of(path)) <= 1
        and "templatetags" not in path.parts
        and name_of(path) not in SPEAKS_HTTP
        for line, imported in imports(path)
        if is_within(imported, http)
    ]
    assert broken == []


def test_files_stay_under_300_lines():
    files = [*CODE, *TEMPLATES, *sorted((ROOT / "tests").rglob("*.py"))]
    files += [path for kind in ("css", "js") for path in sorted((ROOT / "static" / kind).rglob(f"*.{kind}"))]
    long = {name_of(path): lines for path in files if (lines := len(path.read_text().splitlines())) >= 300}
    assert {name: lines for name, lines in long.items() if name not in LONG} == {}


def test_booleans_are_passed_by_name():
    """`place(order, True)` says nothing to who reads it."""
    broken = []
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and name_of(path) not in POSITIONAL_BOOL:
                broken += [
                    f"{name_of(path)}:{argument.lineno} {node.name}({argument.arg})"
                    for argument in [*node.args.posonlyargs, *node.args.args]
                    if argument.annotation is not None and ast.unparse(argument.annotation) in {"bool", "bool | None"}
                ]
    assert broken == []


@pytest.mark.parametrize(
    "forbidden",
    [
        r"<script(?![^>]*\bsrc=)",
        r"<style\b",
        r"\sstyle=",
        r"\son[a-z]+=",
        r"\shx-on\b",
        r"javascript:",
        r"""(?:src|href|action)=["']?(?:https?:)?//""",
    ],
)
def test_templates_hold_no_inline_script_no_style_and_no_third_party(forbidden):
    """`templates/mail/` is the exception for style: a mail has no stylesheet to link (css-inline writes it)."""
    pages = [path for path in TEMPLATES if "mail" not in path.relative_to(ROOT / "templates").parts[:1]]
    found = {name_of(path): match.group() for path in pages if (match := re.search(forbidden, path.read_text()))}
    assert found == {}


def test_fragments_have_one_root_with_their_own_id():
    """`_people.html` is swapped by its id `people`, possibly followed by a key."""
    broken = []
    for path in TEMPLATES:
        if path.name.startswith("_") and path.parent != ROOT / "templates" and "hx-" in path.read_text():
            first = re.search(r"<[a-z][^>]*>", path.read_text())
            if not first or f'id="{path.stem[1:].replace("_", "-")}' not in first.group():
                broken.append(name_of(path))
    assert broken == []


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert out.getvalue() == "No changes detected\n"


def test_nothing_is_fetched_without_an_end():
    """One request that never answers would hold up all that waits behind it. What the browser itself asked for
    (`event.request`) ends as the browser says.
    """
    endless = [
        f"{path.relative_to(ROOT)}: fetch({given.splitlines()[0]}"
        for path in sorted((ROOT / "static" / "js").rglob("*.js"))
        for given in re.split(r"\bfetch\(", path.read_text())[1:]
        if not given.startswith("event.request") and "signal" not in given[:400]
    ]
    assert endless == []
