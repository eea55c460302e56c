"""The page in a real browser: typing, choosing, links, copying, and formulas that mean harm."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playground import Playground

import symdiff as sd
from symdiff.web.examples import EXAMPLES
from symdiff.web.views import VIEWS

pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
from playwright.sync_api import Browser, Page, expect

expect.set_options(timeout=20_000)

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Browser, playground: Playground) -> Iterator[Page]:
    """A page that must not complain, nor ask anybody but the playground for anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=playground.origin)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(f"{playground.origin}/")] == []


@pytest.fixture
def home(page: Page, playground: Playground) -> Page:
    """The page as it opens."""
    page.goto(playground.origin)
    expect(page.locator("#panel .math")).to_have_count(1)
    return page


def answer(page: Page) -> str:
    """What is copied from the first card as Python."""
    page.locator("#panel .copies button", has_text="Python").first.click()
    return str(page.evaluate("navigator.clipboard.readText()"))


# Typing -----------------------------------------------------------------------------------------


def test_it_opens_with_an_example(home: Page) -> None:
    assert home.title() == "symdiff playground"
    assert home.input_value("#formula") == EXAMPLES[0].formula
    expect(home.locator("#panel math")).to_contain_text("∂")
    expect(home.locator("#read math")).to_be_visible()
    assert answer(home) == "2*(X.T @ (X @ w - y))"


def test_typing_a_formula(home: Page) -> None:
    home.fill("#formula", "")
    expect(home.locator("#panel .notice")).to_have_text("Type a formula, or take an example.")
    home.locator("#formula").press_sequentially("sin(x)*exp(t*x)", delay=15)
    expect(home.locator("#fields label")).to_have_count(2)
    expect(home.locator("#panel .card .math")).to_have_count(1)
    gradient = sd.grad(sd.parse("sin(x)*exp(t*x)", x="", t=""), sd.scalar("x"))
    assert answer(home) == sd.text(gradient)
    home.get_by_label("Shape of x").fill("n")
    expect(home.locator("#panel")).to_contain_text("is not a scalar")
    home.get_by_text("Jacobian", exact=True).click()
    expect(home.locator("#panel .note")).to_have_text("shape (n, n)")


def test_an_error_is_marked_while_one_types(home: Page) -> None:
    home.fill("#formula", "sum((X @ w - q§)**2)")
    error = home.locator("#error")
    expect(error).to_contain_text("'§' (U+00A7) is not part of the grammar")
    expect(error.locator("pre")).to_have_text("  sum((X @ w - q§)**2)\n                ^")
    expect(home.locator("#mirror mark")).to_have_text("§")
    assert home.get_attribute("#formula", "aria-invalid") == "true"
    expect(home.locator("#panel.stale")).to_be_visible()
    home.fill("#formula", "sum((X @ w - y)**2)")
    expect(error).to_be_empty()
    expect(home.locator("#mirror mark")).to_have_count(0)
    expect(home.locator("#panel.stale")).to_have_count(0)
    mark, formula = home.locator("#mirror").bounding_box(), home.locator("#formula").bounding_box()
    assert mark == formula


def test_the_mark_counts_characters_beyond_the_first_plane(home: Page) -> None:
    home.fill("#formula", "𝒙 + 𝒚 + §")
    expect(home.locator("#mirror mark")).to_have_text("§")


def test_a_wrong_shape_is_marked_at_its_field(home: Page) -> None:
    home.get_by_label("Shape of w").fill("d-")
    expect(home.get_by_label("Shape of w")).to_have_attribute("aria-invalid", "true")
    expect(home.get_by_label("Shape of X")).to_have_attribute("aria-invalid", "false")
    expect(home.locator("#error")).to_contain_text("the shape of 'w'")
    home.get_by_label("Shape of w").fill("vector")
    expect(home.locator("#fields output").nth(1)).to_have_text("(d,)")


def test_the_last_formula_wins(home: Page) -> None:
    for power in range(2, 30):
        home.fill("#formula", f"x**{power}")
    expect(home.locator("#read math")).to_contain_text("29")
    assert answer(home) == "29*x**28"


# Choosing ---------------------------------------------------------------------------------------


def test_every_view_of_every_example(home: Page) -> None:
    for example in EXAMPLES:
        home.locator("#examples button").nth(EXAMPLES.index(example)).click()
        for view in VIEWS:
            home.locator(f"#view-{view}").click()
            expect(home.locator("#panel[aria-busy]")).to_have_count(0)
            expect(home.locator("#panel > *").first).to_be_visible()
            expect(home.locator("#panel .notice")).to_have_count(0)
            assert home.locator(f"#view-{view}").get_attribute("aria-selected") == "true"


