from __future__ import annotations

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string

CERTIFICATE_PATH = "/lanyard.crt"


class Command(BaseCommand):
    """A server of its own: the page has to be read before the device trusts the site, so it is plain HTTP. It has the
    authority's certificate, which is public, the steps, and nothing else.
    """

    help = "Serve the page by which devices on the venue's network learn to trust `manage.py lan`, which starts this."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        authority = x509.load_pem_x509_certificate(Path(os.environ["LAN_AUTHORITY"]).read_bytes())
        site = urlsplit(settings.SITE_URL)
        page = render_to_string(
            "conferences/lan_trust.html",
            {
                "site": settings.SITE_URL,
                "certificate": CERTIFICATE_PATH,
                "fingerprint": authority.fingerprint(hashes.SHA256()).hex(":").upper(),
            },
        )
        # iOS takes it for a profile by its type, Android and Windows by its ending.
        answers = {
            "/": ("text/html; charset=utf-8", page.encode()),
            CERTIFICATE_PATH: ("application/x-x509-ca-cert", authority.public_bytes(serialization.Encoding.DER)),
        }
        assert site.hostname and site.port
        ThreadingHTTPServer((site.hostname, site.port + 1), _handler(answers)).serve_forever()


def _handler(answers: dict[str, tuple[str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "Lanyard", ""
        timeout = 10

        def do_GET(self) -> None:
            kind, body = answers.get(urlsplit(self.path).path, ("text/plain", b""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Who looks at it is nobody's business."""

    return Handler
