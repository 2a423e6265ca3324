// What the portal remembers from one page of its window to the next: which accounts there were, and what was typed and not
// saved. Never secrets.

/** Texts by name, for as long as the window is there. */
export class Kept {
  readonly #prefix: string;
  readonly #memory = new Map<string, string>();
  readonly #isForPage: boolean;

  /** `isForPage`: until the page goes, and in no storage. A frame stays, and may not be allowed to store anything. */
  constructor(path: string, isForPage: boolean) {
    this.#prefix = `isthmus:${path}:`;
    this.#isForPage = isForPage;
  }

  /** What is kept under a name, if it can still be read. */
  read<T>(name: string): T | undefined {
    const text =
      this.#memory.get(name) ??
      this.#stored((storage) => storage.getItem(this.#prefix + name));
    if (!text) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch {
      return undefined;
    }
  }

  write(name: string, value: object): void {
    const text = JSON.stringify(value);
    this.#memory.set(name, text);
    this.#stored((storage) => storage.setItem(this.#prefix + name, text));
  }

  forget(name: string): void {
    this.#memory.delete(name);
    this.#stored((storage) => storage.removeItem(this.#prefix + name));
  }

  /** Storage may be forbidden, or full: then the page itself remembers. */
  #stored<T>(use: (storage: Storage) => T): T | undefined {
    if (this.#isForPage) return undefined;
    try {
      return use(sessionStorage);
    } catch {
      return undefined;
    }
  }
}
