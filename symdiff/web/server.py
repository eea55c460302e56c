"""The server: the page, its files, and one address that answers questions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from symdiff.web.asked import Asked, Malformed, asked
from symdiff.web.guard import LOCAL, Guard
from symdiff.web.inquiry import KINDS
from symdiff.web.limits import Limits
from symdiff.web.page import assets, opening
from symdiff.web.pool import Pool
from symdiff.web.stopped import Reason, Stopped, told
from symdiff.web.views import VIEWS

_CHOICES = {"kind": list(KINDS), "view": list(VIEWS)}
_SLOWEST_BODY = 10.0
"""Seconds in which the body of a request must have come."""
_GONE = 499
"""The status of an answer that nobody waits for."""


def application(
    limits: Limits | None = None, hosts: Collection[str] = LOCAL, addresses: bool = False
) -> ASGIApp:
    """The playground as an ASGI application. It starts its workers with its lifespan."""
    bounds = Limits() if limits is None else limits
    pool = Pool(bounds)
    page = opening(bounds)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            await pool.start()
            yield
        finally:
            await pool.stop()

    async def answer(request: Request) -> Response:
        try:
            question = asked(await _body(request, bounds.body), bounds, _CHOICES)
        except Malformed as error:
            return JSONResponse({"refused": str(error)}, error.status)
        return await _answered(request, question, pool, bounds)

    async def file(request: Request) -> Response:
        return _file(request.path_params.get("name", "index.html"))

    async def told_to_page(_: Request) -> Response:
        return Response(page, media_type="application/json")

    routes = [
        Route("/", file),
        Route("/static/{name}", file),
        Route("/page.json", told_to_page),
        Route("/answer", answer, methods=["POST"]),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), hosts, addresses)


def _file(name: str) -> Response:
    """A file of the page. Names are looked up among those that there are, never as paths."""
    found = assets().get(name)
    if found is None:
        return Response("there is no such file\n", 404, media_type="text/plain")
    content, media_type = found
    return Response(content, media_type=media_type)


async def _body(request: Request, most: int) -> bytes:
    """The body of a request. Raises Malformed for one that is no JSON, too large, or too slow."""
    if request.headers.get("content-type") != "application/json":
        raise Malformed("the body must be application/json", 415)
    body = b""
    try:
        async with asyncio.timeout(_SLOWEST_BODY):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise Malformed(f"the body has more than {most} bytes", 413)
    except TimeoutError:
        raise Malformed("the body takes too long to come", 408) from None
    except ClientDisconnect:
        raise Malformed("the body does not end", 400) from None
    return body


async def _answered(request: Request, question: Asked, pool: Pool, limits: Limits) -> Response:
    """The answer to a question, given up when the page goes away or asks something newer."""
    asking = asyncio.create_task(pool.ask(question.written()))
    leaving = asyncio.create_task(_gone(request))
    await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not asking.done():
        asking.cancel()
        return Response(status_code=_GONE)
    status = 200
    try:
        text = asking.result()
    except Stopped as stopped:
        text = told(stopped.reason, limits, question.language)
        status = 503 if stopped.reason is Reason.WAITING else 200
    return Response(text, status, media_type="application/json")


async def _gone(request: Request) -> None:
    """Wait until the other end hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
