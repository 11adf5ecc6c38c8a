/// <reference types="node" preserve="true" />

/**
 * The conformance suite for those who write a client of their own, or an adapter: {@link conformanceTests}.
 *
 * @module zk-recipes/testing
 */

export type { CoordinationClient } from '../../lib/core/coordination-client.js';
export { conformanceTests } from './conformance-tests.js';
export type { ConformanceEnvironment, ConformanceSubject, ConformanceTest } from './environment.js';
