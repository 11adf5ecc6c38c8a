import { isIPv6 } from 'node:net';
import { InvalidArgumentError } from '../core/errors.js';
import { validatePath } from '../core/paths.js';
import { quote } from '../core/validation.js';
import type { Server } from './connection/connection.js';

const DEFAULT_PORT = 2181;

/** A parsed connect string. */
export interface ConnectString {
  readonly servers: readonly Server[];
  /** The path under which all of the client's paths are; empty for the root. */
  readonly chroot: string;
}

/**
 * Reads `host:port,host:port/chroot`. The port defaults to 2181, an IPv6 address goes in brackets, and spaces around
 * a host do not matter.
 *
 * @throws {@link InvalidArgumentError} that names the string and what is wrong with it.
 */
export function parseConnectString(text: unknown): ConnectString {
  if (typeof text !== 'string') throw malformed(text, 'it is not a string');
  const slash = text.indexOf('/');
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const chroot = slash < 0 ? '' : text.slice(slash).trimEnd();
  if (hosts.trim() === '') throw malformed(text, 'it names no server');
  if (chroot.length > 1) validateChroot(text, chroot);
  return {
    servers: hosts.split(',').map((host) => parseServer(text, host.trim())),
    chroot: chroot === '/' ? '' : chroot,
  };
}

function validateChroot(text: string, chroot: string): void {
  try {
    validatePath(chroot);
  } catch (error) {
    throw malformed(text, `its chroot is no path: ${(error as Error).message}`);
  }
}

function parseServer(text: string, item: string): Server {
  if (item === '') throw malformed(text, 'there is an empty server name in it');
  const match = /^(?:\[(?<address>[^\]]*)\]|(?<name>[^:[\]]*))(?::(?<port>[^:]*))?$/.exec(item);
  if (!match?.groups) {
    throw malformed(text, `${quote(item)} is not host:port (an IPv6 address goes in brackets, as in "[::1]:2181")`);
  }
  const { address, name = '', port } = match.groups;
  if (address !== undefined && !isIPv6(address)) throw malformed(text, `${quote(address)} is not an IPv6 address`);
  if (address === undefined && !/^[^\s@?#%]+$/.test(name)) throw malformed(text, `${quote(name)} is not a host name`);
  return { host: address ?? name, port: port === undefined ? DEFAULT_PORT : parsePort(text, port) };
}

function parsePort(text: string, digits: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) throw malformed(text, `${quote(digits)} is not a port`);
  return port;
}

function malformed(text: unknown, reason: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `connectString ${quote(text)} is malformed: ${reason}. Expected "host:port,host:port/chroot"`,
  );
}
