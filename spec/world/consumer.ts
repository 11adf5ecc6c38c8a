import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

/** What a program printed, and how it ended. */
export interface Run {
  readonly code: number;
  readonly output: string;
}

/** A project of a user, in which the packed package and other packages are installed. */
export class Consumer {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes an empty project, which the caller removes. */
  static async install(...packages: readonly string[]): Promise<Consumer> {
    const consumer = await Consumer.empty();
    await consumer.write('package.json', '{ "name": "consumer", "private": true, "type": "module" }');
    await consumer.#add(packages);
    return consumer;
  }

  /** Copies a project with the versions of its lockfile, which the caller removes. */
  static async copy(project: string, ...packages: readonly string[]): Promise<Consumer> {
    const consumer = await Consumer.empty();
    await cp(project, consumer.folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
    await consumer.#add(packages);
    return consumer;
  }

  /** Makes an empty folder, which the caller removes. */
  static async empty(): Promise<Consumer> {
    return new Consumer(await mkdtemp(join(tmpdir(), 'spec-consumer-')));
  }

  async #add(packages: readonly string[]): Promise<void> {
    const { code, output } = await this.run(
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      inject('tarball'),
      ...packages,
    );
    if (code === 0) return;
    await this.remove();
    throw new Error(`npm could not install ${packages.join(', ')}:\n${output}`);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text);
  }

  /** Runs a program in the project, with the environment of a user's shell. */
  async run(program: string, ...args: readonly string[]): Promise<Run> {
    return execute(this.folder, program, args);
  }

  /** Runs a module elsewhere, where no package can be found. */
  async runAlone(file: string): Promise<Run> {
    const folder = await mkdtemp(join(tmpdir(), 'spec-alone-'));
    try {
      await copyFile(join(this.folder, file), join(folder, basename(file)));
      return await execute(folder, process.execPath, [basename(file)]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function execute(cwd: string, program: string, args: readonly string[]): Promise<Run> {
  // vitest's own variables would make a test runner in the project behave as a worker of this one.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$)/.test(name),
  );
  const env = Object.fromEntries(inherited);
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], { cwd, env, timeout: 240_000 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, output: `${error}\n${stdout}${stderr}` };
  }
}
