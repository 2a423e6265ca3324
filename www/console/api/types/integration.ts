// What the admin and server routes say of integrations.

/** A project's integration as the operator sees it: everything but the secrets. */
export interface Integration {
  id: string;
  provider: string;
  name: string;
  /** A line for the portal; null or empty for ours. */
  description: string | null;
  /** More for the portal. */
  overview: string | null;
  /** `#rrggbb`; null or empty for the provider's own. */
  accent_color: string | null;
  client_id: string;
  has_client_secret: boolean;
  has_webhook_secret: boolean;
  /** What is asked for; empty: what the Zoom app is registered for. */
  scopes: string[];
  /** The plan of the Zoom accounts; null for none said. */
  plan: string | null;
  /** Where login links may end. */
  redirect_uris: string[];
  /** How long a login link lives, in seconds. */
  expires_in: number;
  redirect_url: string;
  webhook_url: string;
  /** Milliseconds since 1970. */
  webhook_validated_at: number | null;
  status: "active" | "deleting";
  /** How many accounts are connected. */
  grants: number;
  /** Milliseconds since 1970. */
  created_at: number;
  /** Milliseconds since 1970. */
  updated_at: number;
}

/** What can be set up. */
export interface Offer {
  provider: string;
  name: string;
  description: string;
  /** `#rrggbb` */
  brand_color: string;
  /** Where Zoom sends people back to, once it is set up. */
  redirect_url: string;
  /** Where Zoom sends its events, once it is set up. */
  webhook_url: string;
}

/** `GET /admin/projects/{id}/integrations` */
export interface Integrations {
  integrations: Integration[];
  catalog: Offer[];
}

/** Something that can be asked Zoom for. */
export interface Scope {
  scope: string;
  kind: "granular" | "classic";
  about: string;
  /** Whether every integration needs it, or one of `same_as`. */
  always: boolean;
  /** The actions that do not work without it, by id. */
  actions: string[];
  /** The triggers that Zoom does not send without it, by id. */
  triggers: string[];
  /** The scopes that do as well. */
  same_as: string[];
}

/** What `POST …/check` found. */
export interface Checked {
  /** Unix seconds. */
  checked_at: number;
  findings: Finding[];
}

/** One thing that was looked at. */
export interface Finding {
  check: "credentials" | "redirect_url" | "scopes" | "webhook";
  status: "ok" | "wrong" | "unknown";
  message: string;
  /** The scopes that are missing. */
  scopes?: string[] | null;
}
