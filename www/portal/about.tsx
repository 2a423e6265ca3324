// What the integration is and what connecting it allows, in plain words.

import type { Portal } from "./backend.ts";
import { abilitiesOf, fill, text } from "./words.ts";

/** Icon, name, for which product and as whom. */
export function Heading({ portal }: { portal: Portal }) {
  const { integration, project, user } = portal;
  const words = { integration: integration.name, project, user };
  return (
    <header class="heading">
      <span class="icon">
        {isPicture(integration.icon) && (
          <img src={integration.icon} alt="" width="32" height="32" />
        )}
      </span>
      <div>
        <h1 id="portal-title">
          {fill(project ? text.heading : text.headingAlone, words)}
        </h1>
        {user && (
          <p class="quiet small" data-testid="who">
            {fill(text.signedInAs, words)}
          </p>
        )}
      </div>
    </header>
  );
}

/** Only what the page's policy lets through anyway. */
const isPicture = (icon: string) => /^(data:image\/|\/|https?:)/.test(icon);

interface Props {
  portal: Portal;
  /** Whether it stays closed until somebody asks: those who are connected know it. */
  isFolded: boolean;
}

/** The description, and what the project will be able to do. */
export function About({ portal, isFolded }: Props) {
  const { integration, project } = portal;
  const words = { integration: integration.name, project };
  const before = project ? text.abilities.before : text.abilities.beforeAlone;
  const after = project ? text.abilities.after : text.abilities.afterAlone;
  if (isFolded)
    return (
      <details class="about">
        <summary>{fill(after, words)}</summary>
        <Descriptions portal={portal} />
        <Abilities portal={portal} />
      </details>
    );
  return (
    <section class="about">
      <Descriptions portal={portal} />
      <div class="card">
        <h2>{fill(before, words)}</h2>
        <Abilities portal={portal} />
      </div>
    </section>
  );
}

function Descriptions({ portal }: { portal: Portal }) {
  const { description, overview } = portal.integration;
  const texts = [description, overview].filter(
    (one, at, all) => one && all.indexOf(one) === at,
  );
  return (
    <>
      {texts.map((one) => (
        <p key={one} class="prose">
          {one}
        </p>
      ))}
    </>
  );
}

function Abilities({ portal }: { portal: Portal }) {
  const { name, scopes } = portal.integration;
  if (!scopes?.length)
    return (
      <p class="quiet">{fill(text.abilities.decides, { integration: name })}</p>
    );
  const { groups, unknown } = abilitiesOf(scopes);
  return (
    <dl class="abilities" data-testid="abilities">
      {groups.map(({ title, abilities }) => (
        <div key={title}>
          <dt>{title}</dt>
          {abilities.map((ability) => (
            <dd key={ability}>{ability}</dd>
          ))}
        </div>
      ))}
      {unknown.length > 0 && (
        <div>
          <dt>{text.abilities.other}</dt>
          {unknown.map((scope) => (
            <dd key={scope}>
              {text.abilities.unknown} <code>{scope}</code>
            </dd>
          ))}
        </div>
      )}
    </dl>
  );
}
