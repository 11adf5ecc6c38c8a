import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../../lib/core/deadline.js';
import { Link } from '../../../../lib/zookeeper/session/link.js';
import { leave, type Phase, type PhaseName, TRANSITIONS } from '../../../../lib/zookeeper/session/phase.js';
import { Scout } from '../../../../lib/zookeeper/session/scout.js';

const ARCHITECTURE = readFileSync(new URL('../../../../ARCHITECTURE.md', import.meta.url), 'utf8');
const NO_SERVERS = { scouted: () => undefined, isListed: () => true, patience: 1_000 };
const NAMES = Object.keys(TRANSITIONS) as PhaseName[];

/** A phase with the timer and the link that it owns. */
function phase(name: PhaseName, link = makeLink()): Phase {
  if (name === 'latent' || name === 'closed') return { name, link: null };
  if (name === 'pausing') return { name, link: null, clock: new Deadline(1_000, () => {}) };
  if (name === 'opening') return { name, link, clock: new Deadline(1_000, () => {}) };
  if (name === 'read-only') return { name, link, scout: new Scout(NO_SERVERS, { credentials: null }, () => {}) };
  return { name, link };
}

function makeLink(destroy = () => {}): Link {
  const link = new Link({ host: 'a', port: 1, address: '127.0.0.1' });
  link.connection = { request: () => {}, ping: () => {}, addAuth: () => {}, destroy };
  return link;
}

describe('the phases of a session', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('are followed by the phases that ARCHITECTURE.md lists', () => {
    const rows = [...ARCHITECTURE.matchAll(/^\| `([\w-]+)` +\|([^|]*)\|/gm)]
      .filter(([, name]) => NAMES.includes(name as PhaseName))
      .map(([, name, followers]) => [
        name,
        [...(followers ?? '').matchAll(/`([\w-]+)`/g)].map(([, follower]) => follower),
      ]);
    const documented = Object.fromEntries(rows.slice(0, NAMES.length));
    expect(documented).toEqual(TRANSITIONS);
  });

  it('refuse every transition that is not in the table', () => {
    for (const from of NAMES) {
      for (const to of NAMES) {
        const isAllowed = (TRANSITIONS[from] as readonly string[]).includes(to);
        const step = () => leave(phase(from), phase(to));
        if (isAllowed) expect(step, `${from} -> ${to}`).not.toThrow();
        else expect(step, `${from} -> ${to}`).toThrow(`cannot go from ${from} to ${to}`);
      }
    }
  });

  it('can all be followed by `closed`, which has no follower', () => {
    for (const name of NAMES) if (name !== 'closed') expect(TRANSITIONS[name]).toContain('closed');
    expect(TRANSITIONS.closed).toEqual([]);
  });

  it('stop their clock when they are left', () => {
    for (const name of ['pausing', 'opening', 'read-only'] as const) leave(phase(name), { name: 'closed', link: null });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('destroy their connection unless the next phase takes it over', () => {
    const destroy = vi.fn();
    const link = makeLink(destroy);
    leave(phase('arming', link), phase('connected', link));
    expect(destroy).not.toHaveBeenCalled();
    leave(phase('connected', link), { name: 'closed', link: null });
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});
