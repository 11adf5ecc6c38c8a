"""Scenarios for kazoo's recipes, with two clients each."""

import threading

from kazoo.recipe.cache import TreeCache

from kazoo_harness import PATIENCE, Worker, await_event, connect, main, retrying, show


def tree_cache():
    client, other = connect(), connect()
    client.create("/tree/branch", b"data", makepath=True)
    cache = TreeCache(client, "/tree")
    events = threading.Semaphore(0)

    def listen(event):
        data = event.event_data
        show("event", [event.event_type, data and data.path, data and data.data])
        events.release()

    def await_events(count):
        for _ in range(count):
            if not events.acquire(timeout=PATIENCE):
                raise RuntimeError("no event")

    cache.listen(listen)
    cache.start()
    # Two znodes and "initialized".
    await_events(3)
    other.create("/tree/branch/leaf", b"green")
    await_events(1)
    other.set("/tree/branch/leaf", b"brown")
    await_events(1)
    show("cached", [cache.get_data("/tree/branch/leaf").data, sorted(cache.get_children("/tree"))])
    other.delete("/tree/branch/leaf")
    await_events(1)
    show("uncached", cache.get_data("/tree/branch/leaf"))
    cache.close()


def lock():
    first, second = connect(), connect()
    held, wanted = first.Lock("/lock", "first"), second.Lock("/lock", "second")
    show("first has it", held.acquire(timeout=PATIENCE))
    show("second has it at once", wanted.acquire(blocking=False))
    waiter = Worker(lambda: wanted.acquire(timeout=PATIENCE))
    retrying(lambda: held.contenders() == ["first", "second"], "both contend")
    show("contenders", held.contenders())
    show("first releases", held.release())
    show("second has it in the end", waiter.end())
    show("contenders", wanted.contenders())
    # A holder that stops releases the lock.
    waiter = Worker(lambda: held.acquire(timeout=PATIENCE))
    retrying(lambda: wanted.contenders() == ["second", "first"], "the first contends again")
    second.stop()
    show("first has it again", waiter.end())


def read_write_lock():
    client, other = connect(), connect()
    one, two, writer = client.ReadLock("/rw"), other.ReadLock("/rw"), other.WriteLock("/rw")
    show("two readers", [one.acquire(timeout=PATIENCE), two.acquire(timeout=PATIENCE)])
    show("a writer beside them", writer.acquire(blocking=False))
    waiter = Worker(lambda: writer.acquire(timeout=PATIENCE))
    one.release()
    two.release()
    show("a writer after them", waiter.end())


def semaphore():
    client, other, third = connect(), connect(), connect()
    leases = [each.Semaphore("/semaphore", max_leases=2) for each in (client, other, third)]
    show("two", [leases[0].acquire(timeout=PATIENCE), leases[1].acquire(timeout=PATIENCE)])
    show("a third at once", leases[2].acquire(blocking=False))
    waiter = Worker(lambda: leases[2].acquire(timeout=PATIENCE))
    leases[0].release()
    show("a third in the end", waiter.end())


def counter():
    one, two = connect(), connect()

    def add(client):
        mine = client.Counter("/counter")
        for _ in range(20):
            mine += 1

    for worker in [Worker(lambda client=client: add(client)) for client in (one, two)]:
        worker.end()
    show("counted", one.Counter("/counter").value)


def queues():
    producer, consumer = connect(), connect()
    queue = producer.Queue("/queue")
    for value in (b"one", b"two", b"three"):
        queue.put(value)
    queue.put(b"urgent", priority=1)
    other_end = consumer.Queue("/queue")
    show("queue", [len(other_end)] + [other_end.get() for _ in range(5)])
    locking, other_end = producer.LockingQueue("/locking"), consumer.LockingQueue("/locking")
    locking.put_all([b"one", b"two"])
    show("locked", [other_end.get(timeout=PATIENCE), other_end.holds_lock(), other_end.consume()])
    show("next", [other_end.get(timeout=PATIENCE), locking.get(timeout=0.05), other_end.release()])
    show("given back", [locking.get(timeout=PATIENCE), locking.consume(), len(locking)])
    waiter = Worker(lambda: other_end.get(timeout=PATIENCE))
    locking.put(b"late")
    show("awaited", waiter.end())


def election():
    first, second = connect(), connect()
    one, two = first.Election("/election", "one"), second.Election("/election", "two")
    leads, resigns = threading.Event(), threading.Event()

    def lead():
        show("leader", "one")
        leads.set()
        resigns.wait(PATIENCE)

    leader = Worker(lambda: one.run(lead))
    await_event(leads, "the first leader")
    follower = Worker(lambda: two.run(lambda: show("leader", "two")))
    retrying(lambda: one.contenders() == ["one", "two"], "two candidates")
    show("contenders", one.contenders())
    resigns.set()
    leader.end()
    follower.end()


def meetings():
    one, two = connect(), connect()
    parties = [one.Party("/party", "one"), two.ShallowParty("/shallow", "two"), two.Party("/party", "two")]
    for party in parties:
        party.join()
    show("party", [sorted(parties[0]), list(parties[1])])
    parties[2].leave()
    show("left", list(parties[0]))
    barrier = one.Barrier("/barrier")
    barrier.create()
    show("held up", two.Barrier("/barrier").wait(timeout=0.05))
    waiter = Worker(lambda: two.Barrier("/barrier").wait(timeout=PATIENCE))
    show("removed", barrier.remove())
    show("let through", waiter.end())

    def meet(client):
        double = client.DoubleBarrier("/double", 2, str(client.client_id[0]))
        double.enter()
        entered = double.participating
        double.leave()
        return [entered, double.participating]

    workers = [Worker(lambda client=client: meet(client)) for client in (one, two)]
    show("double barrier", [worker.end() for worker in workers])


main(tree_cache, lock, read_write_lock, semaphore, counter, queues, election, meetings)
