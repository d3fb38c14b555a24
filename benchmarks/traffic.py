"""Requests a second of our traffic with recording, against ``schemathesis run`` on the same contract and target.

Both send every phase in both modes with one cheap check, against one fast target on the loopback in a process of its
own, and both are measured from the command's start to its end. The target counts what arrives.

    python benchmarks/traffic.py [--max-examples 100] [--workers 2] [--contract FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from contracts.contract import load_contract
from contracts.recording_files import redaction_key
from contracts.redaction import Redactor
from probes.traffic import TrafficPlan, run_traffic
from probes.traffic_document import traffic_document

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_CONTRACT = REPOSITORY / "examples" / "users-api" / "docs" / "openapi.yaml"
COUNT_PATH = "/benchmark-count"
TIME_LIMIT_S = 55
WANTED_RATIO = 1.6


@dataclass(frozen=True)
class Measured:
    """Requests that arrived at the target, the seconds from start to end, and the senders' processor seconds."""

    requests: int
    elapsed_s: float
    processor_s: float

    @property
    def per_s(self) -> float:
        """Requests a second."""
        return self.requests / self.elapsed_s

    def __str__(self) -> str:
        each_ms = 1000 * self.processor_s / self.requests
        return (
            f"{self.requests:6} requests in {self.elapsed_s:5.1f} s = {self.per_s:6.1f}/s "
            f"(processor: {each_ms:.1f} ms a request)"
        )


class Target(asyncio.Protocol):
    """The least HTTP server: reads a request, answers 200 with a small JSON body, keeps the connection."""

    count = 0
    _body = b'{"id": "0123456789abcdef"}'

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with an empty buffer."""
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in the buffer."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            length = next((int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0)
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(lines[0])

    def _answer(self, request_line: bytes) -> None:
        body = self._body
        if COUNT_PATH.encode() in request_line:
            body = json.dumps(Target.count).encode()
        else:
            Target.count += 1
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-amzn-requestid: benchmark\r\n"
        sent = b"" if request_line.startswith(b"HEAD ") else body
        assert isinstance(self._transport, asyncio.WriteTransport)
        self._transport.write(head + b"content-length: %d\r\n\r\n" % len(body) + sent)


async def serve() -> None:
    """Serve on a free port, told on standard output, until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Target, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def target() -> Iterator[str]:
    """Run a target in a process of its own and give its URL."""
    process = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def counted(url: str) -> int:
    """Return how many requests arrived at a target."""
    with urllib.request.urlopen(url + COUNT_PATH) as answer:
        count: int = json.load(answer)
    return count


def processor_s() -> float:
    """Return the processor's seconds of this process and of all that it has started and that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def send(contract: Path, url: str, max_examples: int, workers: int) -> None:
    """Send our traffic, recorded and redacted, and print what came of it: a command of its own, as theirs is."""
    loaded = load_contract(contract)
    with tempfile.TemporaryDirectory() as folder:
        plan = TrafficPlan(
            document=loaded.document,
            rest_api=loaded.rest_api,
            base_url=url,
            run_id="benchmark",
            redactor=Redactor(redaction_key(Path(folder))),
            seed=1,
            max_examples=max_examples,
            workers=workers,
            time_budget_s=TIME_LIMIT_S,
            destructive_traffic=True,
        )
        result = run_traffic(plan, Path(folder))
    print(json.dumps({"requests": result.requests, "stopped": result.stopped}))
    # The fork server would end by itself, but only after us, and its time and the workers' would not be counted.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # noqa: SLF001 - no public way to end it


def ours(contract: Path, max_examples: int, workers: int) -> Measured:
    """Measure our traffic."""
    with target() as url:
        command = [sys.executable, __file__, "--send-to", url, "--contract", str(contract)]
        command += ["--max-examples", str(max_examples), "--workers", str(workers)]
        started_s, before_s = time.perf_counter(), processor_s()
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        measured = Measured(counted(url), time.perf_counter() - started_s, processor_s() - before_s)
    result = json.loads(told)
    assert result["requests"] == measured.requests, f"recorded {result['requests']}, arrived {measured.requests}"
    if result["stopped"] is not None:
        print(f"  stopped: {result['stopped']}")
    return measured


def theirs(document: dict[str, Any], max_examples: int) -> Measured:
    """Measure ``schemathesis run``."""
    with target() as url, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contract.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(path), "--url", url, "--seed", "1"]
        command += ["--checks", "not_a_server_error", "--max-examples", str(max_examples), "--mode", "all"]
        command += ["--workers", "1", "--generation-database", "none", "--continue-on-failure", "--no-color"]
        started_s, before_s = time.perf_counter(), processor_s()
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, timeout=TIME_LIMIT_S, check=False)
        return Measured(counted(url), time.perf_counter() - started_s, processor_s() - before_s)


def main() -> None:
    """Measure both and print their figures and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--contract", type=Path, default=DEFAULT_CONTRACT)
    parser.add_argument("--max-examples", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--send-to", help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    if arguments.send_to is not None:
        send(arguments.contract, arguments.send_to, arguments.max_examples, arguments.workers)
        return
    contract = load_contract(arguments.contract)
    document = dict(traffic_document(contract.document, contract.rest_api, destructive_traffic=True).document)
    cli = theirs(document, arguments.max_examples)
    print(f"schemathesis run:   {cli}", flush=True)
    own = ours(arguments.contract, arguments.max_examples, arguments.workers)
    print(f"stageproof, {arguments.workers} workers: {own}")
    print(f"ratio: {own.per_s / cli.per_s:.2f} (wanted: {WANTED_RATIO} with 2 workers on 2 cores)")


if __name__ == "__main__":
    main()
