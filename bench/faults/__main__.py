"""Run it, print the table, exit with 1 if anything was lost, doubled, misordered or written twice."""

import argparse
import asyncio
import signal
import sys

from bench.faults.chaos import Pace
from bench.faults.run import run
from bench.faults.table import show

parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
parser.add_argument("--conversations", type=int, default=2000)
parser.add_argument("--at-once", type=int, default=80, help="conversations going on at the same time")
parser.add_argument("--rounds", type=int, default=2, help="how often each process is killed")
given = parser.parse_args()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped then too
report = asyncio.run(run(given.conversations, given.at_once, Pace(given.rounds)))
show(report)
sys.exit(0 if report.is_clean else 1)
