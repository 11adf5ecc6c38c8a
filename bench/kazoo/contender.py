"""The process of kazoo's watches, with the same protocol as bench/contender-process.ts."""

import base64
import gc
import hashlib
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
from kazoo.recipe.cache import TreeCache, TreeEvent
from kazoo.recipe.watchers import PatientChildrenWatch

SESSION_TIMEOUT = 30.0
AFTERWARDS = 0.3
LEAF = "/leaf-"


def answer(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def resident():
    time.sleep(AFTERWARDS)
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class CallCounter:
    """Counts the calls of many watches until each of them was called with the awaited change."""

    def __init__(self, watches):
        self.last = [-1] * watches
        self.waiting = False
        # kazoo calls from many threads after a reconnection.
        self.lock = threading.Lock()

    def start(self, sequence, watches):
        self.sequence = sequence
        self.missing = watches
        self.calls = 0
        self.cpu_before = time.process_time()
        self.done = threading.Event()
        self.waiting = True

    def called(self, watch, data):
        with self.lock:
            self.count(watch, data)

    def count(self, watch, data):
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
            "connectedAt": None,
            "calls": self.calls,
            "cpuMs": (time.process_time() - self.cpu_before) * 1e3,
            "longestBlockMs": None,
        }
        self.done.set()


class ChildrenCallCounter:
    """Counts the calls of one children watch until a list has the awaited child."""

    def __init__(self):
        self.waiting = False

    def start(self, last_child):
        self.last_child = last_child
        self.calls = 0
        self.cpu_before = time.process_time()
        self.done = threading.Event()
        self.waiting = True

    def called(self, children):
        ended_at = time.monotonic() * 1e3
        if not self.waiting:
            return
        self.calls += 1
        if self.last_child is not None and self.last_child not in children:
            return
        self.waiting = False
        self.children = children
        self.counts = {
            "endedAt": ended_at,
            "calls": self.calls,
            "cpuMs": (time.process_time() - self.cpu_before) * 1e3,
        }
        self.done.set()


class CallLatencies:
    """Collects the times from changes to their calls, until a call brings the last number."""

    def __init__(self, last):
        self.last = last
        self.latencies = []
        self.waiting = True
        self.done = threading.Event()

    def called(self, data):
        if not self.waiting:
            return
        number = int(data)
        if number != self.last:
            self.latencies.append(time.monotonic() * 1e3 - number / 1e3)
            return
        self.waiting = False
        self.done.set()


class Contender:
    def __init__(self, client):
        self.client = client
        self.latencies = None
        self.children = ChildrenCallCounter()

    def run(self, command):
        getattr(self, command["do"].replace(" ", "_"))(command)

    def arm(self, command):
        paths = command["paths"]
        self.nodes = len(paths)
        self.per_node = command["watchesPerNode"]
        watches = self.nodes * self.per_node
        self.counter = CallCounter(watches)
        before = resident()
        started_at = time.monotonic() * 1e3
        self.counter.start(None, watches)
        for index in range(watches):
            self.watch(paths[index % self.nodes], self.counter, index)
        self.counter.done.wait()
        counts = self.counter.counts
        took = counts["endedAt"] - started_at
        answer({**counts, "tookMs": took, "heapBytes": None, "residentBytes": resident() - before})

    def watch(self, path, counter, index):
        self.client.DataWatch(path, lambda data, stat, event: counter.called(index, data))

    def follow(self, command):
        self.counter.start(command["sequence"], -(-self.nodes // command["everyNth"]) * self.per_node)
        answer({"ready": True})
        self.counter.done.wait()
        answer(self.counter.counts)

    def rest(self, command):
        cpu_before = time.process_time()
        started_at = time.monotonic() * 1e3
        time.sleep(command["ms"] / 1e3)
        cpu = (time.process_time() - cpu_before) * 1e3
        answer({"tookMs": time.monotonic() * 1e3 - started_at, "cpuMs": cpu})

    def report_session(self, command):
        session_id, password = self.client.client_id
        answer({"id": str(session_id), "password": base64.b64encode(password).decode()})

    def watch_children(self, command):
        self.children.start(None)
        self.client.ChildrenWatch(command["path"], lambda children: self.children.called(children))
        self.children.done.wait()
        answer({"ready": True})

    def follow_children(self, command):
        self.children.start(command["lastChild"])
        answer({"ready": True})
        self.children.done.wait()
        names = "\n".join(sorted(self.children.children))
        answer({**self.children.counts, "digest": hashlib.sha1(names.encode()).hexdigest()})

    def watch_tree(self, command):
        self.nodes = command["leaves"]
        self.per_node = 1
        self.counter = CallCounter(self.nodes)
        completed = threading.Event()
        ended_at = []
        znodes = 0

        def called(event):
            nonlocal znodes
            if event.event_type == TreeEvent.INITIALIZED:
                ended_at.append(time.monotonic() * 1e3)
                completed.set()
            elif event.event_type in (TreeEvent.NODE_ADDED, TreeEvent.NODE_UPDATED):
                znodes += event.event_type == TreeEvent.NODE_ADDED
                self.changed_in_tree(event.event_data)

        cache = TreeCache(self.client, command["root"])
        cache.listen(called)
        cpu_before = time.process_time()
        started_at = time.monotonic() * 1e3
        cache.start()
        completed.wait()
        cpu = (time.process_time() - cpu_before) * 1e3
        loading = {"tookMs": ended_at[0] - started_at, "cpuMs": cpu, "znodes": znodes}
        answer({**loading, "heapBytes": None, "longestBlockMs": None})

    def changed_in_tree(self, node):
        name = node.path.rfind(LEAF)
        if name < 0:
            return
        self.counter.called(int(node.path[name + len(LEAF) :]), node.data)
        if self.latencies is not None:
            self.latencies.called(node.data)

    def time_changes(self, command):
        self.latencies = CallLatencies(command["sequence"])
        answer({"ready": True})
        self.latencies.done.wait()
        answer({"latenciesMs": self.latencies.latencies})

    def settle(self, command):
        waiting = PatientChildrenWatch(self.client, command["path"], command["boundaryMs"] / 1e3).start()
        answer({"ready": True})
        waiting.get()
        answer({"settledAt": time.monotonic() * 1e3})


def serve(client, commands):
    contender = Contender(client)
    while True:
        contender.run(commands.get())


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
    # Reads in the main thread, so that the end of the input ends the process in the middle of a command too.
    for line in iter(sys.stdin.readline, ""):
        commands.put(json.loads(line))
    os._exit(0)


main()
