import { Delivery } from '../../../recipes/delivering/delivery.js';
import { replaceMethod } from './defect.js';

/** A state of either aspect, as a delivery passes it to its function. */
export interface DeliveredState {
  readonly stat: unknown;
  readonly data?: Buffer | null;
  readonly children?: readonly string[] | null;
}

/** The seam between a delivery and the watch that it belongs to. */
export interface OpenDelivery {
  call(next: DeliveredState, delivered: DeliveredState | undefined): unknown;
  settled(result: unknown): void;
  threw(error: unknown): void;
}

/** Changes each delivery as its first state is offered: before its first call. */
export function changeDeliveries(change: (delivery: OpenDelivery) => void): () => void {
  const changed = new WeakSet<object>();
  return replaceMethod(Delivery.prototype as Delivery<DeliveredState>, 'offer', (offer) => {
    return function (this: Delivery<DeliveredState>, state) {
      if (!changed.has(this)) {
        changed.add(this);
        change(this as unknown as OpenDelivery);
      }
      offer.call(this, state);
    };
  });
}

/** Replaces the calls of each delivery. `nth` counts them from 1. */
export function changeCalls(
  call: (original: OpenDelivery['call'], nth: number, ...states: Parameters<OpenDelivery['call']>) => unknown,
): () => void {
  return changeDeliveries((delivery) => {
    const original = delivery.call.bind(delivery);
    let calls = 0;
    delivery.call = (next, delivered) => {
      calls += 1;
      return call(original, calls, next, delivered);
    };
  });
}
