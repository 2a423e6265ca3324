// Everything that an open workflow is: what is edited, what is stored, what is wrong, and what can be done with it.

import { useEffect, useMemo, useState } from "preact/hooks";

import { Problem, type Complaint } from "../../../api/client.ts";
import { useAction } from "../../../api/use.ts";
import type { Rules } from "../../../wasm.ts";
import { workflowsOf, type WholeWorkflow } from "../api.ts";
import { checked } from "../model/complaints.ts";
import { same, type Fields } from "../model/json.ts";
import { valueAt } from "../model/place.ts";
import { isKeepable } from "../model/secrets.ts";
import { keepDraft, keptDraft, type Draft } from "./draft.ts";
import { useHistory } from "./history.ts";

/** So long after the last change what is wrong is shown, in milliseconds. */
const QUIET = 200;

/** What the Worker said of a definition. */
interface Told {
  definition: Fields;
  complaints: Complaint[];
}

/** An open workflow. */
export function useEditing(
  project: string,
  first: WholeWorkflow,
  rules: Rules,
  secrets: readonly string[] | undefined,
) {
  const kept = useMemo(() => differing(keptDraft(first.id), first), [first]);
  const [stored, setStored] = useState(first);
  const [base, setBase] = useState(kept?.revision ?? first.revision);
  const [text, setText] = useState(kept?.text);
  const [told, setTold] = useState<Told>(first);
  const history = useHistory(kept?.definition ?? first.definition);
  const { definition } = history;
  const isDirty = text !== undefined || !same(definition, stored.definition);
  const { local, complaints } = useChecks(rules, definition, secrets, told);
  // What a draft could not keep is missing until somebody writes it again.
  const leftOut = useMemo(
    () => (kept?.leftOut ?? []).filter((at) => valueAt(definition, at) === ""),
    [kept, definition],
  );
  useEffect(() => {
    const draft = { definition, revision: base, text, leftOut };
    keepDraft(first.id, isDirty ? draft : undefined);
  }, [first.id, definition, leftOut, text, base, isDirty]);
  const take = (workflow: WholeWorkflow) => {
    setStored(workflow);
    setBase(workflow.revision);
    setTold(workflow);
  };
  const reset = (workflow: WholeWorkflow) => {
    take(workflow);
    setText(undefined);
    history.reset(workflow.definition);
  };
  const open = { stored, base, text, definition, isDirty };
  return {
    ...history,
    ...open,
    setText,
    complaints,
    readable: local.readable,
    leftOut,
    /** Whether a text that cannot be read would not outlive a reload: something in it may be secret. */
    isUnkept: text !== undefined && !isKeepable(text),
    /** Somebody else changed what this was made from. */
    isBehind: stored.revision !== base,
    ...useDeeds(project, open, { take, reset, setStored, tell: setTold }),
  };
}

/** A workflow that is open. */
export type Editing = ReturnType<typeof useEditing>;

/** What is wrong, and what can be read. */
function useChecks(
  rules: Rules,
  definition: Fields,
  secrets: readonly string[] | undefined,
  told: Told,
) {
  // What can be named is known at once, what is wrong is shown when nobody types.
  const local = useMemo(
    () => ({ ...checked(rules, definition, secrets), definition }),
    [rules, definition, secrets],
  );
  const settled = useSettled(local);
  const complaints = useMemo(
    () => merged(settled.complaints, told, settled.definition),
    [settled, told],
  );
  return { local, complaints };
}

/** What is open when something is done with it. */
interface Open {
  stored: WholeWorkflow;
  /** The revision that the definition was made from. */
  base: number;
  text: string | undefined;
  definition: Fields;
  isDirty: boolean;
}

/** What becomes of an answer. */
interface Outcome {
  /** It is what is stored now; what is edited was still made from what was stored before. */
  setStored: (workflow: WholeWorkflow) => void;
  /** It is what is stored now, and what is edited is made from it. */
  take: (workflow: WholeWorkflow) => void;
  /** It is also what is edited from now on. */
  reset: (workflow: WholeWorkflow) => void;
  /** It was refused. */
  tell: (told: Told) => void;
}

/** What can be done with an open workflow. */
function useDeeds(project: string, open: Open, outcome: Outcome) {
  const { stored, base, definition } = open;
  const { take, reset, setStored } = outcome;
  const { id } = stored;
  const calls = workflowsOf(project);
  const store = async (revision: number) => {
    const kept = await saved(calls, open, revision, outcome.tell);
    if (kept !== stored) take(kept);
    return kept;
  };
  return {
    save: useAction(() => store(base)),
    /** Loads what is stored, and forgets what was edited here. */
    load: useAction(async () => reset(await calls.one(id))),
    /** Saves over what somebody else saved. */
    saveOver: useAction(async () => {
      const { revision } = await calls.one(id);
      await store(revision);
    }),
    deploy: useAction(async () => {
      const { revision } = await store(base);
      take({ ...(await calls.deploy(id, revision)), definition });
    }),
    undeploy: async () => {
      const { status, version, changed } = await calls.undeploy(id);
      setStored({ ...stored, status, version, changed });
    },
  };
}

/** The workflow as it is stored after what is edited was saved, if there was something to save. */
async function saved(
  calls: ReturnType<typeof workflowsOf>,
  { stored, text, definition, isDirty }: Open,
  revision: number,
  tell: Outcome["tell"],
): Promise<WholeWorkflow> {
  if (text !== undefined) throw unreadable();
  if (!isDirty && revision === stored.revision) return stored;
  try {
    const workflow = await calls.change(stored.id, definition, revision);
    // The Worker may have filled something in; somebody may have typed on meanwhile.
    return { ...workflow, definition };
  } catch (error) {
    if (error instanceof Problem && error.complaints.length > 0)
      tell({ definition, complaints: error.complaints });
    throw error;
  }
}

const unreadable = () =>
  new Problem(
    "workflow_invalid",
    0,
    "The JSON cannot be read: correct it first.",
  );

/** A draft, if it is not what is stored. */
const differing = (draft: Draft | undefined, stored: WholeWorkflow) =>
  draft && !draft.text && same(draft.definition, stored.definition)
    ? undefined
    : draft;

/** A value that has not changed for a while. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), QUIET);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** What is wrong here, and what only the Worker knows of the very same definition. */
function merged(local: Complaint[], told: Told, definition: Fields) {
  if (!same(told.definition, definition)) return local;
  const isKnown = ({ at }: Complaint) => local.some((one) => one.at === at);
  // Which secrets there are is asked here too, and may have changed since.
  const theirs = told.complaints.filter(
    (one) => !isKnown(one) && !one.message.startsWith("{{secrets."),
  );
  return [...local, ...theirs];
}
