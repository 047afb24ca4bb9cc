"""Run a notebook's code cells as plain Python until a claim fails: exit 1 and its label; exit 0 if all hold.

Only a claim counts. Another cell that fails is passed over, and so is a claim that then lacks a name.
"""

import json
import os
import sys
from pathlib import Path

os.environ["MPLBACKEND"] = "Agg"


def main(notebook: str) -> int:
    import matplotlib.pyplot as plt

    names: dict = {"__name__": "__main__"}
    for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code" or cell["id"].endswith("-setup"):
            continue
        labels = [t.removeprefix("claim:") for t in cell["metadata"].get("tags", []) if t.startswith("claim:")]
        try:
            exec("".join(cell["source"]), names)
        except Exception as error:
            print(f"{cell['id']}: {type(error).__name__}: {error}", file=sys.stderr)
            if labels and not isinstance(error, NameError):
                print(labels[0])
                return 1
        plt.close("all")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
