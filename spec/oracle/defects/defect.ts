import type { Rule } from '../rules.js';

/** The attacks that hold the rules about calls: each must catch each defect. */
export const ATTACKS = ['properties', 'simulation', 'chaos', 'faults'] as const;
export type Attack = (typeof ATTACKS)[number];

/** A fault planted in the library, at run time and in the process of a spec alone. */
export interface Defect {
  readonly name: string;
  /** The rule that it breaks. A defect may break others besides. */
  readonly rule: Rule;
  /** Returns a function that takes it out again. */
  plant(): () => void;
}

/** Replaces a method by one that gets the original; returns a function that restores it. */
export function replaceMethod<T extends object, K extends keyof T & string>(
  prototype: T,
  name: K,
  wrap: (original: T[K]) => T[K],
): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, { value: wrap(prototype[name]), configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(prototype, name, own);
    else Reflect.deleteProperty(prototype, name);
  };
}
