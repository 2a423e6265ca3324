// The keys that a project's user tokens are signed with: made here, or brought as their public part.

import { useState } from "preact/hooks";

import { admin, Problem } from "../../api/client.ts";
import type { Project, SigningKey } from "../../api/types/project.ts";
import { useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Question } from "../../kit/dialog.tsx";
import { TextField } from "../../kit/field.tsx";
import { Notice, ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { wrongIn } from "../../kit/words.ts";
import { type Minted, mintedKey } from "./minted.ts";
import { Once } from "./once.tsx";

interface Props {
  project: Project;
  /** Reads the project again. */
  again: () => Promise<void>;
}

/** The card of a project's signing keys. */
export function Keys({ project, again }: Props) {
  const path = `projects/${project.id}/signing-keys`;
  const [minted, setMinted] = useState<Minted>();
  const [brings, setBrings] = useState(false);
  const generate = useAction(async () => {
    const body = { generate: true };
    const { id, private_key } = await admin<SigningKey>("POST", path, { body });
    setMinted(mintedKey(id, private_key ?? ""));
    await again();
  });
  const brought = async () => {
    await again();
    setBrings(false);
  };
  return (
    <Card
      title="Signing keys"
      about="Your server signs user tokens with the private part (RS256); any of these keys is accepted."
      testId="keys"
      id="keys"
      actions={
        <>
          <Button
            small
            onClick={() => setBrings(!brings)}
            aria-expanded={brings}
          >
            Paste a key
          </Button>
          <Button
            small
            busy={generate.busy}
            disabled={minted !== undefined}
            onClick={() => void generate.run()}
            data-testid="generate-key"
          >
            Generate
          </Button>
        </>
      }
    >
      <ProblemNotice
        problem={generate.problem}
        again={() => void generate.run()}
      />
      {minted && (
        <Once secrets={[minted]} onDone={() => setMinted(undefined)} />
      )}
      {brings && <Bring path={path} onDone={brought} />}
      <Lines path={path} keys={project.signing_keys} again={again} />
    </Card>
  );
}

interface LinesProps {
  path: string;
  keys: readonly SigningKey[];
  again: () => Promise<void>;
}

/** Those that there are, each to be deleted after a question. */
function Lines({ path, keys, again }: LinesProps) {
  const [leaving, setLeaving] = useState<string>();
  const remove = async () => {
    await admin("DELETE", `${path}/${leaving}`);
    await again();
  };
  if (keys.length === 0)
    return (
      <Notice kind="warn">
        <p>There is no key: no user token is accepted. Generate one.</p>
      </Notice>
    );
  return (
    <>
      <ul class="lines">
        {keys.map(({ id }) => (
          <li key={id}>
            <code>{id}</code>
            <Button
              kind="danger"
              small
              aria-label={`Delete key ${id}`}
              onClick={() => setLeaving(id)}
            >
              Delete
            </Button>
          </li>
        ))}
      </ul>
      {leaving && (
        <Question
          title="Delete this signing key?"
          yes="Delete"
          danger
          onYes={remove}
          onClose={() => setLeaving(undefined)}
        >
          <p>
            User tokens that were signed with <code>{leaving}</code> are refused
            from now on.
            {keys.length === 1 &&
              " It is the last one: nobody can use Isthmus in your app until there is another."}
          </p>
        </Question>
      )}
    </>
  );
}

interface BringProps {
  path: string;
  onDone: () => Promise<void>;
}

/** Takes the public part of a key, as PEM or as JWK. */
function Bring({ path, onDone }: BringProps) {
  const [text, setText] = useState("");
  const add = useAction(async () => {
    await admin("POST", path, { body: publicKey(text) });
    await onDone();
  });
  const wrong = wrongIn(add.problem);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void add.run();
      }}
    >
      <TextField
        label="Public key"
        hint="PEM (BEGIN PUBLIC KEY) or a JWK; RSA, 2048 bits or more. The private part stays with you."
        rows={5}
        required
        mono
        value={text}
        onValue={setText}
        wrong={wrong}
        testId="public-key"
      />
      {!wrong && <ProblemNotice problem={add.problem} />}
      <Button
        kind="primary"
        type="submit"
        busy={add.busy}
        data-testid="add-key"
      >
        Add key
      </Button>
    </form>
  );
}

/** What the Worker is to be told. Throws a `Problem` that says what is wrong with the text. */
function publicKey(text: string): { pem: string } | { jwk: unknown } {
  if (text.includes("PRIVATE KEY")) throw typed(PRIVATE);
  if (!text.trim().startsWith("{")) return { pem: text.trim() };
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw typed("this begins like a JWK, but is no JSON");
  }
  if (typeof jwk === "object" && jwk !== null && "d" in jwk)
    throw typed(PRIVATE);
  return { jwk };
}

const PRIVATE = "this is the private part: paste the public one";

const typed = (message: string) => new Problem("invalid_request", 400, message);
