import type { Acl } from '../../../../lib/core/coordination-client.js';
import type { RequestName, RequestRecord } from '../../../../testing/raw-messages.js';
import { digestOf, IDENTITIES } from './identities.js';
import type { AnyRequest, Slot, Step } from './program.js';

export const EVERYBODY: readonly Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** Gives all permissions to the first identity only. */
export const PRIVATE: readonly Acl[] = [{ perms: 31, scheme: 'digest', id: digestOf(IDENTITIES[0]) }];

export function request<N extends RequestName>(name: N, record: RequestRecord<N>): AnyRequest {
  return { name, record } as AnyRequest;
}

export function ask<N extends RequestName>(slot: Slot, name: N, record: RequestRecord<N>): Step {
  return { kind: 'requests', slot, requests: [request(name, record)] };
}

/** The record of a create. */
export function znode(path: string, flags = 0, acl: readonly Acl[] = EVERYBODY): RequestRecord<'create'> {
  return { path, data: Buffer.from('x'), acl: [...acl], flags };
}

export const create = (slot: Slot, path: string, flags?: number, acl?: readonly Acl[]): Step =>
  ask(slot, 'create', znode(path, flags, acl));

export const change = (slot: Slot, path: string): Step => ask(slot, 'setData', { path, data: null, version: -1 });

export const remove = (slot: Slot, path: string): Step => ask(slot, 'delete', { path, version: -1 });

export const identify = (slot: Slot): Step => ({ kind: 'auth', slot, scheme: 'digest', auth: IDENTITIES[0] });

export const end = (slot: Slot): Step => ask(slot, 'closeSession', undefined);
