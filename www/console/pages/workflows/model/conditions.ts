// Conditions as people edit them: groups of which one is enough, each of conditions that all have to hold. Read out of
// what the definition has, and written back in the shortest form; what an operator means is the crate's.

import { isFields, textOf, type Fields, type Json } from "./json.ts";

/** What a condition compares with. */
type Compared = "text" | "texts" | "number" | "time" | "any" | "none";

/** The operators: what people read, and what each compares with. */
export const OPERATORS: readonly (readonly [string, string, Compared])[] = [
  ["$stringContains", "contains", "text"],
  ["$stringDoesNotContain", "does not contain", "text"],
  ["$stringExactlyMatches", "is exactly", "text"],
  ["$stringDoesNotExactlyMatch", "is not exactly", "text"],
  ["$stringIsIn", "is one of", "texts"],
  ["$stringIsNotIn", "is none of", "texts"],
  ["$stringStartsWith", "starts with", "text"],
  ["$stringDoesNotStartWith", "does not start with", "text"],
  ["$stringEndsWith", "ends with", "text"],
  ["$stringDoesNotEndWith", "does not end with", "text"],
  ["$stringGreaterThan", "comes after (text)", "text"],
  ["$stringLessThan", "comes before (text)", "text"],
  ["$numberEquals", "equals (number)", "number"],
  ["$numberDoesNotEqual", "does not equal (number)", "number"],
  ["$numberGreaterThan", "is greater than", "number"],
  ["$numberGreaterThanOrEqualTo", "is at least", "number"],
  ["$numberLessThan", "is less than", "number"],
  ["$numberLessThanOrEqualTo", "is at most", "number"],
  ["$dateTimeAfter", "is after (time)", "time"],
  ["$dateTimeBefore", "is before (time)", "time"],
  ["$dateTimeEquals", "is at (time)", "time"],
  ["$booleanTrue", "is true", "none"],
  ["$booleanFalse", "is false", "none"],
  ["$exists", "exists", "none"],
  ["$doesNotExist", "does not exist", "none"],
  ["$isNotUndefinedOrNull", "is not empty", "none"],
  ["$isUndefinedOrNull", "is empty", "none"],
  ["$arrayIsIn", "has, or is in (list)", "any"],
  ["$arrayIsNotIn", "has not, or is not in (list)", "any"],
  ["$arrayIsEmpty", "is an empty list", "none"],
  ["$arrayIsNotEmpty", "is a list with something in it", "none"],
];

/** A condition, and where it stands in the test: `conditions[0].conditions[1]`. */
interface Condition {
  at: string;
  fields: Fields;
}

/** A condition that nobody has filled in yet. */
export const NEW_CONDITION: Fields = {
  field: "",
  operator: "$stringContains",
  value: "",
};

/** What an operator compares with. */
export const comparedBy = (operator: string): Compared =>
  OPERATORS.find(([name]) => name === operator)?.[2] ?? "any";

/** What an operator reads as. */
const wordsOf = (operator: string) =>
  OPERATORS.find(([name]) => name === operator)?.[1] ?? operator;

/** The groups of a test; nothing when it is of another form. */
export function groupsOf(test: Json | undefined): Condition[][] | undefined {
  if (!isFields(test)) return undefined;
  if (test.operator !== "OR") {
    const group = groupOf(test, "");
    return group && [group];
  }
  if (!Array.isArray(test.conditions)) return undefined;
  const groups = test.conditions.map((one, index) =>
    groupOf(one, `conditions[${index}]`),
  );
  return groups.every((group) => group !== undefined) ? groups : undefined;
}

function groupOf(value: Json, at: string): Condition[] | undefined {
  if (!isFields(value) || value.operator === "OR") return undefined;
  if (value.operator !== "AND") return [{ at, fields: value }];
  if (!Array.isArray(value.conditions)) return undefined;
  const inner = value.conditions.map((fields, index) => {
    const place = `conditions[${index}]`;
    return { at: at ? `${at}.${place}` : place, fields };
  });
  const plain = inner.filter(
    (one): one is Condition =>
      isFields(one.fields) &&
      one.fields.operator !== "AND" &&
      one.fields.operator !== "OR",
  );
  return plain.length === inner.length ? plain : undefined;
}

/** The test of some groups; nothing when no condition is left. */
export function testOf(groups: readonly (readonly Fields[])[]) {
  const inner = groups
    .filter((group) => group.length > 0)
    .map((group): Fields =>
      group.length === 1 && group[0]
        ? group[0]
        : { operator: "AND", conditions: [...group] },
    );
  return inner.length > 1 ? { operator: "OR", conditions: inner } : inner[0];
}

/** A condition with another operator; its value is kept as far as that compares with one like it. */
export function withOperator(condition: Fields, operator: string): Fields {
  const { value, ...rest } = condition;
  const next = { ...rest, operator };
  const compared = comparedBy(operator);
  if (compared === "none") return next;
  if (compared === "texts")
    return { ...next, value: Array.isArray(value) ? value : [textOf(value)] };
  const single = Array.isArray(value) ? value[0] : value;
  return { ...next, value: compared === "any" ? (single ?? "") : kept() };

  function kept(): Json {
    const text = textOf(single);
    return compared === "number" ? numberOf(text) : text;
  }
}

/** The number that a text is; the text where it is none, a placeholder say. */
export function numberOf(text: string): Json {
  const trimmed = text.trim();
  const number = Number(trimmed);
  return trimmed !== "" && Number.isFinite(number) && String(number) === trimmed
    ? number
    : text;
}

/** A test in a line of words. */
export function inWords(test: Json | undefined): string {
  const groups = groupsOf(test);
  if (!groups) return "";
  const one = ({ fields }: Condition) => {
    const field = textOf(fields.field).replaceAll(/\{\{\s*|\s*\}\}/g, "");
    const value =
      comparedBy(textOf(fields.operator)) === "none"
        ? ""
        : ` ${typeof fields.value === "string" ? fields.value : JSON.stringify(fields.value ?? "")}`;
    return `${field || "…"} ${wordsOf(textOf(fields.operator))}${value}`;
  };
  return groups.map((group) => group.map(one).join(" and ")).join(", or ");
}
