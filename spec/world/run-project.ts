import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scaled } from '../../testing/time-factor.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

// Both runs share the processors.
const PATIENCE = { SPEC_TIME_FACTOR: String(2 * scaled(1)) };

/** The outcome of a vitest run. */
export interface ProjectRun {
  readonly passed: number;
  readonly skipped: readonly { readonly file: string; readonly name: string }[];
  /** The specs that failed or did not run, with the reason, and whatever else went wrong. */
  readonly others: readonly string[];
}

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { status: string; fullName: string; failureMessages: readonly string[] }[];
  }[];
}

/** Runs a project of vitest, or the part of it in these folders, in a process of its own. */
export async function runProject(
  project: string,
  folders: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ProjectRun> {
  const folder = await mkdtemp(join(tmpdir(), 'spec-report-'));
  const file = join(folder, 'report.json');
  const report = ['--reporter', 'json', '--outputFile', file];
  const args = ['vitest', 'run', '--project', project, '--testTimeout', '120000', ...report, ...folders];
  // vitest's own variables would make the child behave as a worker of this run.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name));
  const options = {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), ...PATIENCE, ...env },
    maxBuffer: 2 ** 26,
  };
  try {
    const output = await promisify(execFile)('npx', args, options).then(
      () => null,
      (error: { stdout: string; stderr: string }) => `${error}\n${error.stdout}${error.stderr}`.slice(-4_000),
    );
    const text = await readFile(file, 'utf8').catch(() => null);
    return text === null ? { passed: 0, skipped: [], others: [output ?? 'no report'] } : read(JSON.parse(text), output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function read({ success, testResults }: Report, output: string | null): ProjectRun {
  const all = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((spec) => ({ ...spec, file: relative(ROOT, name) })),
  );
  const skipped = all.filter(({ status }) => status === 'skipped').map(({ file, fullName: name }) => ({ file, name }));
  const specs = all.filter(({ status }) => status !== 'skipped');
  const passed = specs.filter(({ status }) => status === 'passed').length;
  const others = [
    ...testResults.filter(({ status }) => status !== 'passed').map(({ name, message }) => `${name} ${message}`),
    ...specs
      .filter(({ status }) => status !== 'passed')
      .map(({ status, fullName, failureMessages }) => `${status}: ${fullName}\n${failureMessages.join('\n')}`),
  ];
  // Such as an error outside of every spec.
  if (others.length === 0 && !(success && output === null)) others.push(output ?? 'the run failed');
  return { passed, skipped, others };
}
