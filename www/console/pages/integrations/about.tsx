// How an integration is doing.

import type { Integration } from "../../api/types/integration.ts";
import { ButtonLink } from "../../kit/button.tsx";
import { Fact, Facts, Id } from "../../kit/facts.tsx";
import { Notice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { Badge, Time } from "../../kit/table.tsx";
import { accounts, counted } from "../../kit/words.ts";
import { Status } from "./status.tsx";

interface Props {
  project: string;
  integration: Integration;
  /** Where its settings are. */
  settings: string;
}

/** The Overview of an integration. */
export function About({ project, integration, settings }: Props) {
  const { grants, scopes, webhook_validated_at } = integration;
  return (
    <>
      {!webhook_validated_at && integration.status === "active" && (
        <Notice kind="info" title="Zoom has not validated the webhook yet">
          <p>
            Accounts can be connected; events of Zoom do not arrive.{" "}
            <a href={settings}>The settings</a> have the Webhook URL, and say
            where it belongs.
          </p>
        </Notice>
      )}
      <Card title="Overview" testId="about">
        <Facts>
          <Fact name="Status">
            <Status integration={integration} />
          </Fact>
          <Fact name="Project ID">
            <Id label="Project ID" id={project} />
          </Fact>
          <Fact name="Integration ID">
            <Id label="Integration ID" id={integration.id} />
          </Fact>
          <Fact name="Connected accounts">
            <a href={`/console/projects/${project}/users`}>
              {accounts(grants)}
            </a>
          </Fact>
          <Fact name="Scopes">
            {scopes.length > 0
              ? counted(scopes.length, "scope")
              : "What the Zoom app is registered for"}
          </Fact>
          <Fact name="Secret Token">
            {integration.has_webhook_secret ? (
              <Badge mood="good">Set</Badge>
            ) : (
              <Badge mood="warn">Missing</Badge>
            )}
          </Fact>
          <Fact name="Webhook validated">
            <Time at={seconds(webhook_validated_at)} />
          </Fact>
          <Fact name="Set up">
            <Time at={seconds(integration.created_at)} />
          </Fact>
          <Fact name="Last changed">
            <Time at={seconds(integration.updated_at)} />
          </Fact>
        </Facts>
        {grants === 0 && (
          <div class="actions">
            <ButtonLink href={`/console/projects/${project}/users`}>
              Connect a first user
            </ButtonLink>
          </div>
        )}
      </Card>
    </>
  );
}

const seconds = (milliseconds: number | null) =>
  milliseconds === null ? null : milliseconds / 1000;
