// The form of the workflow itself: its name, what users read about it, whether it is on for those who never said.

import { CheckField } from "../../../kit/field.tsx";
import { PlainField } from "../fields/plain.tsx";
import { textOf, withField, type Fields } from "../model/json.ts";

interface Props {
  definition: Fields;
  onChange: (definition: Fields, typed?: string) => void;
}

/** The form. */
export function AboutForm({ definition, onChange }: Props) {
  return (
    <div class="stack">
      <PlainField
        place="name"
        label="Name"
        required
        value={textOf(definition.name)}
        onValue={(text) => onChange({ ...definition, name: text }, "name")}
      />
      <PlainField
        place="description"
        label="What it is for"
        hint="Users read this beside the switch that turns it on."
        rows={3}
        value={textOf(definition.description)}
        onValue={(text) =>
          onChange(
            withField(definition, "description", text || undefined),
            "description",
          )
        }
      />
      <CheckField
        asSwitch
        label="On for everybody who never said"
        hint="Otherwise each user turns it on in your product."
        checked={definition.default_enabled === true}
        onValue={(on) =>
          onChange(withField(definition, "default_enabled", on || undefined))
        }
      />
    </div>
  );
}
