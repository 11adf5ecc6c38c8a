import { afterEach, jest } from '@jest/globals';
import { runScenario } from './scenario.js';

afterEach(() => jest.useRealTimers());

runScenario(() =>
  jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'nextTick'] }),
);
