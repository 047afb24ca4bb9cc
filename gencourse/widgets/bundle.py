"""An ES module and the modules that it imports as one text: a notebook hands a widget's code over in one piece."""

import re
from pathlib import Path

JS = Path(__file__).parent / "js"
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
UNKNOWN = re.compile(r"^(?:import|export(?! default)) .*", re.MULTILINE)


def one_module(file: Path) -> str:
    """The text of `file`, with all that it imports from its own folder, directly or not, in front of it.

    Each imported module becomes a function, called once, that returns what the module exports: private names may be
    the same in two modules. Two forms are known: `import { a, b } from "./module.js";` and `export` before
    `function`, `async function`, `const` or `class`.
    ValueError: an import or export of another form.
    """
    parts: dict[str, str] = {}  # in the order in which they must run

    def taken_in(path: Path) -> tuple[str, list[str]]:
        """The text of a module without its imports and the word `export`, and the names that it exports."""
        text = path.read_text(encoding="utf-8")
        text = IMPORT.sub(lambda found: f"const {found[1]} = {part(found[2])};", text)
        names, text = EXPORT.findall(text), EXPORT.sub("", text)
        if unknown := UNKNOWN.search(text):
            raise ValueError(f"{path.name}: expected an import or export of a form that bundle.py knows: {unknown[0]}")
        return text, names

    def part(name: str) -> str:
        """The variable that holds the exports of a module."""
        if name not in parts:
            text, names = taken_in(file.with_name(f"{name}.js"))
            parts[name] = f"const module_{name} = (() => {{\n{text}return {{ {', '.join(names)} }};\n}})();\n\n"
        return f"module_{name}"

    text, _ = taken_in(file)
    return "".join(parts.values()) + text
