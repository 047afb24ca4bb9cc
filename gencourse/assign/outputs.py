"""What a cell leaves: its outputs, cut and made harmless, its error, and the values that were asked for."""

import re
from dataclasses import dataclass, field

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
SAFE = ("text/plain", "image/png", "image/jpeg")  # never HTML or JavaScript: an instructor will look at it


@dataclass
class Ran:
    """What came of one cell."""

    outputs: list = field(default_factory=list)
    error: tuple[str, str] | None = None
    """Name and message of the exception."""
    interrupted: bool = False
    """It took too long and was interrupted."""
    cut: bool = False
    """There was more output than is kept."""
    values: dict = field(default_factory=dict)
    """What `ask` asked for, as text."""

    def answered(self, content: dict) -> None:
        """Take in the kernel's reply; what is printed may be late or lost, the reply is not."""
        if content["status"] != "ok":
            self.error = (str(content.get("ename", "")), str(content.get("evalue", ""))[:2000])
        told = content.get("user_expressions") or {}
        self.values = {name: value["data"]["text/plain"] for name, value in told.items() if value["status"] == "ok"}

    def keep(self, message: dict, room: int) -> int:
        """Add a message's output if there is room for it; returns the bytes that it has."""
        from nbformat.v4 import output_from_msg

        if message["msg_type"] not in ("stream", "error", "display_data", "execute_result"):
            return 0
        output = output_from_msg(message)
        if output.output_type == "error":
            output.traceback = [str(line)[:2000] for line in output.traceback[:50]]
        if "text" in output:
            output.text = str(output.text)
        if "data" in output:
            output.data, output.metadata = harmless(output.data), {}
        size = len(str(output))
        if size <= room or output.output_type == "error":
            self.outputs.append(output)
        else:
            self.cut = True
        return size


def harmless(data: dict) -> dict[str, str]:
    """Text and pictures alone: pages put a picture's letters into their source as they are.

    >>> harmless({"text/html": "<b>", "text/plain": "<b>", "image/png": "iVBORw0KGgo=\\n", "image/jpeg": '"><script>'})
    {'text/plain': '<b>', 'image/png': 'iVBORw0KGgo=\\n'}
    """
    kept = {kind: str(data[kind]) for kind in SAFE if kind in data}
    return {kind: text for kind, text in kept.items() if kind == "text/plain" or BASE64.fullmatch(text)}
