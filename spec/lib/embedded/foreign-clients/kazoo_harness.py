"""The base of the scenarios. A script is called with the name of a scenario and a connect string.

A scenario prints its observations as lines of JSON, [name, value], which a spec asserts. It ends with an error when an
awaited event does not come.
"""

import json
import os
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException

# In seconds, scaled like all waits of the specs.
PATIENCE = 10 * float(os.environ.get("SPEC_TIME_FACTOR") or 1)
printing = threading.Lock()
clients = []


def show(name, value=None):
    with printing:
        print(json.dumps([name, value], default=readable), flush=True)


def readable(value):
    return value.decode() if isinstance(value, bytes) else repr(value)


def connect(listener=None, **options):
    client = KazooClient(hosts=sys.argv[2], timeout=10, **options)
    clients.append(client)
    if listener:
        client.add_listener(listener)
    client.start(timeout=PATIENCE)
    return client


def attempt(name, function, *args, **options):
    """Shows the class name of the error, or the result of a successful operation."""
    try:
        show(name, function(*args, **options))
    except KazooException as error:
        show(name, type(error).__name__)


class Worker(threading.Thread):
    """A thread whose failure fails the scenario."""

    def __init__(self, function):
        super().__init__(daemon=True)
        self.function = function
        self.result = None
        self.error = None
        self.start()

    def run(self):
        try:
            self.result = self.function()
        except Exception as error:
            self.error = error

    def end(self):
        self.join(PATIENCE)
        if self.is_alive():
            raise RuntimeError("a thread does not end")
        if self.error:
            raise self.error
        return self.result


def await_event(event, description):
    if not event.wait(PATIENCE):
        raise RuntimeError("not in time: " + description)


def retrying(holds, description):
    patience = threading.Event()
    for _ in range(int(PATIENCE * 50)):
        if holds():
            return
        patience.wait(0.02)
    raise RuntimeError("not in time: " + description)


def main(*scenarios):
    """Runs the scenario that the first argument names."""
    try:
        {scenario.__name__: scenario for scenario in scenarios}[sys.argv[1]]()
    finally:
        for client in clients:
            client.stop()
            client.close()
