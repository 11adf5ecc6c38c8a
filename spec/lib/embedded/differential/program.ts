import type { RequestName, RequestRecord } from '../../../../testing/raw-messages.js';
import { print } from './print.js';

/** A client of the program. It has one session at a time, and at most one connection. */
export type Slot = 'A' | 'B' | 'C';

export type AnyRequest = { [N in RequestName]: { readonly name: N; readonly record: RequestRecord<N> } }[RequestName];

/**
 * One step of a program. In its records `~` denotes the znode below which the program works, and a `relativeZxid`
 * counts from the zxid at the start of the program. A client without a connection first opens one, to its session or to
 * a new one.
 */
export type Step =
  /** Sends the requests without waiting for answers in between. */
  | { readonly kind: 'requests'; readonly slot: Slot; readonly requests: readonly AnyRequest[] }
  | { readonly kind: 'auth'; readonly slot: Slot; readonly scheme: string; readonly auth: string }
  /** Sends an operation by its number, with bytes in place of a record. */
  | { readonly kind: 'bytes'; readonly slot: Slot; readonly op: number; readonly bytes: readonly number[] }
  /** Closes the connection and keeps the session. */
  | { readonly kind: 'drop'; readonly slot: Slot }
  /** Opens one more connection to the session, whether the earlier one is open or not. */
  | { readonly kind: 'attach'; readonly slot: Slot; readonly as: Attachment };

/** `stranger`: a wrong password; `nobody`: an unknown session; `ahead`: a zxid that the server has not reached. */
export type Attachment = 'itself' | 'stranger' | 'nobody' | 'ahead';

export type Program = readonly Step[];

export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'requests':
      return `${step.slot} ${step.requests.map(({ name, record }) => `${name} ${print(record)}`.trim()).join('; ')}`;
    case 'auth':
      return `${step.slot} auth ${step.scheme} ${step.auth}`;
    case 'bytes':
      return `${step.slot} operation ${step.op} with the bytes [${step.bytes.join(' ')}]`;
    case 'drop':
      return `${step.slot} drops its connection`;
    case 'attach':
      return `${step.slot} connects again as ${step.as}`;
  }
}
