/** The attribute types that have a name in RFC 2253; others are written as numbers. */
const NAMES = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
]);

/** UTF8, Printable, T61, IA5, General and BMP strings: Java decodes all of them as UTF-8. */
const STRING_TAGS: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16, 0x1b, 0x1e]);
const SEQUENCE = 0x30;
const VERSION = 0xa0;

/** The subject of a certificate in DER, as ZooKeeper's scheme x509 has it: Java's X500Principal.getName(). */
export function subjectOf(certificate: Buffer): string {
  const [tbs] = elements(one(certificate).content);
  if (!tbs) throw new RangeError('the certificate is empty');
  const fields = elements(tbs.content);
  // The serial number, the signature, the issuer and the validity come before it.
  const subject = fields[fields[0]?.tag === VERSION ? 5 : 4];
  if (subject?.tag !== SEQUENCE) throw new RangeError('the certificate has no subject');
  const relative = elements(subject.content).map(({ content }) => elements(content).map(assertion).join('+'));
  return relative.reverse().join(',');
}

function assertion({ content }: Element): string {
  const [type, value] = elements(content);
  if (!type || !value) throw new RangeError('the subject has an incomplete attribute');
  const oid = objectIdentifier(type.content);
  const name = NAMES.get(oid);
  if (name === undefined || !STRING_TAGS.has(value.tag)) return `${name ?? oid}=#${value.whole.toString('hex')}`;
  return `${name}=${escaped(value.content.toString())}`;
}

function escaped(text: string): string {
  return text
    .replaceAll(/[,=+<>#;"\\]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ \r]+|[ \r]+$/g, (ends) => ends.replaceAll(/[ \r]/g, '\\$&'));
}

function objectIdentifier(bytes: Buffer): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of bytes) {
    number = (number << 7n) | BigInt(byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  const [first = 0n, ...rest] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

/** One element of DER. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

function one(bytes: Buffer): Element {
  const tag = bytes.readUInt8(0);
  let length = bytes.readUInt8(1);
  let start = 2;
  if (length >= 0x80) {
    const size = length - 0x80;
    length = bytes.readUIntBE(2, size);
    start += size;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError('the certificate is truncated');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(0, end) };
}

function elements(bytes: Buffer): Element[] {
  const all: Element[] = [];
  for (let rest = bytes; rest.length > 0; rest = rest.subarray(all.at(-1)?.whole.length)) all.push(one(rest));
  return all;
}

const KEYWORDS =
  'CN|C|L|S|ST|O|OU|T|IP|STREET|DC|DNQUALIFIER|DNQ|SURNAME|GIVENNAME|INITIALS|GENERATION|EMAIL|EMAILADDRESS|UID|' +
  'SERIALNUMBER|(?:OID\\.)?[0-2](?:\\.\\d+)+';
const ESCAPED = /\\(?:[\da-f]{2}|[,=\n+<>#;\\" ])/.source;
const HEXADECIMAL = /#(?:[\da-f]{2})+/.source;
const QUOTED = `"(?:[^"\\\\]|${ESCAPED})*"[ \\n]*`;
const PLAIN = `(?:[^ \\n,+<>;"\\\\#]|${ESCAPED})(?:[^,+<>;"\\\\]|${ESCAPED})*`;
/** An attribute of a name as Java parses it, and the separator that follows. */
const ATTRIBUTE = new RegExp(`\\s*(?:${KEYWORDS})\\s*=[ \\n]*(?:${HEXADECIMAL}|${QUOTED}|${PLAIN})?([,;+]|$)`, 'iuy');

/** Whether an ACL may name this subject: whether Java's X500Principal accepts it. */
export function isX500Name(text: string): boolean {
  if (text === '') return true;
  for (let at = 0; ; at = ATTRIBUTE.lastIndex) {
    ATTRIBUTE.lastIndex = at;
    const match = ATTRIBUTE.exec(text);
    if (!match) return false;
    if (match[1] === '') return true;
  }
}
