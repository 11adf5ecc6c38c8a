import { describe, expect, it } from 'vitest';
import { type Durability, Outbox, type Output, type Recipient } from '../../../lib/embedded/outbox.js';

/** A log that gets on disk when it is told to. */
class Log implements Durability {
  appended = 0n;
  synced = 0n;

  append(): void {
    this.appended += 1n;
  }
}

/** Keeps what is written to it. */
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
  it('sends what has gathered, at once', () => {
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

describe('an outbox before a disk', () => {
  it('sends at once what depends on nothing that is not on disk', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const client = new Client(outbox);
    client.send('a');
    outbox.flush();
    expect(client.written).toEqual(['a']);
  });

  it('holds back whatever comes after a change, for whomever, until that is on disk', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const [writer, reader] = [new Client(outbox), new Client(outbox)];
    log.append();
    writer.send('written');
    reader.send('read');
    outbox.flush();
    outbox.release();
    expect([writer.written, reader.written]).toEqual([[], []]);
    expect([outbox.held(writer), outbox.held(reader)]).toEqual([7, 4]);
    log.synced = 1n;
    outbox.release();
    expect([writer.written, reader.written]).toEqual([['written'], ['read']]);
    expect(outbox.held(writer)).toBe(0);
  });

  it('releases as much as the disk has, in order', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const client = new Client(outbox);
    for (const text of ['a', 'b', 'c']) {
      log.append();
      client.send(text);
      outbox.flush();
    }
    log.synced = 2n;
    outbox.release();
    expect(client.written).toEqual(['a', 'b']);
    log.synced = 3n;
    outbox.release();
    expect(client.written).toEqual(['a', 'b', 'c']);
  });

  it('lets nothing overtake what it holds', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const client = new Client(outbox);
    log.append();
    client.send('a');
    outbox.flush();
    log.synced = 1n;
    client.send('b');
    outbox.flush();
    expect(client.written).toEqual(['a', 'b']);
  });

  it('lets a connection go on once something of it is sent, and holds what that leads to', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const [client, other] = [new Client(outbox), new Client(outbox)];
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
    log.synced = 1n;
    outbox.release();
    expect([client.written, other.written]).toEqual([['a'], ['1']]);
    log.synced = 2n;
    outbox.release();
    expect([client.written, other.written]).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('keeps what it holds for one that is silent when it is on disk, until it speaks again', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const client = new Client(outbox);
    log.append();
    client.send('a');
    outbox.flush();
    client.isSilent = true;
    log.synced = 1n;
    outbox.release();
    expect(client.written).toEqual([]);
    client.isSilent = false;
    outbox.add(client);
    outbox.flush();
    expect(client.written).toEqual(['a']);
  });

  it('sends nothing more to one that is gone', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const client = new Client(outbox);
    log.append();
    client.send('held');
    outbox.flush();
    client.send('new');
    outbox.remove(client);
    log.synced = 1n;
    outbox.release();
    outbox.flush();
    expect([client.written, outbox.held(client)]).toEqual([[], 0]);
  });

  it('sends nothing more to one that goes while others are sent to', () => {
    const log = new Log();
    const outbox = new Outbox(log);
    const [first, second] = [new Client(outbox), new Client(outbox)];
    log.append();
    first.send('a');
    second.send('b');
    outbox.flush();
    first.onProceed = () => outbox.remove(second);
    log.synced = 1n;
    outbox.release();
    expect([first.written, second.written]).toEqual([['a'], []]);
  });
});
