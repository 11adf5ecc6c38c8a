/** The faults of a storm, with their weights. */
export const STORMS = {
  /** Everything that can go wrong. */
  wild: {
    cut: 6,
    cutAll: 2,
    stall: 3,
    stallOneWay: 3,
    dig: 2,
    digOneWay: 2,
    refuse: 2,
    sayNothing: 2,
    crash: 3,
    crashAll: 1,
    freeze: 2,
    partition: 3,
    behindAlone: 2,
    lag: 3,
    expire: 3,
    block: 2,
    busyLoop: 2,
    slowHandshakes: 3,
    pingsOnly: 1,
    noSetWatches: 2,
    noReading: 1,
    endlessFrames: 2,
    slowNames: 1,
    failingNames: 1,
    hangingNames: 1,
    otherAddresses: 2,
  },
  /** The clients' event loop is busy, in pieces shorter than each session timeout: no session may be lost. */
  busy: { busyLoop: 1 },
  /** Connections end, servers answer handshakes late, and names are slow: no session may be lost. */
  slow: { hangUp: 1 },
} as const;

export type Storm = keyof typeof STORMS;
type KeysOf<T> = T extends unknown ? keyof T : never;
export type Fault = KeysOf<(typeof STORMS)[Storm]>;

/** How often a storm is of each kind. */
export const KINDS: Readonly<Record<Storm, number>> = { wild: 6, busy: 1, slow: 1 };

/** Shares of a session timeout. */
export const SHARES = {
  /** The shortest and the longest piece of a busy loop, in a wild storm. */
  pieces: [0.1, 1.5],
  /** The pieces of a busy loop that may cost no session. */
  harmlessPieces: [0.2, 0.35, 0.5, 0.65, 0.8, 0.9],
  /** The longest first piece: the last ping may be three tenths of a session timeout old by then. */
  firstPiece: 0.6,
  /** Up to which no connection is given up either. */
  unnoticedPiece: 0.5,
  /** For how long a loop stays busy. */
  busy: [0.3, 5],
  /** The longest delay of a handshake's answer, in a wild storm. */
  handshake: [0.05, 0.8],
  /** Those that may cost no session. */
  harmlessHandshake: [0.05, 0.6],
} as const;
