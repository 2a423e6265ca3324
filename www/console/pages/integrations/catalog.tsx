// What a project has set up, and what it can set up.

import { integrationsOf } from "../../api/integrations.ts";
import type { Integrations, Offer } from "../../api/types/integration.ts";
import { useLoaded } from "../../api/use.ts";
import { ButtonLink } from "../../kit/button.tsx";
import { Loading } from "../../kit/notice.tsx";
import { Page } from "../../kit/page.tsx";
import { accounts } from "../../kit/words.ts";
import { Logo } from "./logo.tsx";
import { Status } from "./status.tsx";
import "./integrations.css";

/** The integrations of a project, and the catalog. */
export function Catalog({ project }: { project: string }) {
  const base = `/console/projects/${project}/integrations`;
  const loaded = useLoaded(
    (signal) => integrationsOf(project, signal),
    [project],
  );
  const { value } = loaded;
  return (
    <Page title="Integrations">
      <Loading what="the integrations" of={loaded} />
      {value && <Connected base={base} {...value} />}
      {value && <Offers base={base} {...value} />}
    </Page>
  );
}

type Props = Integrations & { base: string };

function Connected({ base, integrations, catalog }: Props) {
  if (integrations.length === 0)
    return (
      <p class="quiet">
        Nothing is set up yet. Choose an integration: your users can connect
        their accounts when it is.
      </p>
    );
  return (
    <section class="shelf" aria-labelledby="connected" data-testid="connected">
      <h2 id="connected">Connected</h2>
      <ul class="offers">
        {integrations.map((one) => (
          <li key={one.id} class="card offer">
            <Logo color={one.accent_color || colorOf(catalog, one.provider)} />
            <div>
              <h3>
                <a href={`${base}/${one.provider}`}>{one.name}</a>
              </h3>
              <p class="quiet small">
                {accounts(one.grants, "connected account")}
              </p>
            </div>
            <Status integration={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const colorOf = (catalog: readonly Offer[], provider: string) =>
  catalog.find((offer) => offer.provider === provider)?.brand_color;

function Offers({ base, integrations, catalog }: Props) {
  return (
    <section class="shelf" aria-labelledby="catalog" data-testid="catalog">
      <h2 id="catalog">Catalog</h2>
      <ul class="offers">
        {catalog.map(({ provider, name, description, brand_color }) => (
          <li key={provider} class="card offer">
            <Logo color={brand_color} />
            <div>
              <h3>{name}</h3>
              <p class="quiet small">{description}</p>
            </div>
            {integrations.some((one) => one.provider === provider) ? (
              <ButtonLink small href={`${base}/${provider}?tab=settings`}>
                Settings
              </ButtonLink>
            ) : (
              <ButtonLink
                small
                kind="primary"
                href={`${base}/${provider}?tab=settings`}
                testId={`set-up-${provider}`}
              >
                Set up
              </ButtonLink>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
