"""Icons are Lucide's own, with what makes them decoration."""

import re
from xml.etree import ElementTree

import lucide

from conferences.templatetags.lanyard import icon
from tests.test_house import TEMPLATES

DECORATION = {"class": "icon", "aria-hidden": "true", "focusable": "false"}


def test_icons_of_all_templates_are_the_packages_own():
    names = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)" %}', path.read_text())}
    assert len(names) > 20
    for name in names:
        theirs = lucide._render_icon(name, None, **DECORATION)
        ours, theirs = (ElementTree.canonicalize(svg, strip_text=True) for svg in (icon(name), theirs))
        assert ours == theirs, name
