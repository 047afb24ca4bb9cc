"""The first process in a sandbox: it runs a program, and ends when that or its own input ends, and all with it.

The grader holds the input. However it ends, and in whichever moment, the input ends too. This file is run by its path,
without the package.
"""

import os
import subprocess
import sys
import threading


def until_input_ends() -> None:
    """Nothing is ever written to the input: to read is to wait for its end."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=until_input_ends, daemon=True).start()
    while (ended := os.wait())[0] != program.pid:  # of others the first process is the heir, who buries them
        pass
    sys.exit(ended[1] != 0)
