"""style.md as tests: sizes, names, narrow errors, no hidden state, no machine of ours in the files."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("controlroom", "widgets", "feeds")
MOST_LINES = 400
MOST_FUNCTION_LINES = 70
CATCH_ALL_FILES = {
    "feeds/store/database.py": "a unit of work may raise anything; its caller is told, the writer goes on",
    "feeds/api/pools.py": "work in a thread may raise anything; it is raised where its outcome is awaited",
    "feeds/runtime/supervisor.py": "a collector's own mistake ends here; the others go on",
    "feeds/runtime/runner.py": "as the supervisor: it runs one collector",
    "feeds/bus/subscription.py": "called by the event loop, it hands the error to the task that waits, which raises it",
    "controlroom/wall/loader.py": "a panel that cannot be built is an error card in its slot",
    "controlroom/console/pages.py": "a page that cannot be built is told in its own tab; the desk goes on with the others",
    "controlroom/live/hub.py": "a panel that fails at a message must not keep it from the others",
    "widgets/panel.py": "a panel that fails at painting or at a tick is an error card in its slot",
}
BANNED_WORDS = frozenset({"manager", "managers", "helper", "helpers", "util", "utils", "common", "misc", "stuff", "v2"})
BANNED_FILE_WORDS = BANNED_WORDS | {"data", "new", "base"}
CONTAINERS = frozenset({"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter", "bytearray", "WeakSet"})
MUTATORS = frozenset(
    {"append", "add", "update", "clear", "pop", "popitem", "extend", "insert", "remove", "discard", "setdefault", "appendleft"}
)
# Calls that put arguments on a screen, and which arguments these are.
SCREEN_CALLS = {
    "setText": (0,),
    "setWindowTitle": (0,),
    "setToolTip": (0,),
    "setPlaceholderText": (0,),
    "setTitle": (0,),
    "QLabel": (0,),
    "QPushButton": (0,),
    "text": (2,),
    "fail": (0, 1),
    "_failed": (2,),
}
WORD = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])|\d+")


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the source tree that git knows or would take in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False).stdout
    return tuple(sorted(path for line in listing.splitlines() if (path := ROOT / line).is_file()))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def walk(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in python_files(*folders):
        for node in ast.walk(tree_of(path)):
            yield path, node


def test_files_and_functions_fit_a_screen() -> None:
    long_files = [
        f"{shown(path)}: {lines} lines"
        for path in tracked()
        if path.suffix in {".py", ".ts", ".tsx", ".css", ".html", ".sh"}
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    long_functions = [
        f"{shown(path)}:{node.lineno} {node.name}: {lines} lines"
        for path, node in walk(*PACKAGES, "tools", "tests")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        # A step of the store is a list of tables, made by Alembic.
        and "migrations" not in path.parts
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert not long_files + long_functions, long_files + long_functions


def test_every_module_says_what_it_is() -> None:
    bare = [
        shown(path)
        for path in python_files(*PACKAGES, "tools", "tests")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree_of(path))
    ]
    assert not bare, f"modules without a docstring: {bare}"


def banned(name: str, words: frozenset[str] = BANNED_WORDS) -> set[str]:
    return {word.lower() for word in WORD.findall(name)} & words


def test_names_say_what_things_are() -> None:
    found = [
        f"{shown(path)}: {banned(path.stem, BANNED_FILE_WORDS)}"
        for path in python_files(*PACKAGES, "tools")
        if banned(path.stem, BANNED_FILE_WORDS)
    ]
    for path, node in walk(*PACKAGES, "tools"):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and banned(node.name):
            found.append(f"{shown(path)}:{node.lineno} {node.name}")
    assert not found, found


def test_errors_are_caught_narrowly() -> None:
    """``except Exception`` stands where foreign code is called and the rest must go on: supervisor, loader, hub."""
    found: list[str] = []
    for path, node in walk(*PACKAGES, "tools"):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
        names = {getattr(kind, "id", getattr(kind, "attr", None)) for kind in caught}
        is_too_wide = None in names or (names & {"Exception", "BaseException"} and shown(path) not in CATCH_ALL_FILES)
        # To undo something and raise again is not to swallow.
        if is_too_wide and not isinstance(node.body[-1], ast.Raise):
            found.append(f"{shown(path)}:{node.lineno}")
    assert not found, found


def is_container(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if isinstance(value, ast.Call):
        function = value.func
        return getattr(function, "id", getattr(function, "attr", None)) in CONTAINERS
    return False


def hidden_state(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Module-level containers that are not constants, constants that are changed, and ``global``."""
    constants: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_container(node.value):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and target.id != "__all__":
                    constants.add(target.id)
                    if not target.id.lstrip("_").isupper():
                        yield node.lineno, f"{target.id} is a container on module level"
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            if isinstance(node.func.value, ast.Name) and node.func.value.id in constants:
                yield node.lineno, f"{node.func.value.id} is changed"
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
            targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            for target in targets:
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id in constants:
                    yield node.lineno, f"{target.value.id} is changed"


def test_modules_hold_no_state_but_constants() -> None:
    found = [f"{shown(path)}:{line} {what}" for path in python_files(*PACKAGES) for line, what in hidden_state(tree_of(path))]
    assert not found, found


@pytest.mark.parametrize(
    "source", ["seen = {}", "SEEN = []\ndef f():\n    SEEN.append(1)", "N = 0\ndef f():\n    global N", "A = {}\nA['x'] = 1"]
)
def test_hidden_state_would_be_seen(source: str) -> None:
    assert list(hidden_state(ast.parse(source)))


def untranslated(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Literals with words in them that go to the screen as they are."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        arguments = [node.args[index] for index in SCREEN_CALLS.get(name, ()) if index < len(node.args)]
        for part in (part for argument in arguments for part in (argument.values if isinstance(argument, ast.JoinedStr) else [argument])):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and re.search(r"[^\W\d_]{3,}", part.value):
                yield node.lineno, part.value


def test_words_on_screen_are_translated() -> None:
    found = [
        f"{shown(path)}:{line} {text!r}" for path in python_files("widgets", "controlroom") for line, text in untranslated(tree_of(path))
    ]
    assert not found, found


def test_untranslated_words_would_be_seen() -> None:
    assert list(untranslated(ast.parse('label.setText(f"Laporan {n}")'))) == [(1, "Laporan ")]
    assert not list(untranslated(ast.parse('label.setText(tr("Laporan"))')))
    assert list(untranslated(ast.parse('frame.fail(problem, "see the log")'))) == [(1, "see the log")]
    assert not list(untranslated(ast.parse("frame.fail(f'{tr(1)}: {fault}', tr('lihat log dinding'))")))


def test_no_machine_of_ours_is_named() -> None:
    """A file that names the machine it was written on, or an index, works nowhere else."""
    places = re.compile(
        r"/(?:root|work|home/\w+|Users/\w+)/|/opt/\w*pypi|/tmp/(?:team|house|bash_jobs)|pypi\.org|pythonhosted\.org|registry\.(?:npmjs\.org|yarnpkg\.com)"
        r'|"resolved":'
    )
    found: list[str] = []
    for path in tracked():
        if path == Path(__file__).resolve() or path.suffix in {".png", ".woff2", ".ico", ".jpg", ".mo"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := places.search(line):
                found.append(f"{shown(path)}:{number} {match.group()}")
    assert not found, found[:20]
