// How the portal shows the integration to the people who connect their accounts.

import { TextField } from "../../kit/field.tsx";
import { Card } from "../../kit/page.tsx";
import { Logo } from "./logo.tsx";
import type { PartProps } from "./settings.tsx";

interface Props extends PartProps {
  /** The colour while none is chosen: `#rrggbb`. */
  brandColor: string;
}

/** The card of what people see. */
export function Appearance({ form, change, wrong, brandColor }: Props) {
  const color = /^#[0-9a-f]{6}$/i.test(form.accent_color)
    ? form.accent_color
    : brandColor;
  return (
    <Card
      title="What your users see"
      about="The portal shows it where they connect their account."
      testId="appearance"
    >
      <div class="preview" aria-hidden="true">
        <Logo color={color} size={40} />
        <div>
          <strong>{form.name || "Zoom"}</strong>
          <p class="quiet small">{form.description || "No description yet"}</p>
        </div>
      </div>
      <TextField
        label="Name"
        required
        value={form.name}
        onValue={(name) => change({ name })}
        wrong={wrong("name")}
        testId="integration-name"
      />
      <TextField
        label="Description"
        hint="A line; at most 200 characters."
        value={form.description}
        onValue={(description) => change({ description })}
        wrong={wrong("description")}
        testId="description"
      />
      <TextField
        label="Overview"
        hint="What connecting is good for, in some sentences."
        rows={4}
        value={form.overview}
        onValue={(overview) => change({ overview })}
        wrong={wrong("overview")}
        testId="overview"
      />
      <div class="color">
        <TextField
          label="Colour"
          hint="Like #0b5cff; empty: Zoom's own."
          placeholder={brandColor}
          mono
          value={form.accent_color}
          onValue={(accent_color) => change({ accent_color })}
          wrong={wrong("accent_color")}
          testId="accent-color"
        />
        <input
          type="color"
          aria-label="Choose the colour"
          value={color}
          onInput={(event) =>
            change({ accent_color: event.currentTarget.value })
          }
        />
      </div>
    </Card>
  );
}
