// How an integration is doing, in a word.

import type { Integration } from "../../api/types/integration.ts";
import { Badge } from "../../kit/table.tsx";

/** The state of an integration. */
export function Status({ integration }: { integration: Integration }) {
  if (integration.status === "deleting")
    return <Badge mood="warn">Being deleted</Badge>;
  if (!integration.webhook_validated_at)
    return <Badge mood="warn">Connected, no events yet</Badge>;
  return <Badge mood="good">Connected</Badge>;
}
