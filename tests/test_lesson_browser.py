"""Pages of derivations in a browser: at two sizes, light and dark, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lesson_derivations import LESSONS, least_squares, logistic, network

pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.slow

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a lesson."""
    folder = tmp_path_factory.mktemp("lessons")

    def file(name: str) -> Path:
        path: Path = folder / f"{name.replace(' ', '-')}.html"
        if not path.exists():
            LESSONS[name]().save(path)
        return path

    return file


@pytest.fixture
def opened(browser: Browser, files: Callable[[str], Path]) -> Iterator[Opened]:
    """Open a lesson. The page must not complain, nor ask for anything but its own file."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    asked: list[str] = []
    paths: set[str] = set()

    def open_(name: str, size: dict[str, int] = DESK, **options: object) -> Page:
        context = browser.new_context(viewport=size, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        paths.add(files(name).as_uri())
        page.goto(files(name).as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    assert {address.partition("#")[0] for address in asked} == paths


def shown(page: Page, within: str = "figure.pass:not([hidden])") -> int:
    """How many nodes of the picture can be seen."""
    script = (
        "(within) => [...document.querySelectorAll(`${within} svg .node:not(.legend)`)]"
        ".filter((node) => getComputedStyle(node).visibility === 'visible').length"
    )
    return int(page.evaluate(script, within))


# How it looks -----------------------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("lesson", LESSONS)
def test_pages_fit_the_window(opened: Opened, lesson: str, size: dict[str, int]) -> None:
    page = opened(lesson, size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for element in ("h1", "figure.pass:not([hidden]) svg", "main h2", "main table", "main pre"):
        expect(page.locator(element).first).to_be_visible()
    picture = page.locator("figure.pass:not([hidden]) svg.sd-picture").bounding_box()
    assert picture is not None and picture["width"] > 200 and picture["height"] > 100


def test_the_picture_stands_beside_the_text_and_stays_there(opened: Opened) -> None:
    page = opened("network")
    before = page.locator(".stage").bounding_box()
    assert before is not None and before["x"] > 640
    page.evaluate("window.scrollTo(0, 1500)")
    after = page.locator(".stage").bounding_box()
    assert after is not None and abs(after["y"] - before["y"]) < 2
    controls = page.locator(".controls").bounding_box()
    assert controls is not None and controls["y"] + controls["height"] < DESK["height"]


def test_the_picture_stays_above_the_text_on_a_phone(opened: Opened) -> None:
    page = opened("network", PHONE)
    page.evaluate("window.scrollTo(0, 1500)")
    stage = page.locator(".stage").bounding_box()
    assert stage is not None
    assert abs(stage["y"]) < 2
    assert stage["height"] < 0.6 * PHONE["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_paper(opened: Opened, scheme: str) -> None:
    page = opened("least squares", color_scheme=scheme)
    for element in ("h1", "main td", "main pre", ".said p"):
        contrast = page.locator(f"{element}:visible").first.evaluate(CONTRAST)
        assert contrast > 4.5, element


CONTRAST = """(element) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ink = light(getComputedStyle(element).color);
  const paper = (each) => getComputedStyle(each).backgroundColor;
  let behind = element;
  while (paper(behind) === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const back = light(paper(behind));
  return (Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05);
}"""


def test_pages_read_without_scripts(opened: Opened) -> None:
    page = opened("second derivative", java_script_enabled=False)
    expect(page.locator("figure.pass svg.sd-picture")).to_have_count(2)
    for picture in page.locator("figure.pass svg.sd-picture").all():
        expect(picture).to_be_visible()
    for control in page.locator("button, input").all():
        expect(control).to_be_hidden()
    page.locator("summary").first.click()
    expect(page.locator("details pre").first).to_be_visible()


def test_prints_show_every_picture_whole(opened: Opened) -> None:
    page = opened("second derivative")
    page.keyboard.press("ArrowLeft")
    page.emulate_media(media="print")
    for place in (1, 2):
        assert shown(page, f"#pass-{place}") == page.locator(f"#pass-{place} svg .node").count() - 2
    expect(page.locator(".controls").first).to_be_hidden()


@SIZES
def test_contents_lead_to_the_parts(opened: Opened, size: dict[str, int]) -> None:
    page = opened("least squares", size)
    page.locator(".contents a", has_text="Result").click()
    heading = page.locator("main h2", has_text="Result")
    expect(heading).to_be_in_viewport()
    stage, box = page.locator(".stage").bounding_box(), heading.bounding_box()
    assert stage is not None and box is not None
    assert box["x"] + box["width"] < stage["x"] or box["y"] > stage["y"] + stage["height"]


# Steps ------------------------------------------------------------------------------------------


@SIZES
def test_steps_add_to_the_picture_and_stand_out_in_the_table(
    opened: Opened, size: dict[str, int]
) -> None:
    page = opened("network", size)
    slider = page.locator("input[type=range]")
    steps = int(slider.get_attribute("max") or 0)
    assert steps == len(network().passes[0].taken.table.steps)
    counts = []
    for step in range(steps + 1):
        slider.fill(str(step))
        counts.append(shown(page))
        expect(page.locator("output")).to_have_text(f"{step}/{steps}")
        expect(page.locator("tr.now")).to_have_count(1 if step else 0)
        if step:
            expect(page.locator("tr.now td").first).to_have_text(str(step))
            expect(page.locator("tr.now")).to_be_in_viewport()
            assert page.locator(".stage .edge.now").count() > 0
        expect(page.locator(".said:visible")).to_have_count(1)
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[-1]
    assert counts[0] == page.locator(".stage .node:not(.appended, .legend)").count()


def test_buttons_and_arrow_keys_step(opened: Opened) -> None:
    page = opened("least squares")
    output = page.locator("output")
    page.keyboard.press("ArrowLeft")
    expect(output).to_have_text("3/4")
    page.get_by_label("One step back").click()
    expect(output).to_have_text("2/4")
    page.get_by_label("One step on").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(output).to_have_text("4/4")
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    expect(output).to_have_text("0/4")
    expect(page.locator(".said:visible")).to_contain_text("Before the backward pass")


def test_it_plays_from_the_beginning_to_the_end(opened: Opened) -> None:
    page = opened("least squares")
    page.clock.install()
    page.get_by_label("Play").click()
    output = page.locator("output")
    expect(output).to_have_text("0/4")
    page.clock.run_for(2000)
    expect(output).to_have_text("1/4")
    page.get_by_label("Pause").click()
    page.clock.run_for(9000)
    expect(output).to_have_text("1/4")
    page.get_by_label("Play").click()
    page.clock.run_for(9000)
    expect(output).to_have_text("4/4")
    expect(page.get_by_label("Play")).to_be_visible()


def test_a_click_on_a_row_goes_to_its_step(opened: Opened) -> None:
    page = opened("least squares")
    page.locator('tr[data-step="1"]').click()
    expect(page.locator("output")).to_have_text("2/4")


def test_passes_are_tabs_that_follow_the_reader(opened: Opened) -> None:
    page = opened("second derivative")
    first, second = page.get_by_role("tab").all()
    expect(page.locator("#pass-2")).to_be_hidden()
    second.click()
    expect(page.locator("#pass-2")).to_be_visible()
    expect(page.locator("#pass-1")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    expect(page.locator("#pass-1")).to_be_visible()
    page.locator('[data-section="pass 2"] tr[data-step]').first.scroll_into_view_if_needed()
    page.locator('[data-section="pass 2"] tr[data-step]').first.hover()
    expect(page.locator("#pass-2")).to_be_visible()
    assert len(logistic().passes) == 2


# What belongs together --------------------------------------------------------------------------


def test_pointing_at_a_node_lights_its_rows_and_its_line(opened: Opened) -> None:
    page = opened("least squares")
    names = least_squares().passes[0].taken.names
    node = page.locator(".stage .node", has=page.get_by_text("u₂", exact=True)).first
    expect(page.locator(".lit")).to_have_count(0)
    node.hover()
    lit = page.locator("main tr.lit")
    assert lit.count() >= 2
    expect(lit.first.locator("td").first).to_have_text("u2")
    assert "t1 = X @ w - y" in "".join(page.locator("main .line.lit").all_inner_texts())
    page.mouse.move(1, 1)
    expect(page.locator(".lit")).to_have_count(0)
    assert names.of(least_squares().target).pretty == "L"


def test_pointing_at_a_row_or_a_line_lights_its_nodes(opened: Opened) -> None:
    page = opened("least squares")
    page.locator('tr[data-step="3"]').hover()
    lit = page.locator(".stage .node.lit")
    assert "X w − y" in "".join(lit.locator("title").all_text_contents())
    expect(page.locator('.stage .node.appended.lit[data-step="3"]')).not_to_have_count(0)
    line = page.locator("main .line", has_text="t1 = X @ w - y").first
    line.scroll_into_view_if_needed()
    line.hover()
    expect(lit).to_have_count(2)


def test_the_keyboard_walks_through_nodes_and_rows(opened: Opened) -> None:
    page = opened("least squares")
    first = page.locator(".stage .node[data-node]").first
    first.focus()
    assert "lit" in (first.get_attribute("class") or "")
    page.keyboard.press("ArrowDown")
    second = page.locator(".stage .node[data-node]").nth(1)
    expect(second).to_be_focused()
    assert "lit" in (second.get_attribute("class") or "")
    page.keyboard.press("Enter")
    page.locator("h1").hover()
    assert "lit" in (second.get_attribute("class") or "")
    page.keyboard.press("Escape")
    expect(page.locator(".lit")).to_have_count(0)
    stops = page.locator("[data-node][tabindex='0']").count()
    assert stops < 12 < page.locator("[data-node][tabindex]").count()


# Sources and exercises --------------------------------------------------------------------------


def test_sources_are_copied(opened: Opened) -> None:
    page = opened("least squares", permissions=["clipboard-read", "clipboard-write"])
    for place, start in ((0, '"""function, written by symdiff.'), (1, "\\section")):
        page.locator("summary").nth(place).click()
        button = page.locator(".copy").nth(place)
        button.click()
        expect(button).to_have_text("Copied")
        text = str(page.evaluate("navigator.clipboard.readText()"))
        assert start in text.partition("\n")[0]
        if not place:
            compile(text, "copied", "exec")


