/** The object with these methods in place of its own. The others run on the object itself. */
export function withMethods<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, key) {
      const value: unknown = Object.hasOwn(methods, key) ? Reflect.get(methods, key) : Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
