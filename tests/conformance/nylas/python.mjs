// How Python spells what the published client sends: JSON and queries.

/** JSON as Python's `json.dumps` writes it: blanks after `,` and `:`, nothing but printable ASCII. */
export function dumped(value) {
  if (Array.isArray(value)) return `[${value.map(dumped).join(", ")}]`;
  if (value === null || typeof value !== "object") {
    const escape = (unit) =>
      `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(value).replace(/[^ -~]/g, escape);
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${dumped(name)}: ${dumped(member)}`,
  );
  return `{${members.join(", ")}}`;
}

/** A query as Python's `quote_plus` writes it. */
export function encoded(query) {
  const quoted = (value) =>
    encodeURIComponent(value)
      .replaceAll("%20", "+")
      .replace(
        /[!'()*]/g,
        (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
      );
  return Object.entries(query)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join("&");
}
