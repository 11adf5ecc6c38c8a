import { describeDefects } from './describe-defects.js';

describeDefects('chaos');
