"""Cold start of `tribe_webhook` against a bare handler, in fresh processes, and the time inside the warm handler.

A process is timed from its first statement: the interpreter's own start, equal for both, does not flatter the ratio.
Rounds are interleaved, and the first is thrown away: it writes the .pyc files, which the deployed layer has too.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.services import running_services

LIMIT = 1.15
PROCESSES = 21
WARM_CALLS = 500

ROOT = Path(__file__).parents[1]
EVENT = ROOT / "events" / "tribe_webhook" / "invoice-updated-to-sent.json"

_START = "import sys; from time import perf_counter; began = perf_counter()\n"
_READY = {
    # The bare handler makes its client when it is imported, tribe_webhook both of its own in `ingest`.
    "bare handler": "from benchmarks.bare_handler import lambda_handler\n",
    "tribe_webhook": "from functions.tribe_webhook.app import ingest, lambda_handler\ningest()\n",
}
_FIRST = """ready = perf_counter()
import json
event = json.loads(open(sys.argv[1]).read())
called = perf_counter()
assert lambda_handler(event, None)["statusCode"] == 202
first = perf_counter() - called
calls = []
for _ in range(int(sys.argv[2])):
    called = perf_counter()
    assert lambda_handler(event, None)["statusCode"] == 202
    calls.append(perf_counter() - called)
print(json.dumps({"ready": ready - began, "first": first, "calls": calls}), file=sys.stderr)
"""


def main() -> int:
    """Measure, print the tables, and return 1 when the ratio is over the limit."""
    with running_services() as endpoint:
        environment = _environment(endpoint)
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in _READY}
        for number in range(PROCESSES + 1):
            for name in sorted(_READY, reverse=bool(number % 2)):
                runs[name].append(_run(name, environment, warm_calls=0))
        warm = _run("tribe_webhook", environment, WARM_CALLS)["calls"]
    ratio = _report({name: results[1:] for name, results in runs.items()}, sorted(warm))
    return int(ratio > LIMIT)


def _run(name: str, environment: dict[str, str], warm_calls: int) -> dict[str, Any]:
    program = _START + _READY[name] + _FIRST
    done = subprocess.run(
        [sys.executable, "-c", program, str(EVENT), str(warm_calls)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,  # the log lines are written, as they are on Lambda, and read by nobody
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return result


def _environment(endpoint: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return inherited | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STAGE": "bench",
        "SIGNATURE_HEADER": "x-webhook-signature",
        "TOKEN_HEADER": "x-tribe-yuki-token",
        "WINDOW_SECONDS": "10",
        "CONTACT_QUEUE_URL": f"{endpoint}/123456789012/contacts.fifo",
        "INVOICE_QUEUE_URL": f"{endpoint}/123456789012/invoices",
        "POWERTOOLS_SERVICE_NAME": "tribe-yuki",
        "POWERTOOLS_METRICS_NAMESPACE": "TribeYuki",
    }


def _report(runs: dict[str, list[dict[str, Any]]], warm: list[float]) -> float:
    ready = {name: statistics.median(run["ready"] for run in results) for name, results in runs.items()}
    ratio: float = ready["tribe_webhook"] / ready["bare handler"]
    print(f"{_machine()}\n{PROCESSES} fresh processes each, interleaved; SQS and Secrets Manager on loopback\n")
    print(f"{'milliseconds':<14}{'imports and clients':>22}{'lowest':>9}{'highest':>9}{'first event':>13}")
    for name, results in runs.items():
        times = sorted(run["ready"] for run in results)
        first = statistics.median(run["first"] for run in results)
        print(f"{name:<14}{_ms(ready[name]):>22}{_ms(times[0]):>9}{_ms(times[-1]):>9}{_ms(first):>13}")
    print(f"\nratio of the medians: {ratio:.2f} (at most {LIMIT}: {'met' if ratio <= LIMIT else 'NOT MET'})")
    print(
        f"inside the warm handler, {len(warm)} events: p50 {_ms(statistics.median(warm))} ms, "
        f"p99 {_ms(warm[len(warm) * 99 // 100])} ms"
    )
    return ratio


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def _machine() -> str:
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
