// What the settings of an integration are while they are edited, and what of it the Worker is told. No secrets here.

import type { Problem } from "../../api/client.ts";
import type { Integration, Offer } from "../../api/types/integration.ts";
import { detailOf } from "../../kit/words.ts";

/** The settings as fields. */
export interface Form {
  client_id: string;
  name: string;
  description: string;
  overview: string;
  accent_color: string;
  /** Empty: none said. */
  plan: string;
  /** One a line. */
  redirect_uris: string;
  /** How long a login link lives. */
  days: string;
  scopes: string[];
}

/** What was typed and is never kept. */
export interface Secrets {
  client_secret: string;
  webhook_secret_token: string;
}

export const NO_SECRETS: Secrets = {
  client_secret: "",
  webhook_secret_token: "",
};

const DAY = 86_400;

/** The fields as they are saved; for one that is not set up, as they would be. */
export function formOf(integration: Integration | undefined, offer: Offer) {
  const form: Form = {
    client_id: integration?.client_id ?? "",
    name: integration?.name ?? offer.name,
    description: integration?.description ?? "",
    overview: integration?.overview ?? "",
    accent_color: integration?.accent_color ?? "",
    plan: integration?.plan ?? "",
    redirect_uris: integration?.redirect_uris.join("\n") ?? "",
    days: String((integration?.expires_in ?? 14 * DAY) / DAY),
    scopes: integration?.scopes ?? [],
  };
  return form;
}

/** What the Worker is told: what is there of the fields, and the secrets that were typed. */
export function bodyOf(form: Partial<Form>, secrets: Secrets) {
  const { plan, redirect_uris, days, ...rest } = form;
  return {
    ...rest,
    ...(plan !== undefined && { plan: plan || null }),
    ...(redirect_uris !== undefined && {
      redirect_uris: redirect_uris.split(/\s+/).filter(Boolean),
    }),
    ...(days !== undefined && { expires_in: Math.round(Number(days) * DAY) }),
    ...(secrets.client_secret && { client_secret: secrets.client_secret }),
    ...(secrets.webhook_secret_token && {
      webhook_secret_token: secrets.webhook_secret_token,
    }),
  };
}

/** What is wrong with one of the fields, if a refusal is about it. */
export function wrongWith(problem: Problem | undefined, field: string) {
  if (!problem) return undefined;
  const detail = detailOf(problem.message);
  return detail !== problem.message && detail.startsWith(field)
    ? detail.slice(field.length).replace(/^[^:]*:\s*/, "")
    : undefined;
}
