import { randomBytes } from 'node:crypto';

/** A secret that no other text contains. It is neither a host name, nor the name of a scheme, nor a word. */
export const SECRET = `s3cr3t#${randomBytes(8).toString('hex')}`;

/** The texts that betray it: also its bytes, as other encodings show them. */
export const TRACES: readonly string[] = [
  SECRET.slice(7),
  Buffer.from(SECRET).toString('base64').slice(0, 12),
  Buffer.from(SECRET).toString('hex'),
  inspectedBytes(SECRET),
];

function inspectedBytes(text: string): string {
  return Buffer.from(text).toString('hex').match(/../g)?.slice(0, 12).join(' ') ?? '';
}

/** An object that gives its secret away to all who convert, print or open it. */
function talkative(): object {
  const tell = (): string => SECRET;
  return {
    password: SECRET,
    get auth() {
      return SECRET;
    },
    toString: tell,
    toJSON: tell,
    valueOf: tell,
    [Symbol.toPrimitive]: tell,
    [Symbol.for('nodejs.util.inspect.custom')]: tell,
    [Symbol.toStringTag]: SECRET,
  };
}

/** The texts in which users write a secret. */
export const TEXTS: readonly string[] = [
  SECRET,
  ` ${SECRET}`,
  `user:${SECRET}`,
  `digest:user:${SECRET}`,
  `user:${SECRET}@zk:2181`,
  `zk://user:${SECRET}@zk:2181/app`,
  `${SECRET}://zk`,
  `-${SECRET}`,
  `--${SECRET}`,
  `{"password":"${SECRET}"}`,
  `${SECRET}\n${SECRET}`,
  SECRET.repeat(50),
];

/** Every other shape that a value with a secret in it can have. Made for each call, so that none sees another's. */
export const SHAPES: Readonly<Record<string, () => unknown>> = {
  'an object': () => ({ password: SECRET, scheme: 'digest', auth: `user:${SECRET}` }),
  'an object with the secret as a key': () => ({ [SECRET]: true }),
  'an object without a prototype': () => Object.assign(Object.create(null), { password: SECRET }),
  'an object that gives it away': talkative,
  'an object whose getters throw': () => ({
    password: SECRET,
    get [SECRET]() {
      throw new Error('thrown by a getter');
    },
  }),
  'an object in objects': () => ({ auth: { digest: { user: SECRET } } }),
  'an array': () => [SECRET],
  'an array of arrays': () => [['digest', `user:${SECRET}`]],
  'an array of objects': () => [{ digest: `user:${SECRET}` }, { password: SECRET }],
  'an array of entries with swapped fields': () => [{ scheme: `user:${SECRET}`, auth: 'digest' }],
  'an array of ACL entries in the wrong shape': () => [{ perms: SECRET, scheme: [SECRET], id: { user: SECRET } }],
  'an array of talkative objects': () => [talkative()],
  'a Buffer': () => Buffer.from(SECRET),
  'a Uint8Array': () => new TextEncoder().encode(SECRET),
  'an ArrayBuffer': () => new TextEncoder().encode(SECRET).buffer,
  'a DataView': () => new DataView(new TextEncoder().encode(SECRET).buffer),
  'a Map': () => new Map([[SECRET, SECRET]]),
  'a Set': () => new Set([SECRET]),
  'a symbol': () => Symbol(SECRET),
  'a function': () => Object.defineProperty(() => {}, 'name', { value: SECRET }),
  'a class': () => Object.defineProperty(class {}, 'name', { value: SECRET }),
  'a boxed string': () => new String(SECRET),
  'a URL': () => new URL(`zk://user:${encodeURIComponent(SECRET)}@zk:2181/${SECRET.slice(7)}`),
  'an Error': () => new Error(SECRET, { cause: new Error(SECRET) }),
  'a Proxy': () => new Proxy({ password: SECRET }, {}),
  'a Proxy of an array': () => new Proxy([SECRET], {}),
  'a Proxy of a function': () => new Proxy(() => {}, { get: () => SECRET }),
  'an instance of a class': () =>
    new (class Credentials {
      readonly password = SECRET;
      toString(): string {
        return SECRET;
      }
    })(),
};