def test_variables_and_kinds(home: Page) -> None:
    home.locator("#variables label", has_text="y").click()
    expect(home.locator("#panel .card")).to_have_count(2)
    home.get_by_text("Hessian", exact=True).click()
    expect(home.locator("#panel .card")).to_have_count(4)
    for name in ("y", "w"):
        home.locator("#variables label", has_text=name).click()
    expect(home.locator("#variables input:checked")).to_have_count(1)
    expect(home.locator("#panel .card")).to_have_count(1)


def test_the_picture_goes_step_by_step(home: Page) -> None:
    home.locator("#view-picture").click()
    picture = home.locator(".picture").first
    later = picture.locator("svg .later")
    expect(picture.locator("svg")).to_be_visible()
    expect(later).to_have_count(0)
    slider = picture.locator("input")
    slider.fill("0")
    expect(picture.locator("output")).to_have_text("Step 0 of 4")
    all_steps = picture.locator("svg [data-step]").count()
    expect(later).to_have_count(all_steps)
    assert all_steps > 4
    slider.press("ArrowRight")
    expect(picture.locator("output")).to_have_text("Step 1 of 4")
    assert 0 < later.count() < all_steps


def test_languages(home: Page) -> None:
    home.locator("#view-derivation").click()
    home.get_by_role("button", name="中文").click()
    expect(home.locator("html")).to_have_attribute("lang", "zh")
    expect(home.get_by_role("tab", name="推导")).to_have_attribute("aria-selected", "true")
    expect(home.locator("#panel article")).to_have_attribute("lang", "zh")
    expect(home.locator("#panel h1")).to_contain_text("导数")
    assert home.title() == "symdiff 演练场"
    home.get_by_role("button", name="EN", exact=True).click()
    expect(home.get_by_role("tab", name="Derivation")).to_be_visible()


def test_the_browsers_language_is_the_first(browser: Browser, playground: Playground) -> None:
    context = browser.new_context(locale="zh-CN")
    opened = context.new_page()
    opened.goto(playground.origin)
    expect(opened.locator("#reading h2")).to_have_text("读作")
    context.close()


def test_keys_alone_will_do(home: Page) -> None:
    home.locator("#view-closed").focus()
    home.keyboard.press("ArrowRight")
    expect(home.locator("#view-derivation")).to_be_focused()
    expect(home.locator("#panel h1")).to_be_visible()
    home.keyboard.press("End")
    expect(home.locator("#view-table")).to_be_focused()
    home.keyboard.press("ArrowRight")
    expect(home.locator("#view-closed")).to_be_focused()
    home.locator("#kinds input:checked").focus()
    home.keyboard.press("ArrowRight")
    expect(home.locator("#panel math")).to_contain_text("2")
    expect(home.locator("#kinds input:checked")).to_have_value("hessian")
    expect(home.locator("#kinds input:checked")).to_be_focused()


# Links and copies -------------------------------------------------------------------------------


def test_a_link_carries_the_state(home: Page, browser: Browser) -> None:
    home.locator("#examples button").nth(5).click()
    home.get_by_text("Hessian", exact=True).click()
    home.locator("#view-latex").click()
    home.get_by_role("button", name="中文").click()
    expect(home.locator("#panel .latex pre")).to_be_visible()
    home.locator("#link").click()
    link = home.evaluate("navigator.clipboard.readText()")
    assert link == home.url
    context = browser.new_context()
    other = context.new_page()
    other.goto(link)
    expect(other.locator("#panel .latex pre")).to_have_text(
        home.locator("#panel .latex pre").inner_text()
    )
    expect(other.locator("html")).to_have_attribute("lang", "zh")
    assert other.input_value("#formula") == EXAMPLES[5].formula
    assert other.url == home.url
    context.close()


def test_back_and_forward(home: Page) -> None:
    home.locator("#view-numpy").click()
    expect(home.locator("#panel .code").first).to_be_visible()
    home.locator("#examples button").nth(3).click()
    expect(home.locator("#formula")).to_have_value(EXAMPLES[3].formula)
    home.go_back()
    expect(home.locator("#formula")).to_have_value(EXAMPLES[0].formula)
    expect(home.locator("#view-numpy")).to_have_attribute("aria-selected", "true")
    home.go_back()
    expect(home.locator("#view-closed")).to_have_attribute("aria-selected", "true")
    home.go_forward()
    home.go_forward()
    expect(home.locator("#formula")).to_have_value(EXAMPLES[3].formula)


