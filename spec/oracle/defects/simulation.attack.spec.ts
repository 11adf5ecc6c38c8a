import { describeDefects } from './describe-defects.js';

describeDefects('simulation');
