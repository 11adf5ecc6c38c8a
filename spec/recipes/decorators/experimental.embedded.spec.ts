import ts from 'typescript';
import { transformWithEsbuild } from 'vite';
import { describe, expect, it } from 'vitest';
import { dataWatch, InvalidArgumentError } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';

/** The type of a decorator for code that is compiled without types. */
type AnyDecorator = (...args: unknown[]) => never;

const SOURCE = `
export const define = (onData: any) => {
  class Service {
    @onData() onData() {}
  }
};
export const defineStatic = (onData: any) => {
  class Service {
    @onData() static onData() {}
  }
};`;

const compilerOptions = { experimentalDecorators: true };

const compilers: Record<'tsc' | 'esbuild', () => Promise<string>> = {
  async tsc() {
    return ts.transpile(SOURCE, { ...compilerOptions, target: ts.ScriptTarget.ES2022 });
  },
  async esbuild() {
    return (await transformWithEsbuild(SOURCE, 'legacy.ts', { loader: 'ts', tsconfigRaw: { compilerOptions } })).code;
  },
};

describe('at the definition of the class', () => {
  it.for(['tsc', 'esbuild'] as const)(
    'experimentalDecorators, compiled by %s, get an error with the remedy',
    async (compiler) => {
      const onData = () => dataWatch(new FakeClient(), '/a') as unknown as AnyDecorator;
      const url = `data:text/javascript;base64,${Buffer.from(await compilers[compiler]()).toString('base64')}`;
      const { define, defineStatic } = await import(/* @vite-ignore */ url);
      for (const inClass of [define, defineStatic]) {
        expect(() => inClass(onData)).toThrow(InvalidArgumentError);
        expect(() => inClass(onData)).toThrow(
          /onData .*experimentalDecorators.*dataWatch\(client, path\)\(.*this\.onData/s,
        );
      }
    },
  );
});
