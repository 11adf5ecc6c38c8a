import type { RequestName, RequestRecord } from '../../../../testing/raw-messages.js';
import { print } from './print.js';

/** Who sends: each has one session at a time, and at most one connection. */
export type Slot = 'A' | 'B' | 'C';

export type AnyRequest = { [N in RequestName]: { readonly name: N; readonly record: RequestRecord<N> } }[RequestName];

/**
 * One step of a program. In its records `~` stands for the znode that the program has for itself, and a
 * `relativeZxid` counts from the zxid at the start of the program. Whoever has no connection gets one first: to the
 * session that it has, or to a new one.
 */
export type Step =
  /** Several are sent without a wait in between. */
  | { readonly kind: 'requests'; readonly slot: Slot; readonly requests: readonly AnyRequest[] }
  | { readonly kind: 'auth'; readonly slot: Slot; readonly scheme: string; readonly auth: string }
  /** An operation by its number, with bytes instead of a record. */
  | { readonly kind: 'bytes'; readonly slot: Slot; readonly op: number; readonly bytes: readonly number[] }
  /** Ends the connection, not the session. */
  | { readonly kind: 'drop'; readonly slot: Slot }
  /** One more connection to the session, whether the other has ended or not. */
  | { readonly kind: 'attach'; readonly slot: Slot; readonly as: Attachment };

/** `stranger`: with a wrong password; `nobody`: to no session; `ahead`: with a last zxid that the server has not reached. */
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
