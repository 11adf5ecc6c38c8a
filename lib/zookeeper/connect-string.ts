import { isIPv6 } from 'node:net';
import type { ServerName } from '../core/coordination-client.js';
import { InvalidArgumentError } from '../core/errors.js';
import { flawOf } from '../core/paths.js';
import { describe } from '../core/validation.js';

const DEFAULT_PORT = 2181;

/** A parsed connect string. */
export interface ConnectString {
  readonly servers: readonly ServerName[];
  /** The path under which all of the client's paths are; empty for the root. */
  readonly chroot: string;
}

/** Schemes that are written by mistake, for a message. Other texts before "://" may be secrets. */
const SCHEME = /(?:^|[\s,])(zk|zookeeper|tcp|tls|ssl|http|https):\/\//i;

/**
 * Reads `host:port,host:port/chroot`. The port defaults to 2181, an IPv6 address goes in brackets, and spaces around
 * a host do not matter.
 *
 * @throws {@link InvalidArgumentError} that says which part is wrong. It shows nothing of the text, which may have
 * credentials in it.
 */
export function parseConnectString(text: unknown): ConnectString {
  if (typeof text !== 'string') throw malformed(`it is not a string, but ${describe(text)}`);
  if (text.includes('://')) {
    const scheme = SCHEME.exec(text)?.[1];
    throw malformed(
      `it has a URL's scheme${scheme === undefined ? '' : ` (${scheme}://)`} in it, which is to be left out`,
    );
  }
  const slash = text.indexOf('/');
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const chroot = slash < 0 ? '' : text.slice(slash).trimEnd();
  if (hosts.trim() === '') throw malformed('it names no server');
  if (chroot.length > 1) validateChroot(chroot);
  const items = hosts.split(',');
  return {
    servers: items.map((item, index) => parseServer(item.trim(), `server ${index + 1} of ${items.length}`)),
    chroot: chroot === '/' ? '' : chroot,
  };
}

function validateChroot(chroot: string): void {
  if (chroot.includes(',')) {
    throw malformed('its chroot has a comma in it. The chroot is written once, after the last server');
  }
  const flaw = flawOf(chroot);
  if (flaw !== null) throw malformed(`its chroot is no path: it ${flaw}`);
}

/** @param which the place of the server, for a message */
function parseServer(item: string, which: string): ServerName {
  if (item === '') throw malformed(`${which} has an empty name`);
  if (item.includes('@')) {
    throw malformed(`${which} has an "@" in it. Credentials are passed by the option auth: [{ scheme, auth }]`);
  }
  const match = /^(?:\[(?<address>[^\]]*)\]|(?<name>[^:[\]]*))(?::(?<port>[^:]*))?$/.exec(item);
  if (!match?.groups) {
    throw malformed(`${which} is not host:port (an IPv6 address goes in brackets, as in "[::1]:2181")`);
  }
  const { address, name = '', port } = match.groups;
  if (address !== undefined && !isIPv6(address)) throw malformed(`${which} has brackets, but no IPv6 address in them`);
  if (address === undefined && !/^[^\s?#%]+$/.test(name)) throw malformed(`${which} has an invalid host name`);
  return { host: address ?? name, port: port === undefined ? DEFAULT_PORT : parsePort(port, which) };
}

function parsePort(digits: string, which: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw malformed(`the port of ${which} is not a number from 1 to 65535`);
  return port;
}

function malformed(reason: string): InvalidArgumentError {
  return new InvalidArgumentError(`connectString is malformed: ${reason}. Expected "host:port,host:port/chroot"`);
}

/** The error for servers with another chroot than the client has. */
export function otherChroot(chroot: string): InvalidArgumentError {
  const expected = chroot === '' ? 'a connect string without a chroot' : `one that ends in the chroot ${chroot}`;
  return new InvalidArgumentError(`connectString has another chroot than the client: expected ${expected}`);
}
