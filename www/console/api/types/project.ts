// What the admin routes say of projects.

/** A project in the list of all. */
export interface ListedProject {
  id: string;
  name: string;
  /** Milliseconds since 1970. */
  created_at: number;
  /** How many integrations are set up. */
  integrations: number;
  /** How many accounts are connected. */
  grants: number;
}

/** A project. */
export interface Project {
  id: string;
  name: string;
  /** What its server calls itself in HTTP Basic. */
  client_id: string;
  /** Where its pages are. */
  origins: string[];
  /** What `aud` of user tokens must be; null for any. */
  audience: string | null;
  signing_keys: SigningKey[];
}

/** A key that user tokens are signed with. */
export interface SigningKey {
  id: string;
  /** PEM, PKCS #8; only in the answer that made it. */
  private_key?: string;
}

/** A project that was created just now, with what is told once. */
export interface NewProject extends Project {
  client_secret: string;
}

/** A client secret without its text. */
export interface ListedSecret {
  id: string;
  /** Unix seconds. */
  created_at: number;
}

/** A client secret that was made just now. */
export interface NewSecret {
  id: string;
  client_secret: string;
}

/** Where a project's events go. */
export interface EventEndpoint {
  url: string;
  /** Until when the secret before signs too, in Unix seconds. */
  previous_secret_until?: number | null;
  /** `whsec_…`; only in the answer that made it. */
  secret?: string;
}
