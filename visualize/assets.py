"""What the pages are made of: files of `web/`, and data that may stand in HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files


def as_json(data: object) -> str:
    r"""JSON that may stand in a `script` element: nothing in it can end the element.

    >>> as_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def asset(name: str) -> str:
    """The text of a file in `web/`: a page's skeleton, style or script."""
    return files("visualize").joinpath("web", name).read_text(encoding="utf-8").strip()


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with every `{{name}}` replaced; what is put in is not read again."""
    pieces = []
    for piece in template.split("{{"):
        name, mark, rest = piece.partition("}}")
        pieces.append(parts[name] + rest if mark else piece)
    return "".join(pieces) + "\n"


def page(
    body: str,
    parts: Mapping[str, str],
    *,
    title: str,
    style: str,
    data: object,
    scripts: Sequence[str],
) -> str:
    """A whole page that needs nothing but itself; it forbids itself to fetch anything.

    Args:
        body: The file in `web/` with what is between its `body` tags.
        parts: What stands there in place of `{{name}}`.
        title: Its title: text, which is escaped here.
        style: Its style sheet.
        data: What its scripts look up.
        scripts: Their files in `web/`, in order.
    """
    return filled(
        asset("shell.html"),
        {
            "title": escape(title),
            "style": style,
            "body": filled(asset(body), parts).strip(),
            "data": as_json(data),
            "script": "\n".join(asset(name) for name in scripts),
        },
    )
