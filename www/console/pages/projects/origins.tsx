// Where the pages of a project are: only they may use its user tokens.

import { admin } from "../../api/client.ts";
import type { Project } from "../../api/types/project.ts";
import { useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { useDraft } from "../../kit/draft.ts";
import { TextField } from "../../kit/field.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";
import { wrongIn } from "../../kit/words.ts";

interface Props {
  project: Project;
  /** Reads the project again. */
  again: () => Promise<void>;
}

/** The card of a project's allowed origins. */
export function Origins({ project, again }: Props) {
  const path = `projects/${project.id}`;
  /** Changes the list as it is now: somebody else may have changed it meanwhile. */
  const change = async (decide: (origins: string[]) => string[]) => {
    const { origins } = await admin<Project>("GET", path);
    await admin("PATCH", path, { body: { origins: decide(origins) } });
    await again();
  };
  const remove = useAction((origin: string) =>
    change((origins) => origins.filter((one) => one !== origin)),
  );
  return (
    <Card
      title="Allowed origins"
      about="The addresses of your app's pages: scheme, host and port. Pages elsewhere are refused."
      testId="origins"
      id="origins"
    >
      {project.origins.length > 0 && (
        <ul class="lines">
          {project.origins.map((origin) => (
            <li key={origin}>
              <code>{origin}</code>
              <Button
                small
                disabled={remove.busy}
                aria-label={`Remove ${origin}`}
                onClick={() => void remove.run(origin)}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      <ProblemNotice problem={remove.problem} />
      <Another
        project={project.id}
        onAdd={(origin) =>
          change((origins) => [...new Set([...origins, origin])])
        }
      />
    </Card>
  );
}

interface AnotherProps {
  project: string;
  onAdd: (origin: string) => Promise<void>;
}

/** A field for one more. */
function Another({ project, onAdd }: AnotherProps) {
  const draft = useDraft(`origin:${project}`, { origin: "" });
  const add = useAction(async () => {
    await onAdd(draft.value.origin.trim());
    draft.forget();
  });
  const wrong = wrongIn(add.problem);
  return (
    <form
      class="add"
      onSubmit={(event) => {
        event.preventDefault();
        void add.run();
      }}
    >
      <TextField
        label="Another origin"
        placeholder="https://app.example.com"
        required
        value={draft.value.origin}
        onValue={(origin) => {
          add.clear();
          draft.change({ origin });
        }}
        wrong={wrong}
        testId="origin"
      />
      <Button type="submit" busy={add.busy} data-testid="add-origin">
        Add
      </Button>
      {!wrong && <ProblemNotice problem={add.problem} />}
    </form>
  );
}
