import { describe, expect, it, vi } from 'vitest';
import { type CoordinationClient, InvalidArgumentError, InvalidPathError } from '../../../index.js';
import { childrenWatch, dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { rejectionOf } from '../../support/rejection.js';

/** The type of a decorator for code that is compiled without types. */
type AnyDecorator = (...args: unknown[]) => never;

const onData = () => dataWatch(new FakeClient(), '/a') as unknown as AnyDecorator;

const boom = new Error('boom');

function fail(): never {
  throw boom;
}

function failOddly(): never {
  throw 'a string';
}

describe('at the definition of the class', () => {
  it.for([
    ['an invalid path', () => dataWatch(new FakeClient(), 'a'), InvalidPathError],
    ['an object that is no client', () => dataWatch({} as never, '/a'), InvalidArgumentError],
    [
      'an unknown option',
      () => dataWatch(new FakeClient(), '/a', { waitForNode: true } as never),
      InvalidArgumentError,
    ],
    [
      'an option of a wrong type',
      () => childrenWatch(() => new FakeClient(), '/a', { sendEvent: 1 } as never),
      InvalidArgumentError,
    ],
    [
      'a plain registration without a function',
      () => dataWatch(new FakeClient(), '/a')('func' as never),
      InvalidArgumentError,
    ],
    ['a plain registration of null', () => dataWatch(new FakeClient(), '/a')(null as never), InvalidArgumentError],
    [
      'a plain registration of options in place of a function',
      () => dataWatch(new FakeClient(), '/a')({} as never),
      InvalidArgumentError,
    ],
    ['a second argument that is no context', () => onData()(() => {}, 0), InvalidArgumentError],
    ['a second argument that is null', () => onData()(() => {}, null), InvalidArgumentError],
  ] as const)('%s throws', ([, decorate, error]) => {
    expect(decorate).toThrow(error);
  });

  it.for([
    [
      'a field',
      'field',
      () => {
        class Service {
          @onData()
          data = null;
        }
        return Service;
      },
    ],
    [
      'an accessor',
      'accessor',
      () => {
        class Service {
          @onData()
          accessor data = null;
        }
        return Service;
      },
    ],
    [
      'a getter',
      'getter',
      () => {
        class Service {
          @onData()
          get data() {
            return null;
          }
        }
        return Service;
      },
    ],
    [
      'a setter',
      'setter',
      () => {
        class Service {
          @onData()
          set data(_value: null) {}
        }
        return Service;
      },
    ],
    [
      'a class',
      'class',
      () => {
        @onData()
        class data {}
        return data;
      },
    ],
  ] as const)('a decorator on %s throws an error that names its target', ([, kind, define]) => {
    expect(define).toThrow(InvalidArgumentError);
    expect(define).toThrow(`@dataWatch must be on a method, but is on the ${kind} data`);
  });
});

describe('a watch that cannot be made', () => {
  function stage(client: unknown, path: unknown) {
    class Service {
      @childrenWatch(new FakeClient(), '/before', { waitForNode: true })
      before(): void {}

      @dataWatch(client as () => CoordinationClient, path as () => string)
      onData(): never {
        throw new Error('called');
      }

      @dataWatch(new FakeClient(), '/after')
      after(): void {}
    }
    return new Service();
  }

  it.for<readonly [why: string, client: unknown, path: unknown, cause: unknown]>([
    ['the function for the client throws', fail, '/a', boom],
    ['the function for the path throws', () => new FakeClient(), fail, boom],
    ['there is no client', () => undefined, '/a', expect.any(InvalidArgumentError)],
    ['the client is a promise', async () => new FakeClient(), '/a', expect.any(InvalidArgumentError)],
    ['the path is invalid', () => new FakeClient(), () => 'a', expect.any(InvalidPathError)],
  ])('when %s has stopped, rejects `ready`, and does not affect other watches', async ([, client, path, cause]) => {
    const service = stage(client, path);
    const errors: unknown[] = [];
    const reasons: string[] = [];
    const watches = watchesOf(service);
    watches[1]?.on('error', (error) => errors.push(error)).on('stop', (reason) => reasons.push(reason));
    const error = await rejectionOf(watches[1]?.ready ?? Promise.resolve());
    await turn();
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ message: expect.stringContaining('Service.onData'), cause });
    expect(errors).toEqual([error]);
    expect(reasons).toEqual(['error']);
    expect(watches.map(({ stopped }) => stopped)).toEqual([false, true, false]);
    await Promise.all([watches[0]?.ready, watches[2]?.ready]);
    for (const watch of watches) watch.stop();
  });

  it("is logged on the client's logger without an error listener", async () => {
    const client = new FakeClient();
    stage(() => client, fail);
    await turn();
    expect(client.logger.items).toMatchObject([
      { level: 'error', details: { err: { code: 'INVALID_ARGUMENT', cause: boom } } },
    ]);
  });

  it('is logged on the console when there is no client', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    stage(fail, '/a');
    await turn();
    const printed = print.mock.calls;
    print.mockRestore();
    expect(printed).toEqual([[expect.stringMatching(/could not be made: boom\. .*\n +at .*failures\.fakes\.spec/s)]]);
  });

  it('is reported with the names of static, private and symbolic methods, and with the thrown value', async () => {
    const onSymbol = Symbol('on');
    class Service {
      @dataWatch(failOddly, '/a')
      static onClass(): void {}

      @dataWatch(fail, '/a')
      #hidden(): void {}

      @dataWatch(fail, '/a')
      [onSymbol](): void {}

      readonly used = () => this.#hidden;
    }
    const service = new Service();
    const watches = [...watchesOf(Service), ...watchesOf(service)];
    for (const watch of watches) watch.on('error', () => {});
    const messages = await Promise.all(watches.map(async ({ ready }) => String(await rejectionOf(ready))));
    expect(messages).toEqual([
      expect.stringMatching(/Service\.onClass .*a string/),
      expect.stringMatching(/Service\.#hidden .*boom/),
      expect.stringMatching(/Service\.Symbol\(on\) .*boom/),
    ]);
  });

  it('makes a plain registration throw', () => {
    expect(() => dataWatch(fail, '/a')(() => {})).toThrow(boom);
    expect(() => dataWatch(new FakeClient(), () => 'a')(() => {})).toThrow(InvalidPathError);
  });
});
