import { runScenario } from './scenario.js';

// Faked before the package is loaded.
runScenario();
