// What few have to change: the plan of the Zoom accounts, and login links.

import { SelectField, TextField } from "../../kit/field.tsx";
import { Card } from "../../kit/page.tsx";
import type { PartProps } from "./settings.tsx";

const PLANS = [
  ["", "Not said (as Pro)"],
  ["basic", "Basic"],
  ["pro", "Pro"],
  ["business", "Business, Education or Enterprise"],
] as const;

/** The card of limits and login links. */
export function More({ form, change, wrong }: PartProps) {
  const known = PLANS.some(([plan]) => plan === form.plan);
  return (
    <Card title="Limits and login links" testId="more">
      <SelectField
        label="Plan of the Zoom accounts"
        hint="Zoom's rate limits depend on it: workflows keep below them."
        value={form.plan}
        onValue={(plan) => change({ plan })}
        options={known ? PLANS : [...PLANS, [form.plan, form.plan]]}
        wrong={wrong("plan")}
        testId="plan"
      />
      <TextField
        label="Redirect URIs for login links"
        hint="Where people land after a login link of your server (POST /connect/auth), one a line. Compared to the letter."
        rows={3}
        placeholder="https://app.example.com/connected"
        value={form.redirect_uris}
        onValue={(redirect_uris) => change({ redirect_uris })}
        wrong={wrong("redirect_uri")}
        testId="redirect-uris"
      />
      <TextField
        label="Login links live for (days)"
        type="number"
        value={form.days}
        onValue={(days) => change({ days })}
        wrong={wrong("expires_in")}
        testId="days"
      />
    </Card>
  );
}
