"""The server: what it serves, whom it refuses, and what stops a question."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Served
from playground import Playground, question

import symdiff as sd
from symdiff import web
from symdiff.cli import main
from symdiff.show.wording import PHRASES
from symdiff.web.limits import MEBIBYTE, Limits
from symdiff.web.page import assets
from symdiff.web.stopped import Reason, told
from symdiff.web.views import VIEWS

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}

FOREVER = "sum(" + "*".join(f"(x+{k})" for k in range(500)) + ")"
"""A product; the derivation of its Hessian takes much longer than a second."""


@pytest.fixture(scope="module")
def small(served: Served) -> Playground:
    """A playground that gives short answers alone."""
    return served(Limits(workers=1, answer=20_000))


@pytest.fixture(scope="module")
def hasty(served: Served) -> Playground:
    """A playground with one worker and little time."""
    return served(Limits(workers=1, waiting=2, seconds=1.0))


def workers(parent: int) -> set[int]:
    """The worker processes below a process."""
    found = Path(f"/proc/{parent}/task").glob("*/children")
    return {int(word) for each in found for word in each.read_text().split()}


# What is served ---------------------------------------------------------------------------------


class _Links(HTMLParser):
    """What a page refers to, and what it must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.found += [value for key in ("src", "href") if (value := named.get(key))]
        self.inline += [key for key in named if key == "style" or key.startswith("on")]
        self.inline += ["script"] if tag == "script" and "src" not in named else []


def test_the_page_and_its_files(playground: Playground) -> None:
    page = playground.send("GET", "/")
    links = _Links()
    links.feed(page.body.decode())
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert links.inline == []
    assert len(links.found) >= 6
    for link in links.found:
        assert link.startswith("/static/")
        assert playground.send("GET", link).status == 200


def test_each_file_is_served_as_what_it_is(playground: Playground) -> None:
    types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
             "html": "text/html; charset=utf-8", "svg": "image/svg+xml"}  # fmt: skip
    assert len(assets()) >= 16
    for name, (content, _) in assets().items():
        reply = playground.send("GET", f"/static/{name}")
        assert (reply.status, reply.body) == (200, content)
        assert reply.headers["content-type"] == types[name.rpartition(".")[2]]
        assert "http:" not in content.decode().replace("http://www.w3.org/", "")
        assert "https:" not in content.decode()


def test_the_page_and_the_catalogue_have_the_same_phrases() -> None:
    sources = [content.decode() for content, _ in assets().values()]
    sources += [path.read_text() for path in Path(web.__file__).parent.glob("*.py")]
    text = "\n".join(sources)
    said = set(re.findall(r"""["`](play\.[a-z_.]+[a-z_])["`]""", text))
    built = tuple(re.findall(r"""["`](play\.[a-z_.]+\.)(?:\$?\{|`)""", text))
    phrases = {key for key in PHRASES if key.startswith("play.")}
    assert said <= phrases
    assert [key for key in phrases - said if not key.startswith(built)] == []
    assert [start for start in built if not any(key.startswith(start) for key in phrases)] == []


def test_headers_are_on_every_answer(playground: Playground) -> None:
    replies = [
        playground.send("GET", "/"),
        playground.send("GET", "/nothing"),
        playground.send("GET", "/page.json"),
        playground.send("GET", "/static/main.js"),
        playground.send("GET", "/", Host="evil.example"),
        playground.send("DELETE", "/answer", Origin=playground.origin),
        playground.post(b"{"),
        playground.post(question("x**2")),
    ]
    assert [reply.status for reply in replies] == [200, 404, 200, 200, 400, 405, 400, 200]
    for reply in replies:
        assert HEADERS.items() <= reply.headers.items()
        assert "server" not in reply.headers
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/..%2Fserver.py", "/static/%2e%2e/server.py",
        "/static//etc/passwd", "/static/%2Fetc%2Fpasswd", "/../../etc/passwd", "/static/",
        "/static/main.js%00", "/static/MAIN.JS", "/assets/main.js", "/static/..\\server.py",
    ],
)  # fmt: skip
def test_no_other_file_is_served(playground: Playground, path: str) -> None:
    assert playground.send("GET", path).status in (404, 307)
    assert b"root:" not in playground.send("GET", path).body


# Who is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST:8000", 200), ("127.0.0.1:1", 200), ("[::1]:8000", 200),
        ("evil.example", 400), ("localhost.evil.example", 400), ("127.0.0.1.evil.example", 400),
        ("192.168.0.7", 400), ("", 400), ("[::1", 200), ("evil.example:80@localhost", 400),
        ("localhost:8000@evil.example", 200),
    ],
)  # fmt: skip
def test_hosts(playground: Playground, host: str, status: int) -> None:
    assert playground.send("GET", "/", Host=host).status == status


