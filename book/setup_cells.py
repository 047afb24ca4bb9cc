"""Write each notebook's setup cell, with which Colab installs gencourse from the address in `_config.yml`.

In a problem set's setup cell more follows, and stays.

A torch that is there stays: pip is told its very version, and complains, in place of replacing it, if that is too old.
"""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted([*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("chapters/assignments/*/*.ipynb")])
# From its first line to the end of its last one.
SETUP = re.compile(r"^try:\n    import gencourse\n.*?^    %pip install[^\n]*", re.M | re.S)

TEMPLATE = """try:
    import gencourse
except ModuleNotFoundError:
    from importlib.metadata import distributions

    torch = next(distributions(name="torch"), None)  # one that is there stays
    keep = f"torch=={{torch.version}}" if torch else ""
    %pip install -q "gencourse @ git+{url}" {{keep}}"""


def setup_source() -> str:
    """What every setup cell must say."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return TEMPLATE.format(url=config["repository"]["url"])


def main() -> None:
    for file in NOTEBOOKS:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        cell = next(c for c in notebook["cells"] if c["id"].endswith("-setup"))
        source = SETUP.sub(lambda _: setup_source(), "".join(cell["source"]))
        cell["source"] = source.splitlines(keepends=True)
        text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        file.write_text(text, encoding="utf-8")
        print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
