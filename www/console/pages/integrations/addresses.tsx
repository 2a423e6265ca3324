// The two addresses that the Zoom app has to know, and where they belong.

import type { Integration, Offer } from "../../api/types/integration.ts";
import { Copyable } from "../../kit/copy.tsx";
import { Badge } from "../../kit/table.tsx";
import { Card } from "../../kit/page.tsx";

interface Props {
  integration: Integration | undefined;
  offer: Offer;
}

/** The card of what is copied into the Zoom app. */
export function Addresses({ integration, offer }: Props) {
  return (
    <Card
      title="In your Zoom app"
      about={
        <>
          Create a <em>General App</em> (user-managed) at{" "}
          <a href="https://marketplace.zoom.us" target="_blank" rel="noopener">
            marketplace.zoom.us
          </a>
          , then copy these two addresses into it.
        </>
      }
      testId="addresses"
    >
      <Copyable
        label="Redirect URL"
        value={integration?.redirect_url ?? offer.redirect_url}
        hint="Basic Information → OAuth Information: OAuth Redirect URL, and in the OAuth Allow List."
        testId="redirect-url"
      />
      <Copyable
        label="Webhook URL"
        value={integration?.webhook_url ?? offer.webhook_url}
        hint="Access → Event Subscription → Webhook: Event notification endpoint URL. Save its Secret Token here before you press Validate there."
        testId="webhook-url"
      />
      {integration && (
        <p class="small">
          {integration.webhook_validated_at ? (
            <Badge mood="good">Webhook validated</Badge>
          ) : (
            <Badge mood="warn">Webhook not validated yet</Badge>
          )}
        </p>
      )}
    </Card>
  );
}
