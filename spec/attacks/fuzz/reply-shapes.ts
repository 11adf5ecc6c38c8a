/** The records that a server sends, stated here once more: a mistake in the library's codecs must not be mirrored. */
export type Shape =
  | 'int'
  | 'long'
  | 'boolean'
  | 'string'
  | 'buffer'
  | { readonly list: Shape }
  | { readonly fields: readonly (readonly [name: string, shape: Shape])[] }
  /** The outcomes of a transaction: each a header and a record of its kind, and one last header. */
  | 'outcomes';

const STAT: Shape = {
  fields: [
    ['czxid', 'long'],
    ['mzxid', 'long'],
    ['ctime', 'long'],
    ['mtime', 'long'],
    ['version', 'int'],
    ['cversion', 'int'],
    ['aversion', 'int'],
    ['ephemeralOwner', 'long'],
    ['dataLength', 'int'],
    ['numChildren', 'int'],
    ['pzxid', 'long'],
  ],
};

const ACL: Shape = {
  fields: [
    ['perms', 'int'],
    ['scheme', 'string'],
    ['id', 'string'],
  ],
};

export const HEADER: Shape = {
  fields: [
    ['xid', 'int'],
    ['zxid', 'long'],
    ['err', 'int'],
  ],
};

export const HANDSHAKE: Shape = {
  fields: [
    ['protocolVersion', 'int'],
    ['timeOut', 'int'],
    ['sessionId', 'long'],
    ['passwd', 'buffer'],
  ],
};

export const OUTCOME_HEADER: Shape = {
  fields: [
    ['type', 'int'],
    ['done', 'boolean'],
    ['err', 'int'],
  ],
};

const nothing: Shape = { fields: [] };
const path: Shape = { fields: [['path', 'string']] };
const stat: Shape = { fields: [['stat', STAT]] };

/** The record of each outcome, by the number of its operation. */
export const OUTCOMES: Readonly<Record<number, readonly [name: string, shape: Shape]>> = {
  1: ['create', path],
  2: ['delete', nothing],
  5: ['setData', stat],
  13: ['check', nothing],
  [-1]: ['error', { fields: [['code', 'int']] }],
};

/** The record behind the header of each frame that the client reads. */
export const BODIES = {
  ping: nothing,
  auth: nothing,
  notification: {
    fields: [
      ['type', 'int'],
      ['state', 'int'],
      ['path', 'string'],
    ],
  },
  exists: stat,
  getData: {
    fields: [
      ['data', 'buffer'],
      ['stat', STAT],
    ],
  },
  getChildren2: {
    fields: [
      ['children', { list: 'string' }],
      ['stat', STAT],
    ],
  },
  getAcl: {
    fields: [
      ['acl', { list: ACL }],
      ['stat', STAT],
    ],
  },
  setAcl: stat,
  setData: stat,
  create: path,
  createContainer: {
    fields: [
      ['path', 'string'],
      ['stat', STAT],
    ],
  },
  delete: nothing,
  sync: path,
  multi: 'outcomes',
  setWatches: nothing,
  removeWatches: nothing,
  closeSession: nothing,
} as const satisfies Readonly<Record<string, Shape>>;

/** The kind of a frame from the server: a reply is named by its request. */
export type FrameKind = 'handshake' | keyof typeof BODIES;

export const FRAME_KINDS = ['handshake', ...Object.keys(BODIES)] as readonly FrameKind[];
