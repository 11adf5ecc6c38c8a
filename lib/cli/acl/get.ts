import { JSON_OPTION, SERVER_OPTIONS, toServerArguments } from '../arguments.js';
import { toJsonStat } from '../json.js';
import { print, printJson } from '../output.js';
import { parse } from '../parse.js';
import { forEachPath, toPaths } from '../several.js';
import { statLines } from '../stat-lines.js';
import { withClient } from '../with-client.js';
import { aclText } from './acl-text.js';

export const GET_OPTIONS = {
  ...SERVER_OPTIONS,
  stat: { type: 'boolean', short: 's', default: false },
  ...JSON_OPTION,
} as const;

/** Prints the access control lists of znodes. */
export async function get(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, GET_OPTIONS);
  const paths = toPaths(positionals);
  return withClient(await toServerArguments(values), (client, signal) =>
    forEachPath(paths, signal, async (path) => {
      const { acl, stat } = await client.getAcl(path);
      if (values.json) return printJson({ path, acl, stat: toJsonStat(stat) });
      const heading = paths.length > 1 ? [`${path}\n`] : [];
      const lines = [...heading, ...acl.map((entry) => `${aclText(entry)}\n`)];
      return print(lines.join('') + (values.stat ? statLines(stat) : ''));
    }),
  );
}
