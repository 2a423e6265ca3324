// The connected account that a step is tried out with: one of the first, or one that is searched for.

import { useState } from "preact/hooks";

import { useLive } from "../../../api/live.ts";
import type { Grant } from "../../../api/types/watch.ts";
import { SelectField, TextField } from "../../../kit/field.tsx";
import { MOST_GRANTS, workflowsOf } from "../api.ts";

/** The accounts of a project whose connection works. */
export function useAccounts(project: string) {
  const [part, setPart] = useState("");
  const [chosen, setChosen] = useState("");
  const loaded = useLive(
    (signal) => workflowsOf(project).grants(part.trim(), signal),
    [project, part.trim()],
  );
  const { value } = loaded;
  return {
    part,
    setPart,
    setChosen,
    loaded,
    found: value,
    /** The one that is chosen, or the first. */
    account: value?.find(({ id }) => id === chosen) ?? value?.[0],
    /** There may be more than are listed. */
    areMany: part !== "" || value?.length === MOST_GRANTS,
  };
}

interface Props {
  accounts: ReturnType<typeof useAccounts>;
  found: readonly Grant[];
}

/** The fields. */
export function AccountField({ accounts, found }: Props) {
  const { part, setPart, account, setChosen, areMany } = accounts;
  return (
    <>
      {areMany && (
        <TextField
          label="Find an account"
          type="search"
          hint="A part of the user's id, the email or the name."
          value={part}
          onValue={setPart}
          wrong={found.length === 0 ? "No account is like that." : undefined}
          testId="test-search"
        />
      )}
      {account && (
        <SelectField
          label="Account"
          value={account.id}
          onValue={setChosen}
          testId="test-account"
          options={found.map((one) => [
            one.id,
            `${one.email} (${one.account_id})`,
          ])}
        />
      )}
    </>
  );
}
