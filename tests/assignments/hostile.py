"""Submissions that mean harm, or look like it: what each has for its first answer, and what its row must say."""

import json
import pickle
import stat
import zipfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import classroom
import nbformat

from gencourse.assign import Assignment, mutated
from gencourse.assign.inside import Limits
from gencourse.assign.intake import LARGEST

LIMITS = Limits(cell=4, notebook=40, memory=2**30, disk=32 * 2**20, processes=64, output=100_000)
MARK = "86753.09"  # seconds that no process of anybody else sleeps
GOOD = "def double(x):\n    return 2 * x"


@dataclass(frozen=True)
class Hostile:
    """The source of answer q1, the status that the row must have, and the points of tests that it may have at most."""

    code: str
    status: str
    most: float = 8


def strict(parent: Path) -> Path:
    """The tiny problem set with tests that compare as people do: isclose, abs, ==."""
    folder = classroom.classroom(parent)
    file = folder / "twice.ipynb"
    notebook = nbformat.read(file, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "classroom-q2-hidden")
    line = "    assert quadruple(_x) == 4 * _x"
    assert line in cell.source
    strict = "    assert _isclose(quadruple(_x), 4 * _x) and abs(quadruple(_x) - 4 * _x) < 1e-9"
    cell.source = cell.source.replace("for _x", "from math import isclose as _isclose\n\nfor _x").replace(line, strict)
    nbformat.write(notebook, file)
    return folder


