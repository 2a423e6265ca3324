// What of a definition may be kept in the browser: everything but secrets. Told by where a text stands and what it is
// called, in a definition of any form; whether a secret belongs there at all is the crate's to say.

import { isFields, textOf, type Json } from "./json.ts";

/** A value without its secrets. */
interface Masked<T extends Json> {
  value: T;
  /** The places whose values were left out: `steps[1].inputs.authorization.token`. */
  leftOut: string[];
}

/** Names of what is secret; the crate's for headers, and some more. */
const NAMES =
  "authorization|api[-_]?key|access[-_]?key|private[-_]?key|token|secret|passw|cookie|credential";

const SECRET_NAME = new RegExp(NAMES, "i");

/** What names the value that stands beside it: in a list of headers, in a condition. */
const NAMING = ["name", "key", "header", "field"];

/** Texts for people. */
const PROSE = ["name", "description", "label", "help"];

/** Placeholders without defaults, and what says of which kind they are: `Bearer {{secrets.zoom}}`. */
const PLACEHOLDER =
  /^\s*(?:(?:bearer|basic|token|bot|key|api-?key)\s+|[a-z_-]{1,16}=)?(?:\{\{[^{}?]*\}\}[\s:]*)+$/i;

/** A secret in a text that is called something: `"token": "…`, `?api_key=…`, also with escaped quotes. */
const CALLED = new RegExp(
  String.raw`(?:${NAMES})[\w-]*["'\\\s]*[:=]["'\\\s]*` +
    String.raw`(?!["'\\\s,}&]|$|(?:(?:bearer|basic|token)\s+)?\{\{[^{}?]*\}\}(?:["'\\\s,}&]|$))`,
  "i",
);

const BEARER = /\bbearer\s+(?!\{\{)\S{6,}/i;

/** What a text must not have in it that cannot be read. */
const TELLING =
  /authorization|key|token|secret|passw|cookie|credential|bearer|basic|\bsk_|\\u/i;

/** Whether a text that is no JSON yet may be kept. */
export const isKeepable = (text: string) => !TELLING.test(text);

/** A copy in which every secret is an empty text. */
export function masked<T extends Json>(value: T): Masked<T> {
  const leftOut: string[] = [];
  const copy = walked(value, "", isHere, (at) => {
    leftOut.push(at);
    return "";
  });
  return { value: copy as T, leftOut };
}

/** Whether what stands somewhere is a secret. */
type Tells = (value: string | number) => boolean;

const isHere: Tells = (value) =>
  typeof value === "string" && (CALLED.test(value) || BEARER.test(value));

const isInside: Tells = (value) =>
  typeof value === "number" || !(value === "" || PLACEHOLDER.test(value));

const nowhere: Tells = () => false;

const isUnknownKind: Tells = (value) => !/^(bearer|basic)?$/.test(`${value}`);

function walked(
  value: Json,
  at: string,
  tells: Tells,
  leaveOut: (at: string) => Json,
): Json {
  if (Array.isArray(value))
    return value.map((one, index) =>
      walked(one, `${at}[${index}]`, tells, leaveOut),
    );
  if (isFields(value)) {
    const named = NAMING.some((name) => SECRET_NAME.test(textOf(value[name])));
    const entries = Object.entries(value).map(([name, inner = null]) => {
      const place = at ? `${at}.${name}` : name;
      return [
        name,
        walked(inner, place, tellsOf(name, named, tells), leaveOut),
      ];
    });
    return Object.fromEntries(entries) as Json;
  }
  const isPlain = typeof value === "string" || typeof value === "number";
  return isPlain && tells(value) ? leaveOut(at) : value;
}

/** What tells a secret in the field of this name. */
function tellsOf(name: string, isNamed: boolean, around: Tells): Tells {
  if (around === isInside) {
    if (name === "type") return isUnknownKind;
    return name === "username" ? isHere : isInside;
  }
  if (SECRET_NAME.test(name) || (isNamed && name === "value")) return isInside;
  return PROSE.includes(name) ? nowhere : isHere;
}
