import type { CoordinationClient } from '../../../lib/core/coordination-client.js';
import { isThenable } from '../../../lib/core/guarded-emitter.js';
import { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { Tenure } from '../../../lib/zookeeper/session/tenure.js';
import { Delivery } from '../../../recipes/delivering/delivery.js';
import { WatchController } from '../../../recipes/delivering/watch-controller.js';
import { FaithfulClient } from '../../../testing/faithful-client.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { type Defect, replaceMethod } from './defect.js';
import { changeCalls, changeDeliveries, type DeliveredState } from './defective-delivery.js';

/** The part of a session timeout that a session seems to have been silent for. */
const EXPIRED = 0.98;

type Func = (...args: unknown[]) => unknown;

/** The method by which a watch takes its function. */
interface OpenController {
  claim(func: Func, ...rest: unknown[]): void;
}

/** Wraps each user's function as its watch takes it. */
function changeFunctions(wrap: (func: Func) => Func): () => void {
  return replaceMethod(WatchController.prototype as unknown as OpenController, 'claim', (claim) => {
    return function (this: OpenController, func, ...rest) {
      claim.call(this, wrap(func), ...rest);
    };
  });
}

function madeUp(state: DeliveredState): DeliveredState {
  if (!state.stat) return state;
  if (state.children) return { ...state, children: [...state.children, 'made-up'] };
  return { ...state, data: Buffer.from('made up') };
}

/** Each rule about calls, broken in at least one way. */
export const DEFECTS: readonly Defect[] = [
  {
    name: 'the first call is skipped',
    rule: 'first-call',
    plant: () => changeCalls((call, nth, next, delivered) => (nth === 1 ? undefined : call(next, delivered))),
  },
  {
    name: 'the first call has an event',
    rule: 'first-call',
    plant: () =>
      changeFunctions((func) => {
        let calls = 0;
        return (...args) => {
          calls += 1;
          if (calls > 1 || args.length === 1) return func(...args);
          return func(...args.slice(0, -1), { type: 'NodeCreated', path: '/' });
        };
      }),
  },
  {
    name: 'a state is delivered that no server held',
    rule: 'real-state',
    plant: () => changeCalls((call, nth, next, delivered) => call(nth === 2 ? madeUp(next) : next, delivered)),
  },
  {
    name: 'an old state is delivered after a newer one',
    rule: 'order',
    plant: () =>
      changeDeliveries((delivery) => {
        const original = delivery.call.bind(delivery);
        const states: DeliveredState[] = [];
        delivery.call = (next, delivered) => {
          states.push(next);
          const old = states.length > 2 && states.length % 3 === 0 ? states.at(-3) : undefined;
          return original(old ?? next, delivered);
        };
      }),
  },
  {
    name: 'a state is delivered twice',
    rule: 'order',
    plant: () =>
      changeDeliveries((delivery) => {
        const settled = delivery.settled.bind(delivery);
        const original = delivery.call.bind(delivery);
        let last: Parameters<typeof original> | undefined;
        delivery.call = (...states) => {
          last = states;
          return original(...states);
        };
        delivery.settled = (result) => {
          if (last && result !== false) void Promise.resolve(original(last[0], undefined)).catch(() => {});
          settled(result);
        };
      }),
  },
  {
    name: 'a promise of the function is not awaited',
    rule: 'one-at-a-time',
    plant: () =>
      changeDeliveries((delivery) => {
        const original = delivery.call.bind(delivery);
        delivery.call = (next, delivered) => {
          const result = original(next, delivered);
          if (!isThenable(result)) return result;
          result.then(
            (value) => delivery.settled(value),
            (error) => delivery.threw(error),
          );
          return undefined;
        };
      }),
  },
  {
    name: 'a call begins after the stop',
    rule: 'stop-is-final',
    plant: () => {
      const last = new WeakMap<object, () => unknown>();
      const restores = [
        changeDeliveries((delivery) => {
          const original = delivery.call.bind(delivery);
          delivery.call = (next, delivered) => {
            last.set(delivery, () => original(next, delivered));
            return original(next, delivered);
          };
        }),
        replaceMethod(Delivery.prototype as Delivery<DeliveredState>, 'end', (end) => {
          return function (this: Delivery<DeliveredState>) {
            end.call(this);
            queueMicrotask(() => {
              const again = last.get(this);
              void Promise.resolve(again?.()).catch(() => {});
            });
          };
        }),
      ];
      return () => {
        for (const restore of restores) restore();
      };
    },
  },
  {
    name: 'a watch stops for any falsy result',
    rule: 'stop-has-cause',
    plant: () =>
      changeDeliveries((delivery) => {
        const settled = delivery.settled.bind(delivery);
        delivery.settled = (result) => settled(result ? result : false);
      }),
  },
  {
    name: 'an error of the function is swallowed',
    rule: 'throw-reported-once',
    plant: () =>
      changeDeliveries((delivery) => {
        delivery.threw = () => {};
      }),
  },
  {
    name: 'an error of the function is reported twice',
    rule: 'throw-reported-once',
    plant: () =>
      changeDeliveries((delivery) => {
        const threw = delivery.threw.bind(delivery);
        delivery.threw = (error) => {
          threw(error);
          threw(error);
        };
      }),
  },
  {
    name: 'NodeDeleted is passed beside data',
    rule: 'event-agrees',
    plant: () =>
      changeFunctions((func) => (...args) => {
        const isEvent = (arg: unknown): arg is object => typeof (arg as { type?: unknown } | null)?.type === 'string';
        return func(...args.map((arg) => (args[0] && isEvent(arg) ? { ...arg, type: 'NodeDeleted' } : arg)));
      }),
  },
  {
    name: 'the function is called inside the constructor',
    rule: 'own-turn',
    plant: () =>
      changeFunctions((func) => {
        void Promise.resolve(attempt(() => func(null, null, null))).catch(() => {});
        return func;
      }),
  },
  {
    name: "the function is called inside a callback of the client's",
    rule: 'own-turn',
    plant: () => {
      let current: DeliveredState | undefined;
      const restores = [
        changeDeliveries((delivery) => {
          const state = current;
          if (state) void Promise.resolve(attempt(() => delivery.call(state, undefined))).catch(() => {});
        }),
        replaceMethod(Delivery.prototype as Delivery<DeliveredState>, 'offer', (offer) => {
          return function (this: Delivery<DeliveredState>, state) {
            current = state;
            offer.call(this, state);
          };
        }),
      ];
      return () => {
        for (const restore of restores.reverse()) restore();
      };
    },
  },
  {
    name: 'a change is lost',
    rule: 'last-change',
    plant: () => {
      const offers = new WeakMap<object, number>();
      return replaceMethod(Delivery.prototype as Delivery<DeliveredState>, 'offer', (offer) => {
        return function (this: Delivery<DeliveredState>, state) {
          const count = (offers.get(this) ?? 0) + 1;
          offers.set(this, count);
          if (count === 1 || count % 2 === 1) offer.call(this, state);
        };
      });
    },
  },
  {
    name: 'a read arms a second server watch',
    rule: 'one-server-watch',
    plant: () => {
      const restores = [ZooKeeperClient, FakeClient, FaithfulClient].map(({ prototype }) =>
        replaceMethod(prototype as CoordinationClient, 'getData', (getData) => {
          return function (this: CoordinationClient, path, watcher) {
            if (watcher) void this.getChildren(path, () => {}).catch(() => {});
            return getData.call(this, path, watcher);
          };
        }),
      );
      return () => {
        for (const restore of restores.reverse()) restore();
      };
    },
  },
  {
    name: 'the clock that ends a session runs while it is connected',
    rule: 'session-kept',
    plant: () =>
      replaceMethod(Tenure.prototype, 'begin', (begin) => {
        return function (this: Tenure, handshake) {
          begin.call(this, handshake);
          this.interrupted(performance.now() - handshake.sessionTimeout * EXPIRED);
        };
      }),
  },
];

function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch {
    return undefined;
  }
}
