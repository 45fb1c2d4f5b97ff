# SPDX-License-Identifier: MIT
"""
Circles of modules: pure functions over graphs. A module is a header with the source of the same
stem, or one of the two alone; its name is the path without the ending. test_rules.py proves that
the rules fire, test_tree.py applies them.
"""
import re

import layers

# The circles of includes or calls that there are: a pattern for the names of their modules, and why
# they are there. A circle whose modules all match one pattern is allowed; a pattern without a circle
# is a mistake.
KNOWN_CIRCLES = {
    # Headers that need a type of each other's module. None of them calls back.
    r"daemon/bitcoin/sha256(_ni)?": "sha256.c calls sha256_ni.c, which needs a type of sha256.h",
    r"daemon/upstream/stratum/(message|json_value|fast_parser)":
        "message.c calls the two, which fill in the struct of message.h",
    # The pool to test with: one connection, its protocol and its script know each other.
    r"tests/pool/\w+": "a program of one state machine in several files",
    # The simulated world, what happens in it, and what judges it, know each other.
    r"tests/sim/\w+": "a program of one world in several files",
}

# Relocations of calls and tail calls. The address of a function, as in a table, has another one.
_CALLS = re.compile(r"R_X86_64_PLT32|R_AARCH64_(CALL|JUMP)26")


def module_of(path):
    return path.rpartition(".")[0]


def include_graph(texts):
    """{module: the modules whose headers its files include}, from {path: text}."""
    graph = {}
    for path, text in texts.items():
        others = graph.setdefault(module_of(path), set())
        for _, kind, target in layers.included(text):
            header = layers.resolve(path, target, texts)
            if kind == '"' and header in texts and module_of(header) != module_of(path):
                others.add(module_of(header))
    return graph


def defined(nm):
    """Names that an object gives to others, in what nm says."""
    return set(re.findall(r"(?m)^[0-9a-f]+ [TDBRWVC] (\S+)$", nm))


def called(objdump):
    """Names that an object calls, in what objdump -r says."""
    return {
        re.sub(r"[+-]0x[0-9a-f]+$", "", match.group(2))
        for match in re.finditer(r"(?m)^[0-9a-f]+ (\S+)\s+(\S+)$", objdump)
        if _CALLS.fullmatch(match.group(1))
    }


def call_graph(objects):
    """{module: the modules that it calls}, from (path, nm, objdump -r) of each object."""
    owner = {name: module_of(path) for path, nm, _ in objects for name in defined(nm)}
    graph = {}
    for path, _, objdump in objects:
        module = module_of(path)
        others = {owner[name] for name in called(objdump) if name in owner}
        graph.setdefault(module, set()).update(others - {module})
    return graph


def circles(graph):
    """The strongly connected parts of more than one module, as sets (Tarjan's algorithm)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = set()
            while node not in part:
                part.add(stack.pop())
            if len(part) > 1:
                found.append(part)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def _within(circle, pattern):
    return all(re.fullmatch(pattern, module) for module in circle)


def complaints(kind, graph, known=None):
    """A complaint for each circle that is not a known one, with its edges."""
    known = KNOWN_CIRCLES if known is None else known
    said = []
    for circle in circles(graph):
        if not any(_within(circle, pattern) for pattern in known):
            edges = [f"{a} -> {b}" for a in sorted(circle) for b in sorted(graph[a] & circle)]
            said.append(f"circle of {kind}: {', '.join(edges)}")
    return said


def mended(graphs, known=None):
    """A complaint for each known circle that is none any more."""
    known = KNOWN_CIRCLES if known is None else known
    found = [circle for graph in graphs for circle in circles(graph)]
    return [
        f"no circle any more, to be removed from KNOWN_CIRCLES of tests/tidy/circles.py: {pattern}"
        for pattern in known if not any(_within(circle, pattern) for circle in found)
    ]
