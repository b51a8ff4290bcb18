"""Three pages that everybody meets: how many of each a core serves over connections that stay open.

Requests carry what a browser sends. The results of the worry test are of seventy people with answers of their own, so
that none is served from what was worked out for the one before.
"""

import itertools
import statistics

from bench.measures import Effort
from bench.product import Product
from bench.results import Report, interleaved
from bench.screening import ask_once, drive, last_post

PER_CORE, GOAL = 2000, 3500  # from the issue
SECONDS = 4.0
WORRIES = ("mood", "anxiety", "sleep", "friends", "school", "home", "identity")
BROWSER = (
    "User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile "
    "Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.9,fi;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nUpgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
)


def visits(report: Report, product: Product, effort: Effort) -> None:
    """Home, the result of the worry test, the help form, by a handful of clients."""
    results = [
        last_post(product, topics, BROWSER, much=much)
        for topics in itertools.combinations(WORRIES, 4)
        for much in ("somewhat", "a_lot")
    ]
    for request in results:
        ask_once(product.port, request)  # which looks whether it is one
    requests = {
        "home page": [_get(product, "/en/")],
        "result of the worry test": results,
        "help form": [_get(product, "/en/help")],
    }

    def run(name: str) -> dict:
        done, delays, cpu, seconds, disturbed = drive(product, itertools.cycle(requests[name]), SECONDS)
        p99 = 1000 * sorted(delays)[int(0.99 * len(delays))]
        return {"done": done, "cpu_seconds": cpu, "seconds": seconds, "disturbed": disturbed, "p99_ms": p99}

    runs = interleaved(list(requests), effort.rounds, run)
    report.raw["visits"] = runs
    for name, some in runs.items():
        cpu = statistics.median(1e6 * one["cpu_seconds"] / one["done"] for one in some)
        report.add("visits", f"{name}: requests for each second of a core", 1e6 / cpu, "1/s", at_least=PER_CORE,
                   goal=GOAL, cpu=cpu)  # fmt: skip


def _get(product: Product, path: str) -> bytes:
    if (status := product.request("GET", path)[0]) != 200:
        raise RuntimeError(f"GET {path}: {status}")
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{product.port}\r\nSec-Fetch-Site: same-origin\r\n{BROWSER}\r\n"
    ).encode()
