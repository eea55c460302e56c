"""What the page asks: a formula, shapes, variables, and what to see. Nothing is read here yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from symdiff.show.wording import LANGUAGES
from symdiff.web.limits import Limits


class Malformed(Exception):
    """A request that is none of the page's; `status` is that of the HTTP answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Asked(NamedTuple):
    """One question. Shapes are those of the names that have one; other names are scalars.

    wrt       the names of variables; those that the formula lacks do not count
    kind      "gradient", "hessian" or "jacobian"
    view      which view of it
    language  that of the words around formulas
    """

    formula: str
    shapes: dict[str, str]
    wrt: list[str]
    kind: str
    view: str
    language: str

    def written(self) -> bytes:
        """The question as it is sent to a worker."""
        return json.dumps(self._asdict()).encode()


def asked(body: bytes, limits: Limits, choices: Mapping[str, list[str]]) -> Asked:
    """Read a request's body; `choices` are the kinds and the views that there are.

    Raises Malformed for anything else, and for texts beyond the limits.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body must be JSON") from None
    if not isinstance(fields, dict) or fields.keys() != set(Asked._fields):
        raise Malformed(f"the body must be an object with {', '.join(Asked._fields)}")
    shapes, wrt = fields["shapes"], fields["wrt"]
    if not (isinstance(shapes, dict) and isinstance(wrt, list)):
        raise Malformed("shapes must be an object, wrt a list")
    for name, allowed in {**choices, "language": list(LANGUAGES)}.items():
        if fields[name] not in allowed:
            raise Malformed(f"{name} must be one of {', '.join(allowed)}")
    if len(shapes) > limits.names or len(wrt) > limits.names:
        raise Malformed(f"more than {limits.names} names", 413)
    _text("formula", fields["formula"], limits.characters)
    for word in (*shapes, *shapes.values(), *wrt):
        _text("a name or a shape", word, limits.shape)
    return Asked(**fields)


def _text(what: str, value: object, most: int) -> None:
    """Refuse what is no text, too long, or has halves of surrogate pairs."""
    if not isinstance(value, str):
        raise Malformed(f"{what} must be text")
    if len(value) > most:
        raise Malformed(f"{what} has {len(value)} characters; the limit is {most}", 413)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Malformed(f"{what} is no valid Unicode") from None
