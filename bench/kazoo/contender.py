"""The process of kazoo's DataWatch: does what bench/contender-process.ts does, by the same lines of JSON."""

import gc
import json
import os
import platform
import queue
import sys
import threading
import time
import traceback

import kazoo
from kazoo.client import KazooClient

SESSION_TIMEOUT = 30.0
AFTERWARDS = 0.3


def answer(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def resident():
    time.sleep(AFTERWARDS)
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class CallCounter:
    """Counts the calls of many watches, until the change that is awaited has come to each of them."""

    def __init__(self, watches):
        self.last = [-1] * watches
        self.waiting = False

    def start(self, sequence, watches):
        self.sequence = sequence
        self.missing = watches
        self.calls = 0
        self.cpu_before = time.process_time()
        self.done = threading.Event()
        self.waiting = True

    def called(self, watch, data):
        sequence = int(data)
        before = self.last[watch]
        self.last[watch] = sequence
        if not self.waiting:
            return
        self.calls += 1
        if self.sequence is None:
            if before != -1:
                return
        elif sequence != self.sequence or before == sequence:
            return
        self.missing -= 1
        if self.missing > 0:
            return
        self.waiting = False
        self.counts = {
            "endedAt": time.monotonic() * 1e3,
            "calls": self.calls,
            "cpuMs": (time.process_time() - self.cpu_before) * 1e3,
            "longestBlockMs": None,
        }
        self.done.set()


def watch(client, path, counter, index):
    client.DataWatch(path, lambda data, stat, event: counter.called(index, data))


def serve(client, commands):
    while True:
        command = commands.get()
        if command["do"] == "arm":
            paths = command["paths"]
            per_node = command["watchesPerNode"]
            nodes = len(paths)
            watches = nodes * per_node
            counter = CallCounter(watches)
            before = resident()
            started_at = time.monotonic() * 1e3
            counter.start(None, watches)
            for index in range(watches):
                watch(client, paths[index % nodes], counter, index)
            counter.done.wait()
            took = counter.counts["endedAt"] - started_at
            answer({**counter.counts, "tookMs": took, "heapBytes": None, "residentBytes": resident() - before})
        else:
            counter.start(command["sequence"], -(-nodes // command["everyNth"]) * per_node)
            answer({"ready": True})
            counter.done.wait()
            answer(counter.counts)


def serve_or_exit(client, commands):
    try:
        serve(client, commands)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def main():
    client = KazooClient(hosts=sys.argv[1], timeout=SESSION_TIMEOUT)
    client.start()
    answer({"ready": True, "versions": {"kazoo": kazoo.__version__, "python": platform.python_version()}})
    commands = queue.Queue()
    threading.Thread(target=serve_or_exit, args=(client, commands), daemon=True).start()
    # Read here, so that the end of the input ends the process in the middle of a command too.
    for line in iter(sys.stdin.readline, ""):
        commands.put(json.loads(line))
    os._exit(0)


main()
