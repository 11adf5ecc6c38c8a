import { describe, expect, it } from 'vitest';
import { dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

const client = new FakeClient();
for (const path of ['/base', '/sub']) client.tree.create(path, path);

const calls = new Recorder<string>();

async function callsOf(make: () => object): Promise<readonly string[]> {
  calls.clear();
  const instance = make();
  await turn();
  const paths = watchesOf(instance).map(({ path, stopped }) => `${path} ${stopped}`);
  expect(paths).toEqual(paths.map((path) => path.replace('true', 'false')));
  for (const watch of watchesOf(instance)) watch.stop();
  expect(client.listenerCount).toBe(0);
  return calls.items;
}

class Base {
  readonly name: string = 'base';

  @dataWatch(client, '/base')
  onData(data: Buffer | null): void {
    calls.record(`${this.name}: Base ${data}`);
  }
}

/** Another decorator, which replaces the method with a function of its own. */
function wrapped<A extends unknown[]>(method: (this: Base, ...args: A) => void, _context: ClassMethodDecoratorContext) {
  return function (this: Base, ...args: A): void {
    calls.record('wrapped');
    method.apply(this, args);
  };
}

describe('in a subclass', () => {
  it('a decorated method is inherited, and called when the fields of the subclass are there', async () => {
    class Sub extends Base {
      override readonly name = 'sub';
    }
    expect(await callsOf(() => new Sub())).toEqual(['sub: Base /base']);
    expect(await callsOf(() => new Base())).toEqual(['base: Base /base']);
  });

  it('an override is called in place of the decorated method', async () => {
    class Sub extends Base {
      override onData(data: Buffer | null): void {
        calls.record(`Sub ${data}`);
        super.onData(data);
      }
    }
    expect(await callsOf(() => new Sub())).toEqual(['Sub /base', 'base: Base /base']);
  });

  it('the decorators of an override replace those of the method, in all classes derived from it', async () => {
    class Sub extends Base {
      @dataWatch(client, '/sub')
      override onData(data: Buffer | null): void {
        calls.record(`Sub ${data}`);
      }
    }
    class SubSub extends Sub {
      override onData(data: Buffer | null): void {
        calls.record('SubSub');
        super.onData(data);
      }
    }
    class Last extends SubSub {
      @dataWatch(client, '/base')
      @dataWatch(client, '/sub')
      override onData(data: Buffer | null): void {
        calls.record(`Last ${data}`);
      }
    }
    expect(await callsOf(() => new Sub())).toEqual(['Sub /sub']);
    expect(await callsOf(() => new SubSub())).toEqual(['SubSub', 'Sub /sub']);
    expect(await callsOf(() => new Last())).toEqual(['Last /base', 'Last /sub']);
    expect(await callsOf(() => new Base())).toEqual(['base: Base /base']);
  });

  it('new decorated methods come after those of the base class', () => {
    class Sub extends Base {
      @dataWatch(client, '/sub')
      onMore(): void {}
    }
    const watches = watchesOf(new Sub());
    expect(watches.map(({ path }) => path)).toEqual(['/base', '/sub']);
    for (const watch of watches) watch.stop();
  });

  it('a private method of the same name replaces nothing', async () => {
    class Hidden {
      @dataWatch(client, '/base')
      #onData(): void {
        calls.record('Hidden');
      }

      readonly used = () => this.#onData;
    }
    class Sub extends Hidden {
      @dataWatch(client, '/sub')
      #onData(): void {
        calls.record('Sub');
      }

      override readonly used = () => this.#onData;
    }
    expect(await callsOf(() => new Sub())).toEqual(['Hidden', 'Sub']);
  });

  it('a static method stays with the class that declares it', async () => {
    class Static extends Base {
      @dataWatch(client, '/base')
      static onData(): void {
        calls.record('static');
      }
    }
    class Sub extends Static {}
    expect(watchesOf(Sub)).toEqual([]);
    expect(await callsOf(() => Static)).toEqual(['static']);
  });

  it("watches asked for in the base class's constructor start there, those of the subclass later", async () => {
    class Asking extends Base {
      readonly inBase = watchesOf(this);

      @dataWatch(client, '/base')
      onOther(): void {
        calls.record('other');
      }
    }
    class Sub extends Asking {
      readonly path = '/sub';

      @dataWatch(client, (self: Sub) => self.path)
      override onData(data: Buffer | null): void {
        calls.record(`Sub ${data}`);
      }
    }
    // The watch of the overridden method does not start early.
    const sub = new Sub();
    expect(await callsOf(() => sub)).toEqual(['other', 'Sub /sub']);
    expect(sub.inBase.map(({ path }) => path)).toEqual(['/base']);
  });
});

describe('beside another decorator', () => {
  it('the function that replaces the method is called, whichever decorator is on top', async () => {
    class Below extends Base {
      @wrapped
      @dataWatch(client, '/sub')
      below(): void {
        calls.record('below');
      }
    }
    class Above extends Base {
      @dataWatch(client, '/sub')
      @wrapped
      above(): void {
        calls.record('above');
      }
    }
    class Between {
      readonly name = 'between';

      @dataWatch(client, '/base')
      @wrapped
      @dataWatch(client, '/sub')
      onData(data: Buffer | null): void {
        calls.record(String(data));
      }
    }
    expect(await callsOf(() => new Below())).toEqual(['base: Base /base', 'wrapped', 'below']);
    expect(await callsOf(() => new Above())).toEqual(['base: Base /base', 'wrapped', 'above']);
    expect([...(await callsOf(() => new Between()))].sort()).toEqual(['/base', '/sub', 'wrapped', 'wrapped']);
  });

  it('on top of it, the decorators of an override still replace those of the method', async () => {
    class Sub extends Base {
      @dataWatch(client, '/sub')
      @wrapped
      override onData(data: Buffer | null): void {
        calls.record(`Sub ${data}`);
      }
    }
    expect(await callsOf(() => new Sub())).toEqual(['wrapped', 'Sub /sub']);
  });

  it('below it, an override cannot be detected: all watches call the override', async () => {
    class Sub extends Base {
      @wrapped
      @dataWatch(client, '/sub')
      override onData(data: Buffer | null): void {
        calls.record(`Sub ${data}`);
      }
    }
    expect(await callsOf(() => new Sub())).toEqual(['wrapped', 'Sub /base', 'wrapped', 'Sub /sub']);
  });
});
