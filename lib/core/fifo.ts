/** A first-in, first-out queue whose `shift` does not move the items behind it. */
export class Fifo<T> {
  /** The number of items. Not to be set from outside. */
  length = 0;
  #items: (T | undefined)[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
    this.length += 1;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    this.length -= 1;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes out the items that match, in order. */
  extract(matches: (item: T) => boolean): T[] {
    const out: T[] = [];
    const rest: T[] = [];
    for (const item of this.#items.slice(this.#head) as T[]) (matches(item) ? out : rest).push(item);
    this.#items = rest;
    this.length = rest.length;
    this.#head = 0;
    return out;
  }
}
