import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type OpenStack, runPython } from './openstack.js';

/** Where the servers of a Swift listen, and their folder. */
export interface SwiftPlaces {
  readonly folder: string;
  readonly proxy: number;
  readonly memcached: number;
  readonly account: number;
  readonly object: number;
  /** Each has a replica of every container. */
  readonly containers: readonly number[];
}

/** The users of TempAuth. The odd one has what a URL must encode; TempAuth itself knows ASCII alone. */
export const SWIFT_USERS = {
  plain: { project: 'test', user: 'tester', password: 'testing-password' },
  odd: { project: 'a+b', user: 'x@y?z#', password: 'pa$$:w%rd@/?#&=+' },
} as const;

export interface SwiftSettings {
  /** Names in a page of a listing. Default 10,000. */
  listingLimit?: number;
  /** Of TempAuth's tokens, in seconds. Default a day. */
  tokenLife?: number;
  /** How many servers have the containers. Default 1. */
  containerServers?: number;
  /** The root of a Keystone v3 and the password of its user `swift`, in place of TempAuth. */
  keystone?: { readonly url: string; readonly password: string };
}

export const device = (index: number): string => `disk${index}`;

/** The three rings, of one process, as each start of a Python takes long. */
const RINGS = `
import json, sys
from swift.common.ring import RingBuilder
folder, rings = sys.argv[1], json.loads(sys.argv[2])
for name, ports in rings.items():
    builder = RingBuilder(4, len(ports), 0)
    for index, port in enumerate(ports):
        builder.add_dev({'id': index, 'region': 1, 'zone': index + 1, 'weight': 1.0, 'ip': '127.0.0.1', 'port': port,
                         'replication_ip': '127.0.0.1', 'replication_port': port, 'device': 'disk%d' % index, 'meta': ''})
    builder.rebalance()
    builder.get_ring().save('%s/%s.ring.gz' % (folder, name))
`;

/** Writes the configuration of all servers, and the rings. */
export async function writeSwiftFiles(stack: OpenStack, places: SwiftPlaces, settings: SwiftSettings): Promise<void> {
  const { folder, account, object, containers } = places;
  for (const index of containers.keys()) await mkdir(join(folder, 'devices', device(index)), { recursive: true });
  for (const [name, text] of Object.entries(files(places, settings))) await writeFile(join(folder, name), text);
  const rings = { account: [account], object: [object], container: containers };
  await runPython(stack, folder, RINGS, folder, JSON.stringify(rings));
}

function files(places: SwiftPlaces, settings: SwiftSettings): Record<string, string> {
  const { folder, proxy, memcached, account, object, containers } = places;
  const common = (port: number): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${folder}/devices
mount_check = false
log_level = WARNING
recon_cache_path = ${folder}
`;
  const storage = (kind: string, port: number): string => `${common(port)}
[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
`;
  const limit = settings.listingLimit === undefined ? '' : `container_listing_limit = ${settings.listingLimit}`;
  return {
    'swift.conf': `[swift-hash]
swift_hash_path_suffix = spec
[swift-constraints]
${limit}
`,
    'account.conf': storage('account', account),
    'object.conf': `${storage('object', object)}
[object-updater]
concurrency = 1
`,
    ...Object.fromEntries(containers.map((port, index) => [`container${index}.conf`, storage('container', port)])),
    'proxy.conf': `${common(proxy)}
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats bulk ${settings.keystone ? 'authtoken keystoneauth' : 'tempauth'} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# A server that was down for a while is asked again at once.
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${memcached}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
${settings.keystone ? keystoneFilters(settings.keystone) : tempAuth(settings.tokenLife)}`,
  };
}

function tempAuth(tokenLife = 86_400): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const { plain, odd } = SWIFT_USERS;
  return `[filter:tempauth]
use = egg:swift#tempauth
token_life = ${tokenLife}
user_${plain.project}_${plain.user} = ${plain.password} .admin
user64_${base64(odd.project)}_${base64(odd.user)} = ${odd.password} .admin
`;
}

function keystoneFilters({ url, password }: { url: string; password: string }): string {
  return `[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = ${url}
auth_url = ${url}
auth_type = password
project_domain_id = default
user_domain_id = default
project_name = service
username = swift
password = ${password}
delay_auth_decision = true
# Each token is asked for, so that a revoked one is refused at once.
token_cache_time = -1
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = member
`;
}
