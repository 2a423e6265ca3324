// What the portal shows and what can be done in it, whoever answers: our own routes (session.ts), or the published
// package whose frame this is (bridge.ts).

/** One input of a workflow, in the words of `workflowMeta`. */
export interface Input {
  id: string;
  title: string;
  type:
    | "TEXT_NO_VARS"
    | "NUMBER"
    | "BOOLEAN_INPUT"
    | "EMAIL"
    | "URL"
    | "CUSTOM_DROPDOWN";
  required: boolean;
  defaultValue?: Setting | null;
  tooltip?: string | null;
  customDropdownOptions?: { value: Setting; label: string }[] | null;
}

/** What is filled in for an input. */
export type Setting = string | number | boolean;
/** By input; null clears one. */
export type Settings = Record<string, Setting | null>;

/** A workflow that the project offers. */
export interface Workflow {
  id: string;
  name: string;
  about: string;
  isOnByDefault: boolean;
  inputs: Input[];
}

/** A connected account. */
export interface Account {
  id: string;
  name: string;
  email: string;
  isValid: boolean;
  /** Milliseconds since 1970; 0 when not known. */
  connectedAt: number;
  /** Another text after each consent. */
  consent: string;
  /** By workflow; one that was never touched is not there. */
  workflows: Record<string, { enabled: boolean; settings: Settings }>;
}

/** All that is shown. */
export interface Portal {
  /** Empty when not known. */
  project: string;
  /** The project's id of the user; empty when not known. */
  user: string;
  integration: {
    name: string;
    description: string;
    overview: string;
    accentColor: string;
    icon: string;
    /** Undefined when not known here. */
    scopes: string[] | undefined;
  };
  accounts: Account[];
  workflows: Workflow[];
}

/** A failure: the stable code and what the other side said about it. */
export class Problem extends Error {
  readonly code: string;

  constructor(code: string, message?: string) {
    super(message);
    this.name = "Problem";
    this.code = code;
  }
}

/** Whatever was thrown, as a failure that can be told. */
export function asProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem("unknown");
}

/** Whoever answers. Everything may fail with a `Problem`. */
export interface Backend {
  /** Whether the portal is a layer over somebody's page, instead of a window of its own. */
  readonly isLayer: boolean;
  /** Says what there is now and whenever that changes; nothing while nothing is to be shown. */
  watch(
    show: (portal: Portal | undefined) => void,
    fail: (problem: Problem) => void,
  ): void;
  /** Asks what there is now. */
  reload(): Promise<void>;
  /** Has the person connect an account: a new one, or this one again. In a window, until the page has left. */
  connect(account?: string): Promise<void>;
  disconnect(account: string): Promise<void>;
  /** Switches a workflow, or fills in settings, or both; those not named stay. */
  change(
    account: string,
    workflow: string,
    change: { enabled?: boolean; settings?: Settings },
  ): Promise<void>;
  /** The person is done. */
  close(): Promise<void>;
}
