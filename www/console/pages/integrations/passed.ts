// Whether the integration as it is now has passed a check, as far as this browser knows. The Worker does not keep what a
// check found; a connected account shows as much.

import { store, stored } from "../../kit/store.ts";
import type { Checked, Integration } from "../../api/types/integration.ts";

const place = (id: string) => `isthmus-passed:${id}`;

/** Remembers what a check found. */
export function remember(integration: Integration, checked: Checked) {
  const passed = checked.findings.every(({ status }) => status !== "wrong");
  const of = passed ? String(integration.updated_at) : undefined;
  store("local", place(integration.id), of);
}

/** Whether nothing was wrong since it was last changed. */
export const hasPassed = (integration: Integration) =>
  integration.grants > 0 ||
  stored("local", place(integration.id)) === String(integration.updated_at);
