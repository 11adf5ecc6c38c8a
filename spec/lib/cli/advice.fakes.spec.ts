import { expect, it } from 'vitest';
import { printDiagnostic } from '../../../lib/cli/stderr.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { serverError } from '../../../lib/protocol/server-error.js';
import { replaceProperty } from '../../../testing/replace-property.js';

/** The line of a message. */
function lineOf(message: string): string {
  let printed = '';
  const restore = replaceProperty(process.stderr, 'write', ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stderr.write);
  printDiagnostic(message);
  restore();
  return printed;
}

const answers = Object.values(ServerCode).flatMap((code) =>
  ['getData /a', 'create /a/b', 'create /a'].map((call) => {
    const [operation = '', path = ''] = call.split(' ');
    return serverError(code, operation, path).message;
  }),
);

it.each(answers)('gives no advice about functions of the library: %s', (message) => {
  expect(lineOf(message)).not.toMatch(/\(\)|\('|\{/);
});

it.each([
  ['getData', '/a', ServerCode.NO_NODE, 'there is no such znode: create it'],
  ['create', '/a/b', ServerCode.NO_NODE, 'its parent /a does not exist: create it first, or give --parents'],
  [
    'create',
    '/a',
    ServerCode.NO_NODE,
    'the chroot of the connect string does not exist: create / --parents creates it',
  ],
  ['delete', '/a', ServerCode.NOT_EMPTY, 'the znode has children: delete them first, or give --recursive'],
  ['getData', '/a', ServerCode.NO_AUTH, 'the ACL does not allow it: see --auth, and acl get'],
])('names the option or command in place of a function: %s %s, %i', (operation, path, code, advice) => {
  const { message } = serverError(code, operation, path);
  expect(lineOf(message)).toMatch(new RegExp(`: ${advice.replace(/[{}()]/g, '.')}\n$`));
});
