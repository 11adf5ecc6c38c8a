import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findChromium } from '../../testing/find-chromium.js';
import { Consumer } from './consumer.js';

/** The part of playwright-core that is used here. */
interface Playwright {
  chromium: { launch(options: object): Promise<Browser> };
}

interface Browser {
  newContext(): Promise<Context>;
  close(): Promise<void>;
}

export interface Context {
  newPage(): Promise<Page>;
  setOffline(isOffline: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<T>(code: string): Promise<T>;
  textContent(selector: string): Promise<string | null>;
  setInputFiles(selector: string, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void>;
  click(selector: string): Promise<void>;
  on(event: 'pageerror' | 'console', listener: (value: unknown) => void): void;
}

/** A browser, and an application that a bundler has made of the packed package. */
export class Chromium implements AsyncDisposable {
  /** The application for browsers: a module. */
  readonly script: string;
  /** A temporary folder. */
  readonly folder: string;
  readonly #consumer: Consumer;
  readonly #browser: Browser;

  private constructor(consumer: Consumer, browser: Browser, script: string) {
    this.#consumer = consumer;
    this.#browser = browser;
    this.folder = consumer.folder;
    this.script = script;
  }

  /** @param application its source */
  static async start(application: string): Promise<Chromium> {
    const executablePath = await findChromium();
    const consumer = await Consumer.install('esbuild@0.28', 'playwright-core@1');
    await consumer.write('app.js', application);
    const built = await consumer.run(
      'npx',
      ...['esbuild', 'app.js', '--bundle', '--format=esm', '--platform=browser', '--outfile=bundle.js'],
    );
    expect(built).toMatchObject({ code: 0 });
    const script = await readFile(join(consumer.folder, 'bundle.js'), 'utf8');
    const { chromium } = createRequire(join(consumer.folder, 'package.json'))('playwright-core') as Playwright;
    return new Chromium(consumer, await chromium.launch({ executablePath, args: ['--no-sandbox'] }), script);
  }

  newContext(): Promise<Context> {
    return this.#browser.newContext();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#consumer.remove();
  }
}
