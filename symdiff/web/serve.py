"""`symdiff serve`: the playground on an address of this machine, until it is interrupted."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
import webbrowser
from threading import Thread

from symdiff.errors import ArgumentError, SymdiffError
from symdiff.optional import OptionalModule

PORT = 8000
_NEXT = 20
"""So many ports are tried after the usual one."""

NEEDED = (
    OptionalModule("starlette", "applications", "Starlette", "web"),
    OptionalModule("uvicorn", "server", "uvicorn", "web"),
    OptionalModule("latex2mathml", "converter", "latex2mathml", "web"),
)


def serve(host: str = "127.0.0.1", port: int | None = None, browser: bool = True) -> None:
    """Serve the playground until Ctrl-C; without `port`, on 8000 or the next one that is free.

    Raises MissingDependencyError without the extra `web`, ArgumentError for an address that
    cannot be had.
    """
    for module in NEEDED:
        module.load()
    from uvicorn import Config, Server

    from symdiff.web.guard import LOCAL
    from symdiff.web.server import application

    with _listening(host, port) as listener:
        address = f"http://{_in_url(host)}:{listener.getsockname()[1]}/"
        if host not in LOCAL:
            print(
                f"symdiff: warning: {host} is not this machine alone; "
                "whoever reaches it can use its processor",
                file=sys.stderr,
            )
        everywhere = _is_everywhere(host)
        hosts = (*LOCAL, host, *((socket.gethostname(),) if everywhere else ()))
        app = application(hosts=hosts, addresses=everywhere)
        server = Server(
            Config(
                app, log_level="warning", access_log=False, server_header=False,
                proxy_headers=False, ws="none", timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        print(f"symdiff playground: {address}  (Ctrl-C stops it)", flush=True)
        if browser:
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
        if not server.started:
            raise SymdiffError("the playground did not start; see above")
    print("stopped")


def _listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens on a port, or on the first free one of the usual."""
    ports = [port] if port is not None else range(PORT, PORT + _NEXT)
    for each in ports:
        try:
            return _bound(host, each)
        except OverflowError:
            raise ArgumentError(f"a port is a number from 0 to 65535, not {each}") from None
        except socket.gaierror:
            raise ArgumentError(f"this machine has no address {host!r}") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ArgumentError(
                    f"cannot listen on {host} port {each}: {error.strerror}"
                ) from None
    if port is not None:
        raise ArgumentError(
            f"port {port} is in use; name another with --port, or none to take the next free one"
        )
    raise ArgumentError(f"ports {PORT} to {PORT + _NEXT - 1} are in use; name another with --port")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family)


def _is_everywhere(host: str) -> bool:
    """True for the addresses that stand for all of this machine's."""
    return host in ("", "0.0.0.0", "::")


def _in_url(host: str) -> str:
    """How an address is written in a link; one that stands for all is reached as localhost."""
    if _is_everywhere(host):
        return "localhost"
    return f"[{host}]" if ":" in host else host
