import { createRequire } from 'node:module';
import type typescript from 'typescript';

/** Loaded by require, because Node reads so large a CommonJS file twice for an import. */
export const ts: typeof typescript = createRequire(import.meta.url)('typescript');
