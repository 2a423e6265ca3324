// Where in a text a placeholder is being written, and the text after one was chosen for it.

/** A placeholder that was begun and not ended. */
export interface Begun {
  /** Where its `{{` stands. */
  start: number;
  /** What was written after it. */
  query: string;
}

/** The placeholder in which the caret stands. */
export function begunAt(text: string, caret: number): Begun | undefined {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf("{{");
  if (start < 0) return undefined;
  const query = before.slice(start + 2);
  // An ended one, a literal text, a default.
  return /\}\}|\n|\?\?|^\s*"/.test(query)
    ? undefined
    : { start, query: query.trim() };
}

/** A text with a placeholder for what was begun in it, and where the caret goes. */
export function placed(
  text: string,
  begun: Begun,
  caret: number,
  path: string,
): { text: string; caret: number } {
  const before = text.slice(0, begun.start);
  const after = text.slice(caret);
  const ended = /^[^\s{}?"]*\s*\}\}/.exec(after);
  const stands = /^[^\s{}?"]*\s*\?\?/.exec(after);
  if (stands && !ended) {
    const inserted = `{{${path} `;
    const rest = after.replace(/^[^\s{}?"]*\s*/, "");
    return {
      text: before + inserted + rest,
      caret: (before + inserted).length,
    };
  }
  const inserted = `{{${path}}}`;
  const rest = ended ? after.slice(ended[0].length) : after;
  return { text: before + inserted + rest, caret: (before + inserted).length };
}
