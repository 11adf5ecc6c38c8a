import { describeDefects } from './describe-defects.js';

describeDefects('properties');
