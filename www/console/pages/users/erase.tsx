// Erases everything of a user, once somebody has typed whose.

import { useState } from "preact/hooks";

import { server } from "../../api/client.ts";
import { useAction } from "../../api/use.ts";
import { Button } from "../../kit/button.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { TextField } from "../../kit/field.tsx";
import { ProblemNotice } from "../../kit/notice.tsx";
import { Card } from "../../kit/page.tsx";

/** What came of erasing a user. */
export interface Erased {
  id: string;
  /** So many accounts were disconnected. */
  grants: number;
  /** `pending`: Zoom has still to be told. */
  revocation?: string;
  /** So many connects were under way. */
  connecting?: number;
  /** `pending`: some events and runs are still there. */
  events?: string;
}

interface Props {
  project: string;
  user: string;
  onDone: (erased: Erased) => void;
}

/** The card, its button and its question. */
export function EraseUser({ project, user, onDone }: Props) {
  const [asked, setAsked] = useState(false);
  const [typed, setTyped] = useState("");
  const erase = useAction(async () => {
    const path = `users/${encodeURIComponent(user)}`;
    const erased = await server<Erased>(project, "DELETE", path);
    setAsked(false);
    onDone(erased);
  });
  const close = () => {
    setAsked(false);
    setTyped("");
    erase.clear();
  };
  return (
    <Card
      title="Erase this user"
      about="Takes every connected account of the user, and the events, runs and deliveries that are about them. It cannot be undone."
    >
      <div>
        <Button
          kind="danger"
          onClick={() => setAsked(true)}
          data-testid="erase"
        >
          Erase user
        </Button>
      </div>
      {asked && (
        <Dialog title={`Erase ${user}?`} onClose={close}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (typed === user) void erase.run();
            }}
          >
            <p>
              All accounts of this user are disconnected, and everything that is
              kept about them is deleted. To go on, type the user’s id:{" "}
              <code>{user}</code>
            </p>
            <TextField
              label="The user’s id"
              value={typed}
              onValue={setTyped}
              autocomplete="off"
              testId="erase-id"
            />
            <ProblemNotice problem={erase.problem} />
            <div class="actions">
              <Button onClick={close}>Cancel</Button>
              <Button
                kind="danger"
                type="submit"
                busy={erase.busy}
                disabled={typed !== user}
                data-testid="confirm"
              >
                Erase
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </Card>
  );
}