def test_a_request_without_a_host_is_refused(playground: Playground) -> None:
    with socket.create_connection(("127.0.0.1", playground.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_other_pages_may_not_ask(playground: Playground, headers: dict[str, str]) -> None:
    assert playground.post(question("x**2"), **headers).status == 403


def test_a_form_may_not_ask(playground: Playground) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert playground.post(question("x**2"), Content_Type=kind).status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 60_000, b'{"a":' * 9_000,
        question("x", view="source"), question("x", kind="integral"), question("x", language="fr"),
        question("x", view=["closed"]), question("x", shapes=["x"]), question("x", shapes={"x": 3}),
        question("x", wrt="x"), question("x", wrt=[1]), question("x", more=1),
        question(7), question(None), question("\ud800"),
        question("x", shapes={"\udfff": "n"}), json.dumps({"formula": "x"}).encode(),
    ],
)  # fmt: skip
def test_what_the_page_never_sends_is_refused(playground: Playground, body: bytes) -> None:
    reply = playground.post(body)
    assert reply.status == 400
    assert isinstance(reply.json["refused"], str)


@pytest.mark.parametrize(
    "body",
    [
        b"x" * (10 << 20), question("x" * 4001), question("x", wrt=["x"] * 51),
        question("x", shapes={f"x{k}": "" for k in range(51)}),
        question("x", shapes={"x": "n " * 101}), question("x", shapes={"x" * 201: "n"}),
        question("+".join(["x"] * 100_000)),
    ],
    ids=["10 MB", "formula", "wrt", "shapes", "shape", "name", "100 000 terms"],
)  # fmt: skip
def test_what_is_too_large_is_refused_before_it_is_read(
    playground: Playground, body: bytes
) -> None:
    before = time.monotonic()
    try:
        reply = playground.post(body)
    except (BrokenPipeError, ConnectionResetError):
        return  # the server hung up without reading to the end
    assert reply.status == 413
    assert time.monotonic() - before < 2


# Questions --------------------------------------------------------------------------------------


def test_answers_are_those_of_the_library(playground: Playground) -> None:
    found = playground.ask("sum((X @ w)**2)", shapes={"X": "n d", "w": "d"}, wrt=["w"])
    w = sd.vector("w", "d")
    gradient = sd.grad(sd.parse("sum((X @ w)**2)", X="n d", w="d"), w)
    assert found["cards"][0]["copies"]["text"] == sd.text(gradient)


def test_a_keystroke_is_answered_at_once(playground: Playground) -> None:
    times = []
    for k in range(20):
        before = time.monotonic()
        playground.ask(f"sum((X @ w - {k})**2)", shapes={"X": "n d", "w": "d"}, wrt=["w"])
        times.append(time.monotonic() - before)
    assert sorted(times)[10] < 0.1


def test_many_may_ask_at_once(playground: Playground) -> None:
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda k: playground.ask(f"x**{k}"), range(2, 42)))
    for k, found in enumerate(answers, 2):
        expected = sd.text(sd.grad(sd.parse(f"x**{k}", x=""), sd.scalar("x")))
        assert found["cards"][0]["copies"]["text"] == expected


@pytest.mark.slow
def test_more_than_may_wait_are_sent_away(hasty: Playground) -> None:
    def ask(formula: str) -> tuple[int, Any]:
        reply = hasty.post(question(formula, kind="hessian", view="derivation"))
        return reply.status, reply.json

    hasty.wait(lambda: "cards" in hasty.ask("x**2"))
    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(ask, [FOREVER] * 6))
    busy = [found for status, found in replies if status == 503]
    assert 1 <= len(busy) <= 5
    assert busy[0]["stopped"]["reason"] == "waiting"
    assert all(status in (200, 503) for status, _ in replies)
    hasty.wait(lambda: "cards" in hasty.ask("x**2"))


# Limits -----------------------------------------------------------------------------------------


def test_time(hasty: Playground) -> None:
    before = time.monotonic()
    found = hasty.ask(FOREVER, kind="hessian", view="derivation")
    assert found["stopped"] == {
        "reason": "seconds",
        "text": "Stopped: this takes longer than 1 seconds. Try fewer variables, smaller sizes, or "
        "another view.",
    }
    assert time.monotonic() - before < 3
    assert "已停止" in json.loads(told(Reason.SECONDS, Limits(), "zh"))["stopped"]["text"]
    assert "cards" in hasty.ask("x**2")