def test_blanks_are_filled_in_and_answers_shown(opened: Opened) -> None:
    page = opened("exercise")
    blanks = page.locator("input.blank")
    expect(blanks).to_have_count(4)
    expect(page.locator(".stage .node.appended:visible")).to_have_count(1)  # in the legend
    blanks.first.fill("1")
    page.keyboard.press("ArrowRight")
    expect(page.locator("output")).to_have_text("0/4")
    expect(page.locator(".answer:visible")).to_have_count(0)
    page.locator(".reveal").nth(3).click()
    expect(page.locator(".answer:visible")).to_have_count(1)
    key = page.locator('[data-section="key"]')
    expect(key.locator("p").first).to_be_hidden()
    page.get_by_text("Show all answers").click()
    expect(page.locator(".answer:visible")).to_have_count(4)
    expect(key.locator("p").first).to_be_visible()
    page.get_by_text("Hide all answers").click()
    expect(page.locator(".answer:visible")).to_have_count(0)


def test_the_bar_between_text_and_picture_can_be_moved(opened: Opened) -> None:
    page = opened("network")

    def width() -> float:
        box = page.locator(".stage").bounding_box()
        assert box is not None
        return float(box["width"])

    before = width()
    bar = page.locator(".splitter")
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, 300)
    page.mouse.down()
    page.mouse.move(box["x"] - 100, 300)
    page.mouse.up()
    assert width() > before + 80
    bar.focus()
    page.keyboard.press("ArrowRight")
    assert width() < before + 110
