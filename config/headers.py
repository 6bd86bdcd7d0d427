"""Headers of answers that no view makes. Read by the settings, so this imports nothing of Django."""

import re

from csp.constants import NONE, SELF

PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
# Of the pages that scan, which set this header themselves.
SCANNING_PERMISSIONS_POLICY = PERMISSIONS_POLICY.replace("camera=()", "camera=(self), screen-wake-lock=(self)")
REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# A worker obeys the policy of its own script's answer. This one reads QR codes by WebAssembly, which needs leave to
# compile, and gets that and scripts of this site; the page around it may not compile anything.
_DECODER = re.compile(r"/js/checkin/decoder(\.[0-9a-f]{12})?\.js$")
_DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'"


def add_static_headers(headers: dict[str, str], path: str, url: str) -> None:
    """WhiteNoise answers before the other middleware, so it gets the headers by this hook."""
    headers["Content-Security-Policy"] = (
        "default-src 'none'; frame-ancestors 'none'; style-src 'self'; font-src 'self'; img-src 'self'"
    )
    if _DECODER.search(url):
        headers["Content-Security-Policy"] = _DECODER_POLICY
    headers["Permissions-Policy"] = PERMISSIONS_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = REFERRER_POLICY
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