@pytest.mark.parametrize(
    ("formula", "shapes", "view"),
    [
        pytest.param("sum(x)", {"x": "100000 100000"}, "check", id="shape"),
        pytest.param(
            "sum(tile(x, (30000, 30000)))", {"x": "n"}, "check", id="tile", marks=pytest.mark.slow
        ),
        pytest.param("sum(x*ones((90000, 90000)))", {}, "check", id="ones", marks=pytest.mark.slow),
        pytest.param("sum(outer(x, x))", {"x": "90000"}, "derivation", id="outer"),
    ],
)
def test_memory(playground: Playground, formula: str, shapes: dict[str, str], view: str) -> None:
    found = playground.ask(formula, shapes=shapes, view=view)
    assert found["stopped"]["reason"] == "memory", found
    assert "1024 MiB" in found["stopped"]["text"]
    assert "cards" in playground.ask("x**2")


def test_the_size_of_an_answer(small: Playground) -> None:
    found = small.ask("+".join(f"sin({k}*x)" for k in range(2, 300)))
    assert found["stopped"]["reason"] == "answer"
    assert "cards" in small.ask("x**2")


HOSTILE = {
    "parentheses": "(" * 1900 + "x" + ")" * 1900,
    "unclosed": "(" * 3999,
    "brackets": "[" * 3999,
    "calls": "sin(" * 790 + "x" + ")" * 790,
    "signs": "-" * 3990 + "x",
    "powers": "x" + "**2" * 1300,
    "squares": "x" + "**x" * 40,
    "tower": "9**9**9**9*x",
    "digits": "9" * 3990 + "*x",
    "exponent": "1e999999999*x",
    "terms": "+".join(["x"] * 900),
    "products": "*".join(["x"] * 40),
    "names": "+".join(f"x{k}" for k in range(600)),
    "nul": "x\x00 + 1",
    "newlines": "x\n+\n1",
    "controls": "\x1b[31mx\x07",
    "bidi": "x + \u202e1",
    "combining": "x" + "\u0301" * 3000,
    "astral": "𝒙𝓍𝕩 + 1",
    "emoji": "💥*x",
    "fullwidth": "ｘ + ｙ",
    "markup": "<script>alert(1)</script>",
    "attribute": "x' onload='alert(1)",
    "entity": "&lt;b&gt; + &#60;",
    "dunder": "x.__class__.__mro__",
    "import": "__import__('os').system('id')",
    "lambda": "(lambda: x)()",
    "percent": "%s%s%n",
    "braces": "{x} + {0.__class__}",
    "latex": "\\input{/etc/passwd}",
    "tile": "sum(tile(x, 10**9))",
    "arange": "sum(arange(10**12))*x",
    "shape": "sum(reshape(x, (10**10, 10**10)))",
    "einsum": "einsum('" + "i" * 3000 + "', x)",
    "quote": "'" * 3999,
    "strings": "'a'" * 1300,
}


@pytest.mark.slow
@pytest.mark.parametrize("formula", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_formulas_get_an_answer(hasty: Playground, formula: str) -> None:
    for view in VIEWS:
        found = hasty.ask(formula, view=view)
        assert found.keys() & {"cards", "error", "stopped"}
        assert found.get("stopped", {}).get("reason") not in ("defect", "crash"), (view, found)


def test_names_that_javascript_knows(playground: Playground) -> None:
    shapes = {"hasOwnProperty": "n", "constructor": "n", "toString": "n"}
    found = playground.ask("sum(hasOwnProperty*constructor*toString)", shapes=shapes)
    assert [each["name"] for each in found["names"]] == list(shapes)
    found = playground.ask("sum(__proto__)", shapes={"__proto__": "n"})
    assert "'__proto__' cannot name a variable" in found["error"]["text"]


def test_odd_shapes(playground: Playground) -> None:
    for shape in (
        "<b>",
        "n; d",
        "9" * 200,
        "n" * 200,
        "-1",
        "2*",
        "n d m k " * 20,
        "1e9",
        "'",
        "{}",
    ):
        found = playground.ask("sum(x)", shapes={"x": shape}, view="check")
        assert found.keys() & {"cards", "error", "stopped"}
        assert found.get("stopped", {}).get("reason") not in ("defect", "crash"), (shape, found)


# Workers ----------------------------------------------------------------------------------------


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")


@linux
def test_a_worker_that_ends_is_replaced(served: Served) -> None:
    others = workers(os.getpid())
    playground = served(Limits(workers=1, questions=3, memory=900 * MEBIBYTE))

    def mine() -> set[int]:
        return workers(os.getpid()) - others

    (first,) = mine()
    _check_limits(first)
    os.kill(first, signal.SIGKILL)
    playground.wait(lambda: first not in mine())
    found = playground.ask("x**2")
    assert "cards" in found or found["stopped"]["reason"] == "crash"
    playground.wait(lambda: "cards" in playground.ask("x**2"))
    seen = {*mine()}
    for _ in range(4):
        assert "cards" in playground.ask("x**2")
        seen |= mine()
    assert len(seen) >= 2, "a worker is replaced after three questions"
    playground.wait(lambda: len(mine()) == 1)


def _check_limits(worker: int) -> None:
    found = Path(f"/proc/{worker}/limits").read_text().splitlines()
    limits = {line[:26].strip(): line[26:].split()[:2] for line in found}
    assert limits["Max address space"] == [str(900 * MEBIBYTE)] * 2
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]
    environment = Path(f"/proc/{worker}/environ").read_text()
    assert "HOME=" not in environment
    assert os.getpgid(worker) == worker


