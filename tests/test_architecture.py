"""The arrows of the house (docs: pyproject.toml, [tool.importlinter]) and what import-linter cannot say."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("controlroom", "widgets", "feeds")
PURE = ("feeds/reports/states.py", "feeds/indicators")
DOORS = frozenset(
    {"asyncio", "httpx", "os", "pathlib", "redis", "shutil", "socket", "sqlalchemy", "sqlite3", "subprocess", "threading", "urllib"}
)
# Each of these libraries is met in one place; everybody else speaks to that file. No file: nobody may.
ONLY_IN: dict[str, tuple[str, ...]] = {
    "pyqtgraph": ("widgets/kit/plots.py",),
    "PySide6.QtWebEngineWidgets": (),
    "PySide6.QtWebEngineQuick": (
        "widgets/kit/web.py",
        "widgets/kit/scheme.py",
        "controlroom/platform.py",
        "controlroom/mirror_window/window.py",
    ),
    "PySide6.QtWebEngineCore": (
        "widgets/kit/web.py",
        "widgets/kit/scheme.py",
        "controlroom/platform.py",
        "controlroom/mirror_window/window.py",
    ),
    # urllib.parse is plain text work; import-linter cannot tell the two apart. One file asks which proxies the environment names, and fetches nothing.
    "urllib.request": ("feeds/runtime/reaching.py",),
    "requests": (),
}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def imports_of(path: Path) -> tuple[tuple[int, str], ...]:
    """Every module a file imports, wherever in it, with the line."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def test_import_contracts_hold() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_has_its_place_in_a_contract() -> None:
    """A new folder of feeds, controlroom or widgets must be given a layer; a new package a place among the three."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    exhaustive = {container for c in contracts if c.get("exhaustive") for container in c["containers"]}
    assert exhaustive == set(PACKAGES)
    with_code = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert with_code == set(PACKAGES), "a package beside the three needs a layer in the contract 'house'"
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    bare = [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()]
    assert not bare, f"folders without __init__.py are seen by no contract: {bare}"


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other (Kosaraju), without those of one node."""
    order: list[str] = []
    seen: set[str] = set()
    for start in sorted(graph):
        stack = [(start, iter(sorted(graph[start])))] if start not in seen else []
        seen.add(start)
        while stack:
            node, children = stack[-1]
            child = next((c for c in children if c not in seen), None)
            if child is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(child)
                stack.append((child, iter(sorted(graph[child]))))
    backwards: dict[str, set[str]] = {node: set() for node in graph}
    for node, targets in graph.items():
        for target in targets:
            backwards[target].add(node)
    groups: list[list[str]] = []
    placed: set[str] = set()
    for start in reversed(order):
        group, todo = [], [start]
        while todo:
            node = todo.pop()
            if node not in placed:
                placed.add(node)
                group.append(node)
                todo.extend(backwards[node])
        if len(group) > 1:
            groups.append(sorted(group))
    return groups


def test_no_module_is_in_an_import_cycle() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    arrows = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert cycles(arrows) == []


def test_a_cycle_would_be_seen() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_met_in_one_file(library: str) -> None:
    allowed = ONLY_IN[library]
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules()
        for line, name in imports_of(path)
        if is_within(name, library) and str(path.relative_to(ROOT)) not in allowed
    ]
    assert not found, found


def test_pure_modules_touch_nothing_outside() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules()
        if str(path.relative_to(ROOT)).startswith(PURE)
        for line, name in imports_of(path)
        if name.partition(".")[0] in DOORS
    ]
    assert not found, found


def test_nothing_imports_the_top() -> None:
    """The command line starts the composition root and the benches; a bench starts the root; nobody else knows them."""
    may = {"cli": ("controlroom.app", "controlroom.cli", "controlroom.measure"), "measure": ("controlroom.app", "controlroom.measure")}
    may["__main__.py"] = ("controlroom.cli",)
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules()
        for line, name in imports_of(path)
        for top in ("controlroom.app", "controlroom.cli", "controlroom.measure")
        if is_within(name, top) and top not in may.get(path.relative_to(ROOT).parts[1], ())
    ]
    assert not found, found
