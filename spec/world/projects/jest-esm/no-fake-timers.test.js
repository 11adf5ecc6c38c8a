import { runScenario } from './scenario.js';

runScenario();
