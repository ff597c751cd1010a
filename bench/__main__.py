"""Run every benchmark and print one table: python -m bench [NAME …]."""

from __future__ import annotations

import sys

from bench import demo, feishu, feishu_cost, idle, rounds, slack, status
from bench.table import Row, draw

BENCHES = {
    "rounds": rounds.rows,
    "slack": slack.rows,
    "feishu": feishu.rows,
    "feishu-cost": feishu_cost.rows,
    "idle": idle.rows,
    "demo": demo.rows,
    "status": status.rows,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name, bench in BENCHES.items():
        if not names or name in names:
            rows += bench()
    print(draw(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
