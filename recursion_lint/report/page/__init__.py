"""The page for a browser: markup, style, program and data in a single file, no network.

The program may run and the style may hold because the page names their hashes; nothing else may, whatever a
template holds. https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

_ASSETS = Path(__file__).parent / "assets"
_STYLES = ("frame.css", "findings.css", "picture.css", "panel.css", "narrow.css", "print.css")
_SCRIPTS = (
    "elements.js",
    "facts.js",
    "filters.js",
    "drawn.js",
    "layers.js",
    "layout.js",
    "ring.js",
    "wires.js",
    "picture.js",
    "gestures.js",
    "lines.js",
    "remedies.js",
    "panel.js",
    "list.js",
    "search.js",
    "print.js",
    "main.js",
)


def page(data: dict[str, Any]) -> str:
    """The page that shows ``data``, what ``recursion_lint.report.page.content`` makes."""
    style, script = (_joined(names) for names in (_STYLES, _SCRIPTS))
    # Split at the places first: what a template holds must not be taken for one of them.
    pieces = _asset("page.html").split("@@")
    filling = {
        "STYLE": style,
        "STYLE-HASH": _hash(style),
        "SCRIPT": script,
        "SCRIPT-HASH": _hash(script),
        "DATA": _embedded(data),
    }
    return "".join(filling[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def _joined(names: tuple[str, ...]) -> str:
    return "".join(map(_asset, names))


def _asset(name: str) -> str:
    # Bytes, because a hash is that of the file as it is, whatever the platform's line ends.
    return (_ASSETS / name).read_bytes().decode("utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")


def _embedded(data: dict[str, Any]) -> str:
    """JSON inside ``<script>``: no ``<`` can end the element, no ``#`` steer a build server that shows the page."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Half of a surrogate pair becomes a question mark here, where it cannot change what has a hash.
    text = text.encode("utf-8", "replace").decode("utf-8")
    for letter in "<>&#\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
