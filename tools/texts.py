"""The texts on screen: gathers them from the code, keeps the catalogues complete, compiles them.

A text is its own key: the Indonesian words stand in the code as ``tr("...")``, in Python and in TypeScript alike.
Also gathered: the title of a PanelSpec, and every string of a constant whose name ends in ``_WORDS`` (a table that is
translated when it is shown). Usage: texts.py update | compile | check
"""

import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = "live_room"
LANGUAGES = ("en",)
TR_NAMES = frozenset({"tr", "_tr"})
# A date of the day would make every update a change; the rest would name people.
HEADER_NOISE = re.compile(
    r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Project-Id-Version)|#($| )'
)
PLACEHOLDER = re.compile(r"\{[a-z_0-9]*(?:[:!][^}]*)?\}")


def _strings(node: ast.AST) -> Iterator[str]:
    """Every string constant below ``node`` that says something, but for the keys of tables."""
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _strings(value)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and any(c.isalpha() for c in node.value):
            yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)


def _constants(tree: ast.Module) -> dict[str, str]:
    """The module's own string constants by name."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _literals(node: ast.expr, constants: Mapping[str, str]) -> Iterator[str]:
    """The strings an argument can be: a literal, a constant of the module, or the arms of a conditional expression."""
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body, constants)
        yield from _literals(node.orelse, constants)
    elif isinstance(node, ast.Name) and node.id in constants:
        yield constants[node.id]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def called_name(call: ast.Call) -> str:
    """``tr`` of ``tr(...)`` and of ``ctx.tr(...)``."""
    function = call.func
    return function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""


def texts_of_python(source: str) -> set[str]:
    """Texts of one Python module; raises SyntaxError."""
    found: set[str] = set()
    tree = ast.parse(source)
    constants = _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) in TR_NAMES and node.args:
            found.update(_literals(node.args[0], constants))
        elif isinstance(node, ast.Call) and called_name(node) == "PanelSpec":
            found.update(text for keyword in node.keywords if keyword.arg == "title" for text in _literals(keyword.value, constants))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id.endswith("_WORDS") for target in targets):
                found.update(_strings(node.value))
    return {text for text in found if text.strip()}


def untraceable(source: str) -> list[int]:
    """Lines whose ``tr(...)`` is given something no text can be gathered from.

    Allowed beside literals: an entry of a ``_WORDS`` table, and a ``title`` (of a PanelSpec, which is gathered).
    """
    tree = ast.parse(source)
    constants = _constants(tree)
    lines: list[int] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) in TR_NAMES and node.args:
            argument = node.args[0]
            names = {part.id for part in ast.walk(argument) if isinstance(part, ast.Name)}
            is_table = any(name.endswith("_WORDS") for name in names)
            is_title = isinstance(argument, ast.Attribute) and argument.attr == "title"
            if not (is_table or is_title or list(_literals(argument, constants))):
                lines.append(node.lineno)
    return lines


def texts_of_script(path: Path) -> set[str]:
    """Texts of one TypeScript file."""
    options = {"jsx": "true", "parse_template_string": "true", "encoding": "utf-8"}
    with path.open("rb") as file:
        rows = extract("javascript", file, keywords={"tr": None}, options=options)
        return {row[1] for row in rows if isinstance(row[1], str) and row[1].strip()}


def gather(root: Path) -> dict[str, list[str]]:
    """Every text of the code, with the files it stands in."""
    found: dict[str, list[str]] = defaultdict(list)
    for package in ("controlroom", "widgets", "feeds/api"):
        for path in sorted((root / package).rglob("*.py")):
            for text in texts_of_python(path.read_text(encoding="utf-8")):
                found[text].append(str(path.relative_to(root)))
    web = root / "assets" / "web"
    for path in sorted([*web.rglob("*.ts"), *web.rglob("*.tsx")]):
        if not {"node_modules", "dist"} & set(path.relative_to(web).parts) and ".test." not in path.name:
            for text in texts_of_script(path):
                found[text].append(str(path.relative_to(root)))
    return dict(found)


def catalogue_path(root: Path, language: str) -> Path:
    return root / "assets" / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(path: Path) -> Catalog:
    """The catalogue in ``path``, or an empty one; raises babel's PoFileError when it is damaged."""
    if not path.is_file():
        return Catalog(locale=path.parent.parent.name, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain=DOMAIN, abort_invalid=True)


def translations(catalogue: Catalog) -> dict[str, str]:
    """Text by text; fuzzy entries count as untranslated."""
    return {str(m.id): "" if m.fuzzy else str(m.string or "") for m in catalogue if m.id}


def faults(used: Mapping[str, list[str]], known: Mapping[str, str], language: str) -> list[str]:
    """What is wrong between the code and a catalogue, one line each."""
    lines = [f"{language}: no translation of {text!r} ({', '.join(used[text])})" for text in sorted(used) if not known.get(text)]
    lines += [f"{language}: {text!r} is translated, but nothing shows it" for text in sorted(set(known) - set(used))]
    for text in sorted(set(used) & set(known)):
        if known[text] and sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(known[text])):
            lines.append(f"{language}: the places to fill in differ: {text!r} / {known[text]!r}")
    return lines


def update(root: Path) -> int:
    """Write each catalogue anew: texts of the code in order, translations kept; says how many are empty."""
    used = gather(root)
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        known = translations(read(path))
        fresh = Catalog(locale=language, domain=DOMAIN, project="live-room", fuzzy=False)
        for text in sorted(used):
            fresh.add(text, known.get(text, ""), locations=[(name, 0) for name in sorted(set(used[text]))])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, fresh, width=120, omit_header=False, include_lineno=False)
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not HEADER_NOISE.match(line)]
        path.write_text("\n".join(kept).strip() + "\n", encoding="utf-8")
        empty = sum(not known.get(text) for text in used)
        print(f"texts: {language}: {len(used)} texts, {empty} to translate, {len(set(known) - set(used))} dropped")
    return 0


def compile_all(root: Path) -> int:
    """.po -> .mo for Python, and JSON beside the built pages."""
    pages = root / "assets" / "web" / "dist"
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        if not path.is_file():
            continue
        catalogue = read(path)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        if pages.is_dir():
            table = {text: translated for text, translated in translations(catalogue).items() if translated}
            (pages / "locale").mkdir(exist_ok=True)
            (pages / "locale" / f"{language}.json").write_text(json.dumps(table, ensure_ascii=False, indent=0), encoding="utf-8")
    return 0


def check(root: Path) -> int:
    """1 when a catalogue is incomplete, with a line for each fault."""
    used = gather(root)
    lines = [line for language in LANGUAGES for line in faults(used, translations(read(catalogue_path(root, language))), language)]
    print("\n".join(lines) if lines else f"texts: {len(used)}, complete in: {', '.join(LANGUAGES)}")
    return 1 if lines else 0


def main() -> int:
    verbs = {"update": update, "compile": compile_all, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        print(f"usage: texts.py {' | '.join(verbs)}", file=sys.stderr)
        return 2
    return verbs[sys.argv[1]](ROOT)


if __name__ == "__main__":
    sys.exit(main())
