"""At which level each vertex stands: forward edges go up, derivative edges come down beside them.

A cotangent stands at the level of its forward node. So forward nodes lie far enough apart for what
differentiation puts between their cotangents, and the right half mirrors the left one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symdiff.draw.diagram import Diagram, Role


def levels(diagram: Diagram) -> dict[str, int]:
    """The level of every vertex, from 0 at the bottom."""
    above = _must_be_above(diagram)
    ids = [v.id for v in diagram.vertices]
    anchors, beside = dict(diagram.anchors), list(diagram.beside.items())
    while True:
        together = _together(ids, [*anchors.items(), *beside])
        found, stuck = _longest_paths(ids, above, together)
        if not stuck:
            return found
        # a node may be a cotangent in several places, of which one must lie below another
        loose = [each for each in anchors if each in stuck]
        assert loose, "the diagram has a cycle"
        for each in loose:
            del anchors[each]


def _must_be_above(diagram: Diagram) -> list[tuple[str, str]]:
    """Pairs of which the second stands above the first."""
    pairs = []
    for edge in diagram.edges:
        if edge.role is Role.ARGUMENT:
            pairs.append((edge.tail, edge.head))
        elif edge.role is Role.CHAIN and diagram.beside.get(edge.tail) != edge.head:
            pairs.append((edge.head, edge.tail))
    return pairs + _between_groups(diagram, pairs)


def _between_groups(diagram: Diagram, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Groups of which one feeds the other stand one above the other, if that is possible."""
    of = {m: k for k, g in enumerate(diagram.groups) if not g.appended for m in g.members}
    feeds = {(of[a], of[b]) for a, b in pairs if a in of and b in of and of[a] != of[b]}
    if any((b, a) in feeds for a, b in feeds):
        return []
    found: list[tuple[str, str]] = []
    for lower, upper in feeds:
        lows, highs = diagram.groups[lower].members, diagram.groups[upper].members
        tops = lows - {a for a, b in pairs if b in lows}
        bottoms = highs - {b for a, b in pairs if a in highs}
        found += [(a, b) for a in sorted(tops) for b in sorted(bottoms)]
    return found


def _together(ids: Iterable[str], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """For every vertex, one that stands for all at its level."""
    leader = {each: each for each in ids}

    def first(each: str) -> str:
        while leader[each] != each:
            each = leader[each]
        return each

    for a, b in pairs:
        if a in leader and b in leader:
            leader[first(a)] = first(b)
    return {each: first(each) for each in leader}


def _longest_paths(
    ids: Sequence[str], pairs: Sequence[tuple[str, str]], together: dict[str, str]
) -> tuple[dict[str, int], set[str]]:
    """Levels as low as possible, then what stands on nothing right under what it carries.

    With them, the vertices that found no level, since they are on a cycle or over one.
    """
    up: dict[str, set[str]] = {each: set() for each in together.values()}
    down: dict[str, set[str]] = {each: set() for each in together.values()}
    for low, high in pairs:
        up[together[low]].add(together[high])
        down[together[high]].add(together[low])
    missing = {each: len(below) for each, below in down.items()}
    ready = [each for each, count in missing.items() if not count]
    level: dict[str, int] = {}
    for each in ready:
        level[each] = max((level[b] + 1 for b in down[each]), default=0)
        for over in sorted(up[each]):
            missing[over] -= 1
            if not missing[over]:
                ready.append(over)
    for each in level:
        if not down[each] and up[each]:
            level[each] = min(level.get(over, 1) for over in up[each]) - 1
    found = {each: level[together[each]] for each in ids if together[each] in level}
    return found, {each for each in ids if each not in found}