def test_copies_are_exact(home: Page) -> None:
    gradient = sd.grad(*_least_squares())
    wanted = {"Unicode": sd.pretty(gradient), "LaTeX": sd.latex(gradient)}
    for label, text in wanted.items():
        home.locator("#panel .copies button", has_text=label).click()
        expect(home.locator("#panel .copies button", has_text="Copied")).to_be_visible()
        assert home.evaluate("navigator.clipboard.readText()") == text
        expect(home.locator("#panel .copies button", has_text=label)).to_be_visible()
    home.locator("#view-numpy").click()
    home.locator("#panel summary").click()
    home.locator("#panel details .copy").click()
    target, w = _least_squares()
    source = sd.emit(target, wrt=[w], name="value_and_grad", check=False)
    assert home.evaluate("navigator.clipboard.readText()") == source
    assert home.locator("#panel details pre").inner_text() == source.rstrip("\n") + "\n"


def _least_squares() -> tuple[sd.Node, sd.Node]:
    target = sd.parse(EXAMPLES[0].formula, **EXAMPLES[0].shapes)
    return target, sd.vector("w", "d")


# Harm -------------------------------------------------------------------------------------------

HARM = [
    "#f=<img src=x onerror=alert(1)>",
    "#f=x&s=x:<script>alert(1)</script>",
    "#f=x&by=<b>&see=<i>&view=../../etc&lang=%3Cscript%3E",
    "#f=" + "(" * 5000,
    "#f=x&s=::: x x: :x",
    "#f=constructor*toString*valueOf&s=constructor:n toString:n valueOf:n",
    "#f=__proto__&s=__proto__:n",
    "#f=%F0%9F%92%A5*x%00",
    "#f=a%0Ab%0A%2B%0Ac",
    "#nothing",
    "#f=",
]


@pytest.mark.parametrize("link", HARM, ids=range(len(HARM)))
def test_links_that_mean_harm(page: Page, playground: Playground, link: str) -> None:
    page.goto(f"{playground.origin}/{quote(link, safe='#=&%')}")
    expect(page.locator("#views button")).to_have_count(len(VIEWS))
    expect(page.locator("#error > *, #panel > *").first).to_be_visible()
    assert page.locator("#panel img, #panel script, #panel a, form img, form script").count() == 0
    page.fill("#formula", "x**2")
    for shape in page.locator("#fields input[aria-invalid=true]").all():
        shape.fill("")
    expect(page.locator("#read math")).to_contain_text("2")


def test_markup_stays_text(home: Page) -> None:
    for formula in ("<b>x</b>", "x<y", "'<svg onload=alert(1)>'", "&lt;i&gt;"):
        home.fill("#formula", formula)
        expect(home.locator("#error > *, #panel .notice").first).to_be_visible()
    assert home.locator("#error b, #error i, #panel b, #read b").count() == 0


def test_a_question_without_end_is_stopped_and_can_be_tried_again(
    page: Page, playground: Playground
) -> None:
    formula = "*".join(f"sin(x+{k})" for k in range(340))
    page.goto(f"{playground.origin}/#f={quote(formula)}&see=hessian&view=derivation&lang=en")
    expect(page.locator("#panel[aria-busy]")).to_have_count(1)
    notice = page.locator("#panel .notice.stopped")
    expect(notice).to_contain_text("Stopped: this takes longer than 8 seconds.", timeout=15_000)
    expect(notice.get_by_role("button", name="Try again")).to_be_visible()
    page.fill("#formula", "x**2")
    expect(page.locator("#panel h1")).to_be_visible()


def test_it_says_when_the_server_is_gone(home: Page) -> None:
    home.route("**/answer", lambda route: route.fulfill(status=200, body="no JSON"))
    home.fill("#formula", "x**2")
    expect(home.locator("#panel .notice")).to_contain_text("Is “symdiff serve” still running?")


# Sizes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_window(home: Page, size: tuple[int, int]) -> None:
    home.set_viewport_size({"width": size[0], "height": size[1]})
    for place in (0, 7, 8):
        home.locator("#examples button").nth(place).click()
        for view in VIEWS:
            home.locator(f"#view-{view}").click()
            expect(home.locator("#panel[aria-busy]")).to_have_count(0)
            wide = home.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (place, view)
