"""From a question to its answer, as JSON has it. This runs in a worker."""

from __future__ import annotations

from typing import Any

from symdiff.errors import SymdiffError, shape_text
from symdiff.frontends.text import declare
from symdiff.web.asked import Asked
from symdiff.web.cards import formula, written
from symdiff.web.inquiry import Inquiry, declared_names
from symdiff.web.views import VIEWS

Answer = dict[str, Any]
"""What the page gets; any key may be missing.

names    what the formula's names are: name and, once it is read, shape, derivable, asked
reading  the formula as it was understood
cards    the view that was asked for
error    what symdiff refuses: kind, text, position in the formula, and the name of a wrong shape
stopped  why there is no answer, see `symdiff.web.stopped`
"""


def answer(asked: Asked) -> Answer:
    """Answer a question; what symdiff refuses is part of the answer."""
    found: Answer = {}
    refused = {name: error for name in asked.shapes if (error := _refusal(name, asked))}
    fine = {name: shape for name, shape in asked.shapes.items() if name not in refused}
    wrong = next(iter(refused), None)
    try:
        declared = declared_names(asked.formula, fine)
        found["names"] = [{"name": name} for name in declared]
        if wrong is not None:
            raise refused[wrong]
        inquiry = Inquiry(asked, declared)
        found |= _understood(inquiry)
        found["cards"] = [written(card) for card in VIEWS[asked.view](inquiry)]
    except SymdiffError as error:
        found["error"] = {
            "kind": type(error).__name__,
            "text": str(error),
            "position": error.position,
            "shape": wrong if error is refused.get(wrong or "") else None,
        }
    return found


def _refusal(name: str, asked: Asked) -> SymdiffError | None:
    """What is wrong with the shape of a name, if anything is."""
    try:
        declare([f"{name}:{asked.shapes[name]}"])
    except SymdiffError as error:
        return error
    return None


def _understood(inquiry: Inquiry) -> Answer:
    """The formula as it was read, and its variables."""
    target = inquiry.target
    name = inquiry.names.of(target) if target.args else None
    return {
        "names": [
            {
                "name": word,
                "shape": shape_text(variable.shape),
                "derivable": word in inquiry.possible,
                "asked": word in inquiry.by,
            }
            for word, variable in inquiry.variables.items()
        ],
        "reading": written(formula(target, name, inquiry.say)),
    }
