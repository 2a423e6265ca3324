// How a request says who sends it. What is secret is named, never written down.

import { useContext } from "preact/hooks";

import { Button } from "../../../kit/button.tsx";
import { fieldsOf, textOf, withField, type Json } from "../model/json.ts";
import { ChoiceField } from "./choice.tsx";
import { ScopeOf } from "./scope.ts";
import { TemplateField } from "./template.tsx";

interface Props {
  place: string;
  label: string;
  value: Json | undefined;
  onValue: (value: Json | undefined) => void;
}

const KINDS = [
  ["bearer", "Bearer token"],
  ["basic", "User name and password"],
] as const;

/** The field. */
export function AuthorizationField({ place, label, value, onValue }: Props) {
  const fields = fieldsOf(value);
  const type = textOf(fields.type);
  const set = (name: string) => (next: string) =>
    onValue(withField(fields, name, next));
  return (
    <fieldset class="pairs">
      <legend>{label}</legend>
      <ChoiceField
        place={`${place}.type`}
        label="Kind"
        value={type}
        options={KINDS}
        onValue={(next) => onValue(next && begun(next))}
      />
      {type === "basic" && (
        <TemplateField
          place={`${place}.username`}
          label="User name"
          required
          value={textOf(fields.username)}
          onValue={set("username")}
        />
      )}
      {(type === "bearer" || type === "basic") && (
        <SecretField
          place={`${place}.${type === "bearer" ? "token" : "password"}`}
          label={type === "bearer" ? "Token" : "Password"}
          value={textOf(type === "bearer" ? fields.token : fields.password)}
          onValue={set(type === "bearer" ? "token" : "password")}
        />
      )}
    </fieldset>
  );
}

const begun = (type: string) =>
  type === "bearer"
    ? { type, token: "" }
    : { type, username: "", password: "" };

interface SecretProps {
  place: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
}

function SecretField({ place, label, value, onValue }: SecretProps) {
  const { secrets, onSecrets } = useContext(ScopeOf);
  return (
    <>
      <TemplateField
        {...{ place, label, value, onValue }}
        required
        placeholder="{{secrets.name}}"
        hint="Store the secret under a name, then name it here."
      />
      <div class="row">
        {secrets.map((name) => (
          <Button
            key={name}
            small
            onClick={() => onValue(`{{secrets.${name}}}`)}
          >
            {name}
          </Button>
        ))}
        <Button small onClick={onSecrets}>
          Store a secret …
        </Button>
      </div>
    </>
  );
}
