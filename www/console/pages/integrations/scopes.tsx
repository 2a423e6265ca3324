// What Zoom is asked for, as a checklist: each scope in plain words, with what would not work without it.

import { useState } from "preact/hooks";

import { scopes as words } from "../../../portal/text.json";
import { server } from "../../api/client.ts";
import type { Scope } from "../../api/types/integration.ts";
import { useLoaded } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { CheckField, TextField } from "../../kit/field.tsx";
import { Loading, Notice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import {
  bare,
  isCovered,
  needing,
  neededScopes,
  type Use,
  usesOf,
} from "./needs.ts";
import type { PartProps } from "./settings.tsx";

interface Labelled {
  id: string;
  label: string;
}

/** Everything that the list is made of. */
interface Known {
  scopes: Scope[];
  /** What people call an action or a trigger. */
  labels: ReadonlyMap<string, string>;
  uses: Use[];
}

async function known(project: string, signal: AbortSignal): Promise<Known> {
  const all = { query: { limit: 200 }, signal };
  const ask = <T,>(path: string) => server<T>(project, "GET", path, all);
  const [scopes, actions, triggers, uses] = await Promise.all([
    ask<Scope[]>("scopes"),
    ask<Labelled[]>("actions"),
    ask<Labelled[]>("triggers"),
    usesOf(project, signal),
  ]);
  const labels = new Map(
    [...actions, ...triggers].map(({ id, label }) => [bare(id), label]),
  );
  return { scopes, labels, uses };
}

interface Props extends PartProps {
  project: string;
}

/** The card of what is asked for. */
export function Scopes({ project, form, change, wrong }: Props) {
  const loaded = useLoaded((signal) => known(project, signal), [project]);
  const { value } = loaded;
  const chosen = form.scopes;
  const choose = (scopes: readonly string[]) =>
    change({ scopes: [...new Set(scopes)] });
  const kind = value ? kindOf(value, chosen) : "granular";
  return (
    <Card
      title="Scopes"
      about="What Zoom asks people for when they connect. The Zoom app has to have them as well: Scopes → Add Scopes."
      testId="scopes"
      actions={
        value && (
          <Button
            small
            data-testid="select-needed"
            onClick={() =>
              choose([
                ...chosen,
                ...neededScopes(value.scopes, kind, value.uses),
              ])
            }
          >
            Select what my workflows need
          </Button>
        )
      }
    >
      <Loading what="the scopes" of={loaded} />
      {chosen.length === 0 && (
        <Notice kind="info">
          <p>
            Nothing is chosen: Zoom asks for everything that the Zoom app is
            registered for.
          </p>
        </Notice>
      )}
      {wrong("scope") && <p class="wrong small">{wrong("scope")}</p>}
      {value && (
        <Lists kind={kind} known={value} chosen={chosen} onChoose={choose} />
      )}
    </Card>
  );
}

/** Which kind of scopes an app has, as far as the chosen ones tell; new apps have granular ones. */
const kindOf = ({ scopes }: Known, chosen: readonly string[]) =>
  scopes.some(({ scope, kind }) => kind === "classic" && chosen.includes(scope))
    ? "classic"
    : "granular";

interface ListProps {
  known: Known;
  chosen: readonly string[];
  onChoose: (scopes: readonly string[]) => void;
}

function Lists({ kind, ...list }: ListProps & { kind: Scope["kind"] }) {
  return (
    <>
      <Kind
        title="Granular scopes"
        about="Apps that are new have these."
        kind="granular"
        isOpen={kind === "granular"}
        {...list}
      />
      <Kind
        title="Classic scopes"
        about="Older apps have these. An app has one kind or the other."
        kind="classic"
        isOpen={kind === "classic"}
        {...list}
      />
      <Others {...list} />
    </>
  );
}

interface KindProps extends ListProps {
  title: string;
  about: string;
  kind: Scope["kind"];
  isOpen: boolean;
}

function Kind({ title, about, kind, isOpen, ...list }: KindProps) {
  const scopes = list.known.scopes.filter((scope) => scope.kind === kind);
  const count = scopes.filter(({ scope }) => list.chosen.includes(scope));
  return (
    <details class="kind" open={isOpen} data-testid={`scopes-${kind}`}>
      <summary>
        <strong>{title}</strong>
        <span class="quiet small">
          {count.length} of {scopes.length} chosen
        </span>
      </summary>
      <p class="quiet small">{about}</p>
      {scopes.map((scope) => (
        <Line key={scope.scope} scope={scope} isOfApp={isOpen} {...list} />
      ))}
    </details>
  );
}

interface LineProps extends ListProps {
  scope: Scope;
  /** Whether it is of the kind that the app has. */
  isOfApp: boolean;
}

function Line({
  scope,
  isOfApp,
  known: { labels, uses },
  chosen,
  onChoose,
}: LineProps) {
  const names = new Set(needing(scope, uses).map(({ name }) => name));
  const isMissing =
    isOfApp &&
    chosen.length > 0 &&
    !isCovered(scope, chosen) &&
    (scope.always || names.size > 0);
  return (
    <CheckField
      testId={`scope-${scope.scope}`}
      checked={chosen.includes(scope.scope)}
      onValue={(wanted) =>
        onChoose(
          wanted
            ? [...chosen, scope.scope]
            : chosen.filter((name) => name !== scope.scope),
        )
      }
      label={
        <span class="scope">
          {plainly(scope)}
          <code>{scope.scope}</code>
        </span>
      }
      hint={
        <>
          {withoutIt(scope, labels)}
          {isMissing && (
            <>
              {" "}
              <span class="wrong" data-testid="missing">
                {scope.always
                  ? "Without it nobody can connect."
                  : `Needed by ${[...names].join(", ")}.`}
              </span>
            </>
          )}
        </>
      }
    />
  );
}

/** What would not work. */
function withoutIt(scope: Scope, labels: ReadonlyMap<string, string>) {
  const called = (ids: readonly string[]) =>
    ids.map((id) => labels.get(bare(id)) ?? id).join(", ");
  const parts = [
    scope.always && "Every connection needs it.",
    scope.actions.length > 0 && `Actions: ${called(scope.actions)}.`,
    scope.triggers.length > 0 && `Triggers: ${called(scope.triggers)}.`,
  ].filter(Boolean);
  return parts.join(" ");
}

/** What a scope allows, in the words of the portal where it has some. */
function plainly({ scope, about }: Scope): string {
  const known: Record<string, string[]> = words.known;
  return known[scope]?.[1] ?? about.replace(/\.$/, "");
}

/** Scopes that we know nothing about, which an app may have all the same. */
function Others({ known, chosen, onChoose }: ListProps) {
  const [typed, setTyped] = useState("");
  const others = chosen.filter(
    (name) => !known.scopes.some(({ scope }) => scope === name),
  );
  const add = () => {
    const names = typed.split(/[\s,]+/).filter(Boolean);
    onChoose([...chosen, ...names]);
    setTyped("");
  };
  return (
    <div class="others">
      {others.map((name) => (
        <CheckField
          key={name}
          label={<code>{name}</code>}
          checked
          onValue={() => onChoose(chosen.filter((one) => one !== name))}
        />
      ))}
      <div
        class="form add"
        onKeyDown={(event) => {
          const types = event.target instanceof HTMLInputElement;
          if (!types || event.key !== "Enter") return;
          // It adds what is typed, and does not save all of the settings.
          event.preventDefault();
          add();
        }}
      >
        <TextField
          label="Another scope"
          hint="For requests of your own: any scope that your Zoom app has."
          placeholder="user:read:settings"
          mono
          value={typed}
          onValue={setTyped}
          testId="other-scope"
        />
        <Button onClick={add} disabled={!typed.trim()}>
          Add
        </Button>
      </div>
    </div>
  );
}
