"""Scenarios for kazoo's client: its calls, its watches, its session."""

import threading

from kazoo.security import make_acl, make_digest_acl

from kazoo_harness import PATIENCE, attempt, await_event, connect, main, show


def znodes():
    client = connect()
    show("create", client.create("/a", b"data"))
    show("create with parents", client.create("/b/c/d", b"deep", makepath=True))
    show("create sequence", client.create("/b/n-", sequence=True))
    path, stat = client.create("/with-stat", b"12345", include_data=True)
    show("create with stat", [path, stat.dataLength, stat.version, stat.czxid == stat.mzxid])
    data, stat = client.get("/a")
    show("get", [data, stat.version, stat.dataLength, stat.numChildren, stat.ephemeralOwner])
    show("set", client.set("/a", b"newer", version=0).version)
    attempt("set another version", client.set, "/a", b"late", version=0)
    attempt("get a missing znode", client.get, "/missing")
    attempt("create an existing znode", client.create, "/a")
    attempt("create below a missing znode", client.create, "/missing/child")
    attempt("delete a znode with children", client.delete, "/b")
    attempt("delete another version", client.delete, "/a", version=7)
    show("exists", [client.exists("/a").version, client.exists("/missing")])
    show("children", sorted(client.get_children("/b")))
    children, stat = client.get_children("/b", include_data=True)
    show("children with stat", [sorted(children), stat.numChildren, stat.cversion])
    client.delete("/b", recursive=True)
    show("deleted", client.exists("/b"))
    show("sync", client.sync("/a"))
    show("ensure path", client.ensure_path("/x/y/z"))
    show("four letters", client.command(b"ruok"))
    show("server version", client.server_version()[:2])
    calls = [client.create_async("/many-%03d" % nth, b"%d" % nth) for nth in range(200)]
    show("pipelined", [call.get(timeout=PATIENCE) for call in calls] == ["/many-%03d" % nth for nth in range(200)])


def acls():
    owner = connect(auth_data=[("digest", "user:secret")])
    other = connect()
    owner.create("/mine", b"data", acl=[make_digest_acl("user", "secret", all=True)])
    attempt("the owner reads", lambda: owner.get("/mine")[0])
    attempt("another reads", other.get, "/mine")
    acl = owner.get_acls("/mine")[0][0]
    show("acl", [acl.perms, acl.id.scheme, acl.id.id])
    owner.set_acls("/mine", [make_acl("world", "anyone", read=True)])
    show("versions", [owner.get_acls("/mine")[1].aversion, owner.exists("/mine").version])
    attempt("another reads an open znode", lambda: other.get("/mine")[0])
    attempt("another writes a readable znode", other.set, "/mine", b"")
    owner.create("/closed", acl=[make_digest_acl("user", "secret", all=True)])
    other.add_auth("digest", "user:secret")
    attempt("another reads with the credentials", lambda: other.get("/closed")[0])
    attempt("malformed", owner.create, "/malformed", acl=[make_acl("digest", "nobody", all=True)])


def transactions():
    client = connect()
    client.create("/there", b"first")
    good = client.transaction()
    good.check("/there", version=0)
    good.create("/new", b"data", ephemeral=True)
    good.create("/new-", sequence=True)
    good.set_data("/there", b"second", version=0)
    good.delete("/new")
    check, new, numbered, stat, deleted = good.commit()
    show("committed", [check, new, numbered, stat.version, deleted])
    bad = client.transaction()
    bad.create("/half", b"data")
    bad.set_data("/there", b"third", version=0)
    bad.delete("/there")
    show("rolled back", [type(result).__name__ for result in bad.commit()])
    show("nothing done", [client.exists("/half"), client.get("/there")[0]])


def ephemerals():
    client, other = connect(), connect()
    client.create("/ephemeral", b"", ephemeral=True)
    owner = other.exists("/ephemeral").ephemeralOwner
    show("owner", [owner == client.client_id[0], owner == other.client_id[0]])
    attempt("child", client.create, "/ephemeral/child")
    gone = threading.Event()
    other.exists("/ephemeral", watch=lambda event: (show("event", [event.type, event.path]), gone.set()))
    client.stop()
    await_event(gone, "the deletion of the ephemeral")
    show("gone", other.exists("/ephemeral"))


def watches():
    client, other = connect(), connect()
    seen = threading.Semaphore(0)

    def note(name):
        def watch(*args):
            show(name, [describe(arg) for arg in args])
            seen.release()

        return watch

    def describe(arg):
        if hasattr(arg, "mzxid"):
            return arg.version
        return [arg.type, arg.path] if hasattr(arg, "type") else arg

    def do(function, *args):
        function(*args)
        if not seen.acquire(timeout=PATIENCE):
            raise RuntimeError("a watch was not called")

    do(client.DataWatch, "/data", note("data"))
    do(other.create, "/data", b"first")
    do(other.set, "/data", b"second")
    do(other.delete, "/data")
    do(other.create, "/data", b"again")
    client.create("/children")
    do(lambda: client.ChildrenWatch("/children", note("children")))
    do(other.create, "/children/one")
    do(other.create, "/children/two")
    do(other.delete, "/children/one")


def session():
    """Shows the session, and then its state, ephemeral and watch after the spec has caused a fault of the server."""
    connected = threading.Semaphore(0)

    def on_state(state):
        show("state", state)
        if state == "CONNECTED":
            connected.release()

    client = connect(listener=on_state)
    connected.acquire()
    client.create("/ephemeral", ephemeral=True)
    client.create("/watched", b"first")
    changes = threading.Semaphore(0)

    @client.DataWatch("/watched")
    def watch(data, stat):
        show("data", data)
        changes.release()

    if not changes.acquire(timeout=PATIENCE):
        raise RuntimeError("the watch was not called")
    identity, password = client.client_id
    show("session", [str(identity), password.hex()])
    if not connected.acquire(timeout=PATIENCE):
        raise RuntimeError("not connected again")
    show("same session", client.client_id == (identity, password))
    show("ephemeral", client.retry(client.exists, "/ephemeral") is not None)
    client.retry(client.set, "/watched", b"second")
    if not changes.acquire(timeout=PATIENCE):
        raise RuntimeError("the watch was not called again")


main(znodes, acls, transactions, ephemerals, watches, session)
