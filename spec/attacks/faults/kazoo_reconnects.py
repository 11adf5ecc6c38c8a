"""Shows what kazoo does when its connections are cut: one client for each connect string.

Called with the session timeout in seconds, and the connect strings in one argument, separated by spaces. Prints lines
of JSON, [number of the client, state or name, value]. Each client ends when it is connected again, or when its session
timeout has passed without that.
"""

import json
import os
import sys
import threading
import time

from kazoo.client import KazooClient

TIMEOUT = float(sys.argv[1])
printing = threading.Lock()


def show(number, name, value=None):
    with printing:
        print(json.dumps([number, [name, value]]), flush=True)


class Subject:
    def __init__(self, number, hosts):
        self.number = number
        self.cut = threading.Event()
        self.back = threading.Event()
        self.client = KazooClient(hosts=hosts, timeout=TIMEOUT)
        self.client.add_listener(self.changed)

    def changed(self, state):
        show(self.number, state)
        if state == "SUSPENDED":
            self.cut.set()
        elif self.cut.is_set():
            self.back.set()


subjects = [Subject(str(number), hosts) for number, hosts in enumerate(sys.argv[2].split())]
for subject in subjects:
    subject.client.start(timeout=20)
show("all", "started")
for subject in subjects:
    subject.cut.wait(20)
end = time.monotonic() + TIMEOUT
for subject in subjects:
    subject.back.wait(max(0, end - time.monotonic()))
show("all", "ended")
# Sessions end by their timeout: stop() would wait for the handshakes.
os._exit(0)
