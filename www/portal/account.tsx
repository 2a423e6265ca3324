// One connected account: whose it is, whether it works, what it does by itself, and the way out.

import { useState } from "preact/hooks";

import type { Account, Portal } from "./backend.ts";
import { Question } from "./question.tsx";
import type { Doing } from "./use.ts";
import { accountName, fill, text } from "./words.ts";
import { WorkflowRow } from "./workflow.tsx";

interface Props {
  account: Account;
  portal: Portal;
  doing: Doing;
}

/** The account's card. */
export function AccountCard({ account, portal, doing }: Props) {
  const { project, integration, workflows } = portal;
  const words = { project, integration: integration.name };
  const [asks, setAsks] = useState(false);
  const name = accountName(account);
  const disconnecting = `disconnect/${account.id}`;
  return (
    <article class="card account" aria-label={name} data-testid="account">
      <Whose account={account} onDisconnect={() => setAsks(true)} />
      {!account.isValid && (
        <div class="notice warn">
          <p>
            {fill(
              project
                ? text.account.reconnectAbout
                : text.account.reconnectAboutAlone,
              words,
            )}
          </p>
          <button
            type="button"
            class="button main"
            data-testid="reconnect"
            aria-label={fill(text.account.reconnectNamed, { account: name })}
            disabled={doing.busy.has("connect")}
            onClick={() => void doing.connect(account.id)}
          >
            {text.account.reconnect}
          </button>
        </div>
      )}
      {workflows.length > 0 && (
        <div class="workflows">
          <h3>{text.workflows.title}</h3>
          <p class="quiet small">
            {account.isValid
              ? fill(
                  project ? text.workflows.about : text.workflows.aboutAlone,
                  words,
                )
              : text.workflows.paused}
          </p>
          <ul>
            {workflows.map((workflow) => (
              <WorkflowRow
                key={workflow.id}
                workflow={workflow}
                account={account}
                doing={doing}
              />
            ))}
          </ul>
        </div>
      )}
      {asks && (
        <Question
          account={name}
          project={project}
          isBusy={doing.busy.has(disconnecting)}
          onNo={() => setAsks(false)}
          onYes={async () => {
            const done = fill(text.question.done, { account: name });
            const action = () => doing.backend.disconnect(account.id);
            await doing.run(disconnecting, action, done);
            setAsks(false);
          }}
        />
      )}
    </article>
  );
}

function Whose({
  account,
  onDisconnect,
}: {
  account: Account;
  onDisconnect: () => void;
}) {
  const name = accountName(account);
  const { isValid, connectedAt } = account;
  const isKnown = connectedAt > 0 && connectedAt <= LAST_DATE;
  const date = isValid && isKnown ? dateOf(connectedAt) : "";
  return (
    <div class="whose">
      <span class="face" aria-hidden="true">
        {[...(account.name || account.email || "?")][0]?.toUpperCase()}
      </span>
      <div class="who">
        <p class="name">{account.name || name}</p>
        {account.name && account.email && (
          <p class="quiet small" data-testid="email">
            {account.email}
          </p>
        )}
        <p class="small">
          <span
            class={isValid ? "badge good" : "badge warn"}
            data-testid="status"
          >
            {isValid ? text.account.valid : text.account.invalid}
          </span>
          {date && (
            <span class="quiet"> {fill(text.account.since, { date })}</span>
          )}
        </p>
      </div>
      <button
        type="button"
        class="button quiet-button"
        data-testid="disconnect"
        aria-label={fill(text.account.disconnectNamed, { account: name })}
        onClick={onDisconnect}
      >
        {text.account.disconnect}
      </button>
    </div>
  );
}

/** The last time that a `Date` can be, in milliseconds. */
const LAST_DATE = 8.64e15;

const dateOf = (time: number) =>
  new Intl.DateTimeFormat(text.lang, { dateStyle: "medium" }).format(time);
