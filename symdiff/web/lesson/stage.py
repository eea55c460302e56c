"""The stage: the pictures of the passes, with what steps through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from symdiff.draw.picture import Picture
from symdiff.explain.derivation import Explained
from symdiff.node import Node
from symdiff.show.wording import Wording
from symdiff.show.writers.html import line_html
from symdiff.web.lesson.captions import Caption, captions

_ICONS = {
    "back": "M11 3 4 8l7 5zM3 3h1.5v10H3z",
    "play": "M4 2.5 13 8l-9 5.5z",
    "forward": "M5 3l7 5-7 5zM11.5 3H13v10h-1.5z",
    "zoom": "M2 2h5v1.5H4.6L7 6 6 7 3.5 4.6V7H2zM14 14H9v-1.5h2.4L9 10l1-1 2.5 2.4V9H14z",
}


def stage(
    passes: Sequence[Explained], pictures: Sequence[Picture], say: Wording, asked: bool
) -> str:
    """The pictures one below the other; a script makes them tabs, and shows step after step."""
    titled = len(passes) > 1
    figures = [
        _figure(place, picture, list(captions(explained, say, asked)), say, titled)
        for place, (explained, picture) in enumerate(zip(passes, pictures, strict=True), 1)
    ]
    hint = f'<p class="hint scripted">{escape(say.text("page.hint"))}</p>'
    return "\n".join([*_tabs(len(passes), say), *figures, hint])


def _tabs(count: int, say: Wording) -> list[str]:
    if count == 1:
        return []
    tabs = [
        f'<button type="button" role="tab" aria-controls="pass-{k}">{_pass_name(k, say)}</button>'
        for k in range(1, count + 1)
    ]
    label = escape(say.text("page.passes"))
    return [f'<div class="tabs scripted" role="tablist" aria-label="{label}">', *tabs, "</div>"]


def _figure(
    place: int, picture: Picture, said: Sequence[Caption], say: Wording, titled: bool
) -> str:
    title = [f"<h2>{_pass_name(place, say)}</h2>"] if titled else []
    return "\n".join(
        [
            f'<figure class="pass" id="pass-{place}" data-pass="{place}">',
            *title,
            f'<div class="canvas">{picture.svg}</div>',
            *_controls(picture.steps, say),
            '<figcaption class="scripted" aria-live="polite">',
            *(_caption(each, picture.ids) for each in said),
            "</figcaption>",
            "</figure>",
        ]
    )


def _caption(caption: Caption, ids: Mapping[Node, str]) -> str:
    ends = zip(("tail", "head"), caption.edge, strict=False)
    edge = "".join(f' data-{end}="{ids[node]}"' for end, node in ends)
    lines = "".join(f"<p>{line_html(line)}</p>" for line in caption.lines)
    return f'<div class="said" data-step="{caption.step}"{edge} hidden>{lines}</div>'


def _controls(steps: int, say: Wording) -> list[str]:
    slider = escape(say.text("page.slider"))
    return [
        '<div class="controls scripted">',
        _button("back", say),
        _button("play", say, f' data-pause="{escape(say.text("page.pause"))}"'),
        _button("forward", say),
        f'<input type="range" min="0" max="{steps}" value="{steps}" aria-label="{slider}">',
        f"<output>{steps}/{steps}</output>",
        _button("zoom", say, ' aria-pressed="false"'),
        "</div>",
    ]


def _button(action: str, say: Wording, more: str = "") -> str:
    label = escape(say.text(f"page.{action}"))
    icon = f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{_ICONS[action]}"/></svg>'
    return (
        f'<button type="button" data-action="{action}" aria-label="{label}" title="{label}"{more}>'
        f"{icon}</button>"
    )


def _pass_name(place: int, say: Wording) -> str:
    return escape(say.text("page.pass", number=str(place)))
