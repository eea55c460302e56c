"""The playground, served on a free port for as long as a test needs it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from playground import Playground
from uvicorn import Config, Server

from symdiff.web.limits import Limits
from symdiff.web.server import application

Served = Callable[[Limits], Playground]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with these tests: of many, one process gets all of them, and starts workers once."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/web/"))


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Serve the playground within limits; all that are served are stopped in the end."""
    running: list[tuple[Server, Thread]] = []

    def serve(limits: Limits) -> Playground:
        listener = socket.create_server(("127.0.0.1", 0))
        config = Config(application(limits), log_level="warning", ws="none", server_header=False)
        server = Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        playground = Playground(listener.getsockname()[1])
        playground.wait(lambda: server.started or not thread.is_alive())
        assert server.started
        return playground

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def playground(served: Served) -> Playground:
    """The playground as `symdiff serve` has it, with fewer workers."""
    return served(Limits(workers=2, waiting=64))
