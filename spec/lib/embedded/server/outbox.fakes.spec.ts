import { describe, expect, it } from 'vitest';
import { type Durability, Outbox, type Output, type Recipient } from '../../../../lib/embedded/server/outbox.js';

/** A log whose spec decides when it reaches the disk. */
class Log implements Durability {
  appended = 0n;
  synced = 0n;

  append(): void {
    this.appended += 1n;
  }
}

/** Records everything that is written to it. */
class Client implements Recipient {
  readonly written: string[] = [];
  isSilent = false;
  onProceed = (): void => {};
  #pending: string[] = [];
  readonly #outbox: Outbox;
  readonly #isLast: boolean;

  constructor(outbox: Outbox, { isLast = false } = {}) {
    this.#outbox = outbox;
    this.#isLast = isLast;
  }

  send(text: string): void {
    this.#pending.push(text);
    this.#outbox.add(this);
  }

  takeOutput(): Output | null {
    const text = this.#pending.join('+');
    this.#pending = [];
    return text === '' ? null : { bytes: Buffer.from(text), isLast: this.#isLast };
  }

  write({ bytes, isLast }: Output): void {
    this.written.push(String(bytes) + (isLast ? '.' : ''));
  }

  proceed(): void {
    this.onProceed();
  }
}

describe('an outbox without a disk', () => {
  it('sends the gathered output at the flush', () => {
    const outbox = new Outbox(null);
    const client = new Client(outbox, { isLast: true });
    client.send('a');
    client.send('b');
    expect(client.written).toEqual([]);
    outbox.flush();
    expect(client.written).toEqual(['a+b.']);
    outbox.flush();
    expect(client.written).toEqual(['a+b.']);
  });
});

/** An outbox with a disk and two clients. `sync` puts all transactions up to a zxid on disk. */
function withDisk() {
  const log = new Log();
  const outbox = new Outbox(log);
  const sync = (synced: bigint): void => {
    log.synced = synced;
    outbox.release();
  };
  return { log, outbox, sync, client: new Client(outbox), other: new Client(outbox) };
}

describe('an outbox with a disk', () => {
  it('sends output at once when all transactions are on disk', () => {
    const { outbox, client } = withDisk();
    client.send('a');
    outbox.flush();
    expect(client.written).toEqual(['a']);
  });

  it('holds back all output after a transaction, for every client, until it is on disk', () => {
    const { log, outbox, client, other, sync } = withDisk();
    log.append();
    client.send('written');
    other.send('read');
    outbox.flush();
    outbox.release();
    expect([client.written, other.written]).toEqual([[], []]);
    expect([outbox.held(client), outbox.held(other)]).toEqual([7, 4]);
    sync(1n);
    expect([client.written, other.written]).toEqual([['written'], ['read']]);
    expect(outbox.held(client)).toBe(0);
  });

  it('releases output in order, up to the last transaction on disk', () => {
    const { log, outbox, client, sync } = withDisk();
    for (const text of ['a', 'b', 'c']) {
      log.append();
      client.send(text);
      outbox.flush();
    }
    sync(2n);
    expect(client.written).toEqual(['a', 'b']);
    sync(3n);
    expect(client.written).toEqual(['a', 'b', 'c']);
  });

  it('sends held output before later output', () => {
    const { log, outbox, client } = withDisk();
    log.append();
    client.send('a');
    outbox.flush();
    log.synced = 1n;
    client.send('b');
    outbox.flush();
    expect(client.written).toEqual(['a', 'b']);
  });

  it('lets a connection proceed after a release, and holds the output that results', () => {
    const { log, outbox, client, other, sync } = withDisk();
    log.append();
    client.send('a');
    other.send('1');
    outbox.flush();
    client.onProceed = () => {
      log.append();
      client.send('b');
      other.send('2');
      outbox.flush();
      client.onProceed = () => {};
    };
    sync(1n);
    expect([client.written, other.written]).toEqual([['a'], ['1']]);
    sync(2n);
    expect([client.written, other.written]).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('keeps the output of a silent connection until it is no longer silent', () => {
    const { log, outbox, client, sync } = withDisk();
    log.append();
    client.send('a');
    outbox.flush();
    client.isSilent = true;
    sync(1n);
    expect(client.written).toEqual([]);
    client.isSilent = false;
    outbox.add(client);
    outbox.flush();
    expect(client.written).toEqual(['a']);
  });

  it('sends nothing to a removed connection', () => {
    const { log, outbox, client, sync } = withDisk();
    log.append();
    client.send('held');
    outbox.flush();
    client.send('new');
    outbox.remove(client);
    sync(1n);
    outbox.flush();
    expect([client.written, outbox.held(client)]).toEqual([[], 0]);
  });

  it('sends nothing to a connection that is removed during a release', () => {
    const { log, outbox, client, other, sync } = withDisk();
    log.append();
    client.send('a');
    other.send('b');
    outbox.flush();
    client.onProceed = () => outbox.remove(other);
    sync(1n);
    expect([client.written, other.written]).toEqual([['a'], []]);
  });
});
