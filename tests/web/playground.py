"""A client of the playground that can also be rude."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Playground:
    """A playground on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """Make a request; names of headers have underscores here."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            connection.close()

    def post(self, body: bytes, **headers: str) -> Reply:
        """Send a body to where questions are answered, as the page does."""
        known = {"Content_Type": "application/json", "Origin": self.origin}
        return self.send("POST", "/answer", body, **(known | headers))

    def ask(self, formula: str, **changed: object) -> Any:
        """The answer to a question."""
        reply = self.post(question(formula, **changed))
        assert reply.status == 200, reply
        return reply.json

    def wait(self, until: Callable[[], object], seconds: float = 30) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "waited too long"
            time.sleep(0.02)


def question(formula: object, **changed: object) -> bytes:
    """The body of a question."""
    usual = {
        "formula": formula, "shapes": {}, "wrt": [], "kind": "gradient", "view": "closed",
        "language": "en",
    }  # fmt: skip
    return json.dumps(usual | changed).encode()