def codes(isolation: str, outside: Path, source: Path, gradebook: Path, port: int) -> dict[str, Hostile]:
    """What to write into q1. `outside` is a folder that nobody may write to."""
    spy = "import os\nfor folder, _, files in os.walk('/'):\n    for name in files:\n"
    return {
        "infinite-loop": Hostile("while True:\n    pass", "timeout", 4),
        "sigint-proof": Hostile(
            "import signal as s\ns.signal(s.SIGINT, s.SIG_IGN)\nwhile True:\n    pass", "timeout", 0
        ),
        "forgives-the-interrupt": Hostile(
            "import time\nslept = []\ndef double(x):\n    try:\n        if not slept:\n            slept.append(x)\n"
            "            time.sleep(60)\n    except KeyboardInterrupt: pass\n    return 2 * x",
            "timeout",
            7,
        ),
        "fork-storm": Hostile(
            "import os, time\nfor _ in range(400):\n    try:\n        if not os.fork():\n            time.sleep(60)\n"
            f"            os._exit(0)\n    except OSError: pass\n{GOOD}",
            "any",
        ),
        "six-gib": Hostile(f"hoard = bytearray(6 * 2**30)\n{GOOD}", "graded", 4),
        "memory-of-many": Hostile(
            "import mmap, time\nhoard = [mmap.mmap(-1, 2**28) for _ in range(16)]\n"
            "for one in hoard:\n    for at in range(0, 2**28, 4096): one[at] = 1\ntime.sleep(9)",
            "kernel-died",
            0,
        ),
        "disk": Hostile(
            f"for k in range(9):\n    open(f'/tmp/{{k}}', 'wb').write(b'x' * (9 * 2**20))\n{GOOD}", "graded", 4
        ),
        "sockets-folder": Hostile(
            "import glob, os, time\nhome = glob.glob('/tmp/**/gc-*/k', recursive=True)[0] + '/deep'\nos.mkdir(home)\n"
            "for k in range(9):\n    open(f'{home}/{k}', 'wb').write(b'x' * (9 * 2**20))\ntime.sleep(9)",
            "kernel-died",
            0,
        ),
        "huge-output": Hostile(f"for _ in range(300):\n    print('x' * 10**6)\n{GOOD}", "any"),
        "exit": Hostile("import os\nos._exit(0)", "kernel-died", 0),
        "kill-everyone": Hostile(
            "import os, signal\nfor pid in (os.getppid(), 1, -1):\n    try: os.kill(pid, signal.SIGKILL)\n"
            f"    except OSError: pass\n{GOOD}",
            *(("kernel-died", 0) if isolation == "bwrap" else ("review", 8)),  # a container's first process is immune
        ),
        "quit": Hostile("quit()", "kernel-died", 0),
        "ast-hook": Hostile(
            "import ast\nclass Gone(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
            "get_ipython().ast_transformers.append(Gone())",
            "review",
        ),
        "hidden-ast-hook": Hostile(
            "import ast, gc\nclass Gone(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
            "shell = [one for one in gc.get_objects() if type(one).__name__ == 'ZMQInteractiveShell'][0]\n"
            "shell.ast_transformers.append(Gone())",
            "review",
        ),
        "input-hook": Hostile(
            "shell = globals()['get_' + 'ipython']()\n"
            "shell.input_transformers_cleanup.append(lambda lines: [l.replace('assert', '0 and') for l in lines])",
            "review",
        ),
        "isclose": Hostile("import math\nmath.isclose = lambda *a, **k: True\nquadruple = abs", "review"),
        "quiet-isclose": Hostile("m = __import__('ma' + 'th')\nm.__dict__['isclose'] = lambda *a: True", "review"),
        "own-abs": Hostile(f"{GOOD}\ndef abs(x): return 0", "review"),
        "own-builtins": Hostile(f"{GOOD}\nb = __import__('built' + 'ins')\nb.__dict__['abs'] = lambda x: 0", "review"),
        "always-equal": Hostile(
            "class Yes:\n    def __eq__(self, other): return True\ndef double(x): return Yes()", "review"
        ),
        "mock-any": Hostile("from unittest.mock import ANY\ndef double(x): return ANY", "review"),
        "trace": Hostile(f"{GOOD}\nimport sys\nsys.settrace(lambda *a: None)", "review"),
        "patched-tracebacks": Hostile(
            "shell = globals()['get_' + 'ipython']()\nshell.showtraceback = lambda *a, **k: None", "review"
        ),
        "reports-success": Hostile(
            "kernel = globals()['get_' + 'ipython']().kernel\nhonest = kernel.do_execute\n"
            "async def lies(*args, **options):\n    return {**await honest(*args, **options), 'status': 'ok'}\n"
            "kernel.do_execute = lies",
            "review",
        ),
        "at-exit": Hostile(f"{GOOD}\nimport atexit\natexit.register(print, 'bye')", "review"),
        "read-sources": Hostile(
            f"{spy}        if name.endswith('.ipynb') or name == 'mutants.py':\n"
            f"            print(open(os.path.join(folder, name)).read())\n"
            f"print(open({str(source)!r}).read())\n{GOOD}",
            "any",
            4,
        ),
        "read-gradebook": Hostile(f"print(open({str(gradebook)!r}, 'rb').read())\n{GOOD}", "graded", 4),
        "write-gradebook": Hostile(
            f"import sqlite3\nbook = sqlite3.connect({str(gradebook)!r})\n"
            f"book.execute('UPDATE grade SET manual_score = 99')\nbook.commit()\n{GOOD}",
            "graded",
            4,
        ),
        "write-outside": Hostile(
            f"import os\nos.makedirs({str(outside)!r}, exist_ok=True)\n"
            f"open({str(outside / 'canary.txt')!r}, 'w').write('gone')\n{GOOD}",
            "graded",
            4,
        ),
        "write-package": Hostile(
            "import importlib.util\nhere = importlib.util.find_spec('nbformat').origin\nopen(here, 'a').write('#')",
            "review",
            4,
        ),
        "network": Hostile(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\n" + GOOD, "review", 4),
        "detached": Hostile(
            f"import subprocess\nsubprocess.Popen(['setsid', 'sleep', '{MARK}'], start_new_session=True)\n{GOOD}",
            "review",
        ),
        "input": Hostile(f"name = input('Who are you?')\n{GOOD}", "graded", 4),
        "import-error": Hostile(f"import no_such_module\n{GOOD}", "graded", 4),
        "pickled": Hostile(
            "class Bomb:\n    def __reduce__(self): return (print, ('boom',))\n"
            f"import pickle\nopen('/tmp/payload', 'wb').write(pickle.dumps(Bomb()))\n{GOOD}",
            "review",
        ),
        "html": Hostile(
            f"from IPython.display import HTML, Javascript, display\ndisplay(HTML('<script>steal()</script>'))\n"
            f"display(Javascript('steal()'))\ndisplay({{'text/html': 'letters'}}, raw=True)\n{GOOD}",
            "graded",
        ),
        "script-in-picture": Hostile(
            "from IPython.display import display\n"
            f"display({{'image/png': '\"><script>steal()</script>'}}, raw=True)\n{GOOD}",
            "graded",
        ),
        "no-message": Hostile(
            "kernel = globals()['get_' + 'ipython']().kernel\n"
            "kernel.session.send(kernel.iopub_socket, 'stream', {'name': 3}, parent=kernel.get_parent())",
            "kernel-died",
            0,
        ),
        "script-in-message": Hostile("def double(x): raise AssertionError('<script>steal()</script>')", "graded", 4),
        "prints-what-ran": Hostile(
            "user = globals()\ndef double(x):\n    print(user['I' + 'n'])\n    return 2 * x", "review"
        ),
        "reads-hidden-tests": Hostile(
            "import sys\ndef double(x):\n    frame = sys._getframe(1)\n"
            "    raise AssertionError(str(frame.f_code.co_consts) + str(frame.f_globals.get('In')))",
            "review",
            4,
        ),
    }


def notebook(assignment: Assignment, code: str, answer: str = "q1") -> nbformat.NotebookNode:
    """A perfect submission but for one answer."""
    submission = deepcopy(mutated(assignment))
    cell = next(cell for cell in submission.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == answer)
    cell.source = f"# gencourse: {answer}\n{code}"
    return submission


def skipping(assignment: Assignment) -> nbformat.NotebookNode:
    """Empty functions, and a tag that tells runners to leave the tests out."""
    submission = notebook(assignment, "def double(x): pass")
    for cell in submission.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    return submission


def stripped(assignment: Assignment) -> nbformat.NotebookNode:
    """An honest submission as Colab may leave it."""
    submission = mutated(assignment)
    for cell in submission.cells:
        cell.metadata.pop("nbgrader", None)
    return submission


def doubled(assignment: Assignment) -> nbformat.NotebookNode:
    """An honest submission, each of whose cells is there twice."""
    submission = mutated(assignment)
    submission.cells = [deepcopy(cell) for cell in submission.cells for _ in range(2)]
    for k, cell in enumerate(submission.cells):
        cell.id = f"cell-{k}"
    return submission


def setup_last(assignment: Assignment) -> nbformat.NotebookNode:
    """An honest submission whose setup cell was moved to the end."""
    submission = mutated(assignment)
    submission.cells.sort(key=lambda cell: cell.metadata.get("nbgrader", {}).get("grade_id") == "setup")
    return submission


def above_setup(assignment: Assignment) -> nbformat.NotebookNode:
    """Empty functions, and a first cell that changes what tests use without a suspicious word."""
    submission = notebook(assignment, "def double(x): pass")
    lie = "import math\nmath.__dict__['isclose'] = lambda *a: True\ndef quadruple(x): pass"
    submission.cells.insert(0, nbformat.v4.new_code_cell(lie, id="lie"))
    return submission


def other() -> nbformat.NotebookNode:
    """Another assignment's file."""
    text = json.dumps(classroom.notebook()).replace("double", "halve").replace("quadruple", "quarter")
    return nbformat.reads(text, as_version=4)


def files(assignment: Assignment, hostile: dict[str, Hostile]) -> dict[str, bytes]:
    """The members of the zip, by name."""
    name = f"{assignment.name}.ipynb"
    books = {student: notebook(assignment, one.code) for student, one in hostile.items()}
    books |= {"skips": skipping(assignment), "stripped": stripped(assignment), "doubled": doubled(assignment)}
    books |= {"setup-last": setup_last(assignment), "above-setup": above_setup(assignment)}
    books |= {"another": other(), "=formula()": mutated(assignment)}
    books |= {"ada": mutated(assignment), "bob": notebook(assignment, "def double(x):\n    return 2 * abs(x)")}
    found = {f"{student}/{name}": nbformat.writes(book).encode() for student, book in books.items()}
    found[f"corrupt/{name}"] = found[f"ada/{name}"][:500]
    found[f"nested/{name}"] = b"[" * 100_000
    found[f"pickle/{name}"] = pickle.dumps({"cells": []})
    found[f"bomb/{name}"] = b" " * (LARGEST + 2**20)
    found[f"../../outside/{name}"] = found[f"ada/{name}"]
    found[f"..\\..\\windows\\{name}"] = found[f"ada/{name}"]
    return found


def batch(file: Path, members: dict[str, bytes], link: str = "link/twice.ipynb") -> Path:
    """The zip, with a symbolic link to a file that is not the student's."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        info = zipfile.ZipInfo(link)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return file
