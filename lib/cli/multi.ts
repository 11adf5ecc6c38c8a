import type { TransactionResult, ZnodeTransaction, ZooKeeperClient } from '../../index.js';
import { Transaction } from '../core/transaction.js';
import { invalidWord } from '../core/validation.js';
import { toCreation } from '../core/znode-arguments.js';
import { JSON_OPTION, SERVER_HELP, SERVER_OPTIONS, toServerArguments } from './arguments.js';
import type { Command } from './command.js';
import { toJsonStat } from './json.js';
import { jsonLine, print } from './output.js';
import { checkPositionals, parse } from './parse.js';
import { type JsonInput, readJsonLines, toBytes, wrongLine } from './read-lines.js';
import { UsageError } from './usage-error.js';
import { withClient } from './with-client.js';

const HELP = `Usage: zk-recipes multi [options] < operations

Does several writes and checks in one transaction: all of them, or none. It reads an
operation per line from stdin, as JSON:
  {"op":"check","path":"/config","version":3}
  {"op":"set","path":"/config","data":"on","version":3}
  {"op":"create","path":"/jobs/job-","data":"...","mode":"persistent-sequential"}
  {"op":"delete","path":"/old","version":0}
version may be left out, and is any then; for check it is needed, and -1 asks only whether
the znode exists. data is text, or with "encoding":"base64" bytes. create may have mode,
ttl in ms, and acl as acl get --json prints it. Nothing is sent before all lines were read
and checked. Prints the paths created. Exit code 3 when a znode is missing, 5 when one
exists, has another version or has children: the message says which, and nothing was done.

${SERVER_HELP}
  -j, --json
      Prints one JSON object per operation, with op and path, for set also with stat.`;

const OPTIONS = { ...SERVER_OPTIONS, ...JSON_OPTION } as const;

interface Operation {
  /** Those that it may have besides `op` and `path`. */
  readonly fields: readonly string[];
  /** Adds it to a transaction, which checks the fields as the arguments of any call. */
  readonly add: (transaction: ZnodeTransaction, path: string, input: JsonInput) => void;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  check: {
    fields: ['version'],
    add: (transaction, path, { fields }) => transaction.check(path, fields.version as number),
  },
  set: {
    fields: ['version', 'data', 'encoding'],
    add: (transaction, path, input) => transaction.setData(path, toBytes(input), versionOf(input)),
  },
  delete: {
    fields: ['version'],
    add: (transaction, path, input) => transaction.delete(path, versionOf(input)),
  },
  create: {
    fields: ['data', 'encoding', 'mode', 'ttl', 'acl'],
    add: (transaction, path, input) => {
      const { mode, ttl, acl } = input.fields;
      if (typeof mode === 'string' && mode.startsWith('ephemeral')) {
        throw wrongLine(input.line, 'an ephemeral znode would be gone with the session of this command');
      }
      const options = Object.entries({ mode, ttl, acl }).filter(([, value]) => value !== undefined);
      transaction.create(path, toBytes(input), Object.fromEntries(options));
    },
  },
};

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, OPTIONS);
  checkPositionals(positionals, []);
  const servers = await toServerArguments(values);
  const inputs: JsonInput[] = [];
  const checked = new Transaction({ toCreation, send: async () => [] });
  const prepare = async (signal: AbortSignal): Promise<void> => {
    for await (const input of readJsonLines(signal)) {
      add(checked, input);
      inputs.push(input);
    }
    if (inputs.length === 0) throw new UsageError('there is no operation on stdin', { needsUsage: true });
  };
  const work = async (client: ZooKeeperClient): Promise<void> => {
    const transaction = client.transaction();
    for (const input of inputs) add(transaction, input);
    const results = await transaction.commit();
    const lines = results.map((result, index) => toLine(result, inputs[index] as JsonInput, values.json));
    await print(lines.join(''));
  };
  return withClient(servers, work, { prepare });
}

function add(transaction: ZnodeTransaction, input: JsonInput): void {
  const { line, fields } = input;
  const { op, path } = fields;
  const operation = typeof op === 'string' && Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
  if (operation === undefined) throw wrongLine(line, invalidWord('op', op, Object.keys(OPERATIONS)).message);
  const known = ['op', 'path', ...operation.fields];
  if (Object.keys(fields).some((name) => !known.includes(name)))
    throw wrongLine(line, `${op} has only the fields ${known.join(', ')}`);
  try {
    operation.add(transaction, path as string, input);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw wrongLine(line, (error as Error).message);
  }
}

function versionOf({ fields }: JsonInput): number {
  return fields.version === undefined ? -1 : (fields.version as number);
}

function toLine(result: TransactionResult, { fields }: JsonInput, isJson: boolean): string {
  const path = result.type === 'create' ? result.path : fields.path;
  const stat = result.type === 'setData' && { stat: toJsonStat(result.stat) };
  if (isJson) return jsonLine({ op: fields.op, path, ...stat });
  return result.type === 'create' ? `${result.path}\n` : '';
}

export const multiCommand: Command = { help: HELP, options: OPTIONS, takesPaths: false, run };
