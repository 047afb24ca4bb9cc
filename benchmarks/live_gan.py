"""What the GAN in the page does, setting by setting, over ten seeds: the numbers that chapter 7 tells.

    python benchmarks/live_gan.py

node runs the modules of the page. What they find at a step hangs on the seed alone, up to the rounding of the machine;
the steps a second are those of node on this machine, without a page to draw.
"""

import json
import statistics
import subprocess
from pathlib import Path

import record

SEEDS, STEPS = 10, (2000, 5000)
START = {"data": "ring", "loss": "non_saturating", "penalty": "none", "weight": 0.1, "spectral": False}
START |= {"critic_steps": 1, "lr_g": 1e-3, "lr_d": 1e-3}
SETTINGS = {
    "start": {},
    "G ten times as fast": {"lr_g": 0.01},
    "D ten times as fast": {"lr_d": 0.01},
    "D ten times as fast, R1": {"lr_d": 0.01, "penalty": "r1"},
    "D ten times as fast, spectral normalisation": {"lr_d": 0.01, "spectral": True},
    "Wasserstein": {"loss": "wasserstein", "critic_steps": 5},
    "Wasserstein, gradient penalty": {"loss": "wasserstein", "critic_steps": 5, "penalty": "gradient"},
}
CODE = """
import { readFileSync } from "node:fs";
import { Run } from "./gencourse/widgets/js/live_gan_run.js";
const { settings, seeds, steps } = JSON.parse(readFileSync(0, "utf8"));
const runs = [];
for (let seed = 1; seed <= seeds; seed += 1) {
  const run = new Run({ ...settings, seed });
  let seconds = 0;
  const found = steps.map((last) => {
    const start = performance.now();
    while (run.training.steps < last) run.training.step();
    seconds += (performance.now() - start) / 1000;
    const { js, slope, covered } = run.measure();
    return { js, slope, modes: covered.filter(Boolean).length };
  });
  runs.push({ found, rate: run.training.steps / seconds });
}
console.log(JSON.stringify(runs));
"""


def measured(settings: dict) -> dict:
    """For each number of steps the modes of all seeds, and the smallest, middle and largest of the other numbers."""
    given = json.dumps({"settings": START | settings, "seeds": SEEDS, "steps": STEPS})
    command, root = ["node", "--input-type=module", "-e", CODE], Path(__file__).parent.parent
    runs = json.loads(subprocess.run(command, input=given, cwd=root, capture_output=True, text=True, check=True).stdout)
    result = {}
    for k, steps in enumerate(STEPS):
        found = [run["found"][k] for run in runs]
        spread = {name: three([one[name] for one in found]) for name in ("js", "slope")}
        result[f"after {steps} steps"] = {"modes of 8, by seed": [one["modes"] for one in found], **spread}
    return result | {"steps a second": round(statistics.median(run["rate"] for run in runs))}


def three(values: list[float]) -> dict[str, float]:
    return {f.__name__: round(f(values), 3) for f in (min, statistics.median, max)}


if __name__ == "__main__":
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    found = {name: measured(settings) for name, settings in SETTINGS.items()}
    task = "a GAN in the plane, ring of 8 Gaussians, batches of 64, as the page trains it"
    file = record.write("live_gan", {"task": task, "node": node, "seed": f"1 to {SEEDS}", "found": found})
    print(file.read_text(encoding="utf-8"))
