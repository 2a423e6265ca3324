// What is wrong, and where it is shown. The crate reads a definition up to the first thing that it cannot read; here the
// rest is asked for as well, so that one half-written field does not hide all others.

import type { Complaint } from "../../../api/client.ts";
import type { Rules } from "../../../wasm.ts";
import type { Fields } from "./json.ts";
import { neutralAt } from "./neutral.ts";
import { isWithin } from "./place.ts";

/** What the crate makes of a definition in any state. */
interface Checked {
  complaints: Complaint[];
  /** The definition with something harmless for what cannot be read, for the variables and the previews. */
  readable: Fields;
}

/** So many unreadable places are looked for. */
const MOST = 20;

/** Checks a definition; what cannot be read is named, something harmless stands for it, and the rest is checked. */
export function checked(
  rules: Rules,
  definition: Fields,
  secrets: readonly string[] | undefined,
): Checked {
  const found: Complaint[] = [];
  let readable = definition;
  for (let count = 0; count < MOST; count++) {
    const complaints = rules.check(readable, secrets);
    const [first] = complaints;
    const isRead = rules.variables(readable, "").length > 0;
    if (!first || isRead) {
      // What was taken out is not missing.
      const rest = complaints.filter(
        ({ at }) => !found.some((one) => isWithin(one.at, at)),
      );
      return { complaints: [...found, ...rest], readable };
    }
    const isAgain = found.some(({ at }) => at === first.at);
    if (!isAgain) found.push(first);
    if (isAgain || !first.at) break;
    readable = neutralAt(readable, first.at);
  }
  return { complaints: found, readable };
}

/** Those of one place, in words; what is deeper says where. */
export function wrongAt(
  complaints: readonly Complaint[],
  place: string,
): string | undefined {
  const here = complaints.filter(({ at }) => isWithin(at, place));
  const words = here.map(({ at, message }) => {
    const inner = at.slice(place.length).replace(/^\./, "");
    return inner ? `${inner}: ${message}` : message;
  });
  return words.length > 0 ? words.join("\n") : undefined;
}