@linux
def test_a_worker_that_is_stopped_leaves_nothing(hasty: Playground) -> None:
    before = workers(os.getpid())
    assert hasty.ask(FOREVER, kind="hessian", view="derivation")["stopped"]["reason"] == "seconds"
    hasty.wait(lambda: "cards" in hasty.ask("x**2"))
    after = workers(os.getpid())
    assert len(after) == len(before)
    assert len(before - after) == 1


def test_a_question_that_is_given_up_frees_its_worker(served: Served) -> None:
    playground = served(Limits(workers=1, seconds=60))
    body = question(FOREVER, kind="hessian", view="derivation")
    with socket.create_connection(("127.0.0.1", playground.port), timeout=10) as connection:
        head = (
            f"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        time.sleep(0.2)
    before = time.monotonic()
    assert "cards" in playground.ask("x**2")
    assert time.monotonic() - before < 20


# symdiff serve ----------------------------------------------------------------------------------

COMMAND = [sys.executable, "-c", "from symdiff.cli import main; raise SystemExit(main())", "serve"]


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended after the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@linux
def test_serve_until_interrupted(running: list[subprocess.Popen[str]]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running.append(process)
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("symdiff playground: http://127.0.0.1:")
    assert line.endswith("/  (Ctrl-C stops it)\n")
    playground = Playground(int(line.split(":")[3].split("/")[0]))
    assert "cards" in playground.ask("x**2")
    playground.wait(lambda: len(workers(process.pid)) == Limits().workers)
    below = workers(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "stopped\n", "")
    assert not any(Path(f"/proc/{worker}").exists() for worker in below)


@linux
@pytest.mark.slow
def test_workers_end_with_a_server_that_is_killed(running: list[subprocess.Popen[str]]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--no-browser", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    running.append(process)
    assert process.stdout
    playground = Playground(int(process.stdout.readline().split(":")[3].split("/")[0]))
    assert "cards" in playground.ask("x**2")
    below = workers(process.pid)
    process.kill()
    playground.wait(lambda: not any(Path(f"/proc/{worker}").exists() for worker in below))


def test_a_named_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--no-browser", "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"symdiff: port {port} is in use; name another with --port, or none to take the next free "
        "one\n"
    )


def test_the_next_port_is_taken() -> None:
    from symdiff.web import serve

    with serve._listening("127.0.0.1", None) as first, serve._listening("127.0.0.1", None) as next_:
        ports = [each.getsockname()[1] for each in (first, next_)]
    assert serve.PORT <= ports[0] < ports[1] < serve.PORT + 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "70000"], "a port is a number from 0 to 65535, not 70000"),
        (["--host", "no.such.host.invalid"], "this machine has no address 'no.such.host.invalid'"),
    ],
)
def test_addresses_that_cannot_be_had(
    capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["serve", "--no-browser", *options]) == 2
    assert capsys.readouterr().err == f"symdiff: {message}\n"


@pytest.mark.slow
def test_other_addresses_are_warned_of(running: list[subprocess.Popen[str]]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--no-browser", "--port", "0", "--host", "0.0.0.0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running.append(process)
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("symdiff playground: http://localhost:")
    playground = Playground(int(line.split(":")[3].split("/")[0]))
    playground.wait(lambda: _status(playground) == 200)
    names = ["192.168.0.7", "[fe80::1]:80", socket.gethostname(), "evil.example"]
    found = [playground.send("GET", "/", Host=name).status for name in names]
    assert found == [200, 200, 200, 400]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert err == (
        "symdiff: warning: 0.0.0.0 is not this machine alone; whoever reaches it can use its "
        "processor\n"
    )


def _status(playground: Playground) -> int:
    try:
        return playground.send("GET", "/").status
    except ConnectionError:
        return 0


def test_without_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn.server", None)
    assert main(["serve"]) == 2
    assert capsys.readouterr().err == (
        "symdiff: this needs uvicorn, which is not installed: pip install 'symdiff[web]'\n"
    )
