// A user as a page sees them: what they have connected, and how each account stands.

/** What a user's own metadata may hold. */
export type PersonaMeta = { Name?: string; Email?: string } & {
  [key: string]: unknown;
};

export type CredentialStatus = "PENDING" | "INVALID" | "VALID";

/** Details of an account as the provider tells them. */
export type ConnectCredentialProviderData = Record<
  string,
  string | number | boolean
>;

export interface IConnectCredentialConfig {
  id: string;
  /** ISO 8601. */
  dateCreated: string;
  /** ISO 8601. */
  dateUpdated: string;
  connectCredentialId: string;
  workflowSettings: Record<
    string,
    { enabled: boolean; settings: Record<string, unknown> }
  >;
  sharedSettings: Record<string, unknown>;
  configMeta: { isIntegrationEnableTriggered?: boolean };
  externalId?: string;
  isDefault: boolean;
}

/** One connected account. Dates are texts (ISO 8601), which they also are in the package this one replaces. */
export interface IConnectCredential {
  id: string;
  projectId: string;
  integrationId: string;
  configurations: IConnectCredentialConfig[];
  personaId: string;
  isPreviewCredential: boolean;
  /** The account's id at the provider. */
  providerId: string;
  dateCreated: string;
  dateUpdated: string;
  dateValidUntil?: string;
  dateRefreshed: string;
  status: CredentialStatus;
  providerData: ConnectCredentialProviderData;
  refreshFailureCount: number;
  externalId?: string;
}

/** One integration as a user has it. */
export interface SDKIntegration {
  /** Whether the current account works; `false` also when it has to be connected again. */
  enabled: boolean;
  /** The account that calls use: the one connected last. */
  credentialId?: string;
  credentialConfigId?: string;
  credentialStatus?: CredentialStatus;
  providerId?: string;
  providerData?: ConnectCredentialProviderData;
  externalId?: string;
  allCredentials: IConnectCredential[];
  allConfigurations: IConnectCredentialConfig[];
  sharedSettings?: Record<string, unknown>;
  workflowSettings?: Record<
    string,
    { enabled: boolean; settings: Record<string, unknown> }
  >;
}

export type SDKIntegrationState = Partial<Record<string, SDKIntegration>>;

export interface AuthenticatedConnectUser {
  authenticated: true;
  /** The `sub` of the user token. */
  userId: string;
  integrations: SDKIntegrationState;
  meta: PersonaMeta;
  resources: {
    id: string;
    slug: string;
    credentialId?: string;
    credentialStatus?: CredentialStatus;
    integrationId?: string;
  }[];
}

export type ConnectUser = { authenticated: false } | AuthenticatedConnectUser;
