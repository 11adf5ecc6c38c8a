import { parseArgs } from 'node:util';
import { codeOf } from '../core/errors.js';
import { nearestWord } from '../core/validation.js';
import type { CommandOptions } from './command.js';
import { adviceOnOption } from './foreign-words.js';
import { UsageError } from './usage-error.js';

/** Options by name, and the positional arguments. */
type Parsed<O extends CommandOptions> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>
>;

/** Separates options from positional arguments. */
export function parse<const O extends CommandOptions>(args: readonly string[], options: O): Parsed<O> {
  checkLongNames(args, options);
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(messageOf(error as Error, options));
  }
}

/** Throws when a required argument is missing, or when there are too many. */
export function checkPositionals(positionals: readonly string[], required: readonly string[], optional = 0): void {
  const missing = required[positionals.length];
  if (missing !== undefined) throw new UsageError(`which ${missing}?`, { needsUsage: true });
  const most = required.length + optional;
  if (positionals.length <= most) return;
  // Not shown: it may be the second word of data without quotes.
  const message = `unexpected argument ${most + 1} (an argument with spaces needs quotes)`;
  throw new UsageError(message, { needsUsage: true });
}

/** The options that come first, and the arguments after them. */
interface LeadingOptions {
  readonly leading: readonly string[];
  readonly rest: readonly string[];
}

/** Separates the options before the first other argument, such as the name of a command. */
export function splitLeadingOptions(args: readonly string[], options: CommandOptions): LeadingOptions {
  let end = 0;
  for (let argument = args[end]; argument?.startsWith('-') && argument !== '--'; argument = args[end]) {
    end += takesValue(argument, options) ? 2 : 1;
  }
  return { leading: args.slice(0, end), rest: args.slice(end) };
}

/** Throws for an option that is not among these. */
export function checkKnown(args: readonly string[], options: CommandOptions): void {
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] as string;
    const [name = ''] = argument.split('=', 1);
    if (takesValue(argument, options)) index += 1;
    else if (optionOf(name, options) === undefined) throw new UsageError(unknownOption(name, options));
  }
}

/** Whether the argument is an option whose value is the next argument. */
function takesValue(argument: string, options: CommandOptions): boolean {
  return optionOf(argument, options)?.type === 'string';
}

/** The option of a name with its dashes. */
export function optionOf(name: string, options: CommandOptions): CommandOptions[string] | undefined {
  if (name.startsWith('--')) return Object.hasOwn(options, name.slice(2)) ? options[name.slice(2)] : undefined;
  return Object.values(options).find(({ short }) => short !== undefined && name === `-${short}`);
}

/** The options of zkCli have a single dash, and would pass for several short ones. */
function checkLongNames(args: readonly string[], options: CommandOptions): void {
  const end = args.indexOf('--');
  for (const argument of end < 0 ? args : args.slice(0, end)) {
    if (/^-[a-z]{2,}$/i.test(argument)) {
      const advice = adviceOnOption(argument) ?? wordAdvice(argument, options);
      if (advice !== undefined) throw new UsageError(advice);
    }
  }
}

function wordAdvice(argument: string, options: CommandOptions): string | undefined {
  const name = argument.slice(1);
  return Object.hasOwn(options, name) ? `unknown option ${argument}, did you mean --${name}?` : undefined;
}

function messageOf(error: Error, options: CommandOptions): string {
  const [, name = ''] = /^(?:Unknown option|Option) '(?:-\w, )?(--?[^\s'=]+)/.exec(error.message) ?? [];
  if (codeOf(error) === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return unknownOption(name, options);
  const option = optionOf(name, options);
  if (option === undefined) return error.message;
  if (option.type === 'boolean') return `${name} takes no value`;
  return `${name} needs a value; one that begins with a dash is given as ${name}=-1`;
}

/** Names the option only when it is surely none of the data, which may be a secret. */
function unknownOption(name: string, options: CommandOptions): string {
  const advice = adviceOnOption(name);
  if (advice !== undefined) return advice;
  const near = nearestWord(
    name,
    Object.keys(options).map((known) => `--${known}`),
  );
  if (name.startsWith('--') && near !== undefined) return `unknown option ${name}, did you mean ${near}?`;
  return 'there is no such option. Put data that begins with a dash last, after --';
}
