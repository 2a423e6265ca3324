// JSON as it is edited: nothing is known of it but that it is JSON. Readers that take what is there and fall back where
// something else stands, so that a definition in any state can be shown.

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | Fields;

/** A JSON object. */
export interface Fields {
  [name: string]: Json | undefined;
}

/** Whether it is an object. */
export const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object that is there, or one without fields. */
export const fieldsOf = (value: Json | undefined): Fields =>
  isFields(value) ? value : {};

/** The objects of the list that is there. */
export const listOf = (value: Json | undefined): Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf) : [];

/** The text that is there, a number or a boolean as text, or nothing. */
export const textOf = (value: Json | undefined): string => {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
};

/** Whether two values are the same JSON, whatever the order of fields. */
export function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return (
      one.length === other.length &&
      one.every((item, index) => same(item, other[index]))
    );
  if (!isFields(one) || !isFields(other)) return false;
  const [some, others] = [one, other].map((fields) =>
    Object.keys(fields).filter((name) => fields[name] !== undefined),
  ) as [string[], string[]];
  return (
    some.length === others.length &&
    some.every((name) => same(one[name], other[name]))
  );
}

/** A copy with this field set; without it for `undefined`. */
export function withField(
  fields: Fields,
  name: string,
  value: Json | undefined,
): Fields {
  const { [name]: _, ...rest } = fields;
  if (value === undefined) return rest;
  return name in fields
    ? { ...fields, [name]: value }
    : { ...rest, [name]: value };
}

/** Each text in a value, changed. */
export function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      inner === undefined ? inner : mapTexts(inner, change),
    ]),
  );
}
