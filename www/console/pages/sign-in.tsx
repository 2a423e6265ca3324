// The page for whoever is not signed in, and for when that cannot be found out: the Worker is out of reach, or has no
// admin secret.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Problem } from "../api/client.ts";
import type { Session } from "../api/session.ts";
import { type Action, useAction } from "../api/use.ts";
import { Button } from "../kit/button.tsx";
import { Dialog } from "../kit/dialog.tsx";
import { TextField } from "../kit/field.tsx";
import { Notice, ProblemNotice } from "../kit/notice.tsx";
import { Card, Page } from "../kit/page.tsx";
import { duration } from "../kit/words.ts";

/** The product's name with its icon, as a link to the start of the console. */
export function Brand() {
  return (
    <a href="/console" class="brand">
      <img src="/static/icon.svg" alt="" width="24" height="24" />
      Isthmus
    </a>
  );
}

/** Asks for the admin secret. Whoever is signed in then sees the page whose address they came to. */
export function SignIn({ session }: { session: Session }) {
  const action = useAction(session.signIn);
  if (action.problem?.code === "admin_closed")
    return <NoSession problem={action.problem} again={action.clear} />;
  return (
    <Alone title="Sign in to the console">
      <Card>
        <SecretForm action={action} />
      </Card>
    </Alone>
  );
}

/** Asks for it over a page whose session has ended: what is on the page, or typed into it, stays. */
export function SignInAgain({ session }: { session: Session }) {
  const action = useAction(session.signIn);
  return (
    <Dialog title="Your session has ended" onClose={session.stay}>
      <p>
        Sign in to go on. What is on this page stays as it is; what you did last
        may have to be done once more.
      </p>
      <SecretForm action={action}>
        <Button onClick={session.stay}>Not now</Button>
      </SecretForm>
    </Dialog>
  );
}

interface SecretFormProps {
  action: Action<[string]>;
  /** More buttons. */
  children?: ComponentChildren;
}

function SecretForm({ action, children }: SecretFormProps) {
  const [secret, setSecret] = useState("");
  const wait = useWait(action.problem);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        if (wait === 0) void action.run(secret);
      }}
    >
      <TextField
        label="Admin secret"
        hint={
          <>
            The <code>ADMIN_SECRET</code> of this Worker.
          </>
        }
        type="password"
        autocomplete="current-password"
        required
        value={secret}
        onValue={setSecret}
        testId="admin-secret"
      />
      <Refused problem={action.problem} wait={wait} />
      <div class="actions">
        {children}
        <Button
          kind="primary"
          type="submit"
          busy={action.busy}
          disabled={wait > 0}
        >
          Sign in
        </Button>
      </div>
    </form>
  );
}

/** Why signing in did not go well. */
function Refused({
  problem,
  wait,
}: {
  problem: Problem | undefined;
  wait: number;
}) {
  if (problem?.code === "admin_secret_invalid")
    return (
      <Notice kind="bad" testId="problem">
        <p>
          That is not the admin secret. It is what was given to{" "}
          <code>wrangler secret put ADMIN_SECRET</code>.
        </p>
      </Notice>
    );
  if (problem?.code === "sign_in_throttled")
    return (
      <Notice kind="warn" title="Too many wrong secrets" testId="problem">
        <p role="timer" data-testid="wait">
          {wait > 0
            ? `You can try again in ${duration(wait)}.`
            : "You can try again now."}
        </p>
      </Notice>
    );
  return <ProblemNotice problem={problem} />;
}

/** How many seconds are left of what a refusal asks to wait; counts down by itself. */
function useWait(problem: Problem | undefined): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(problem?.retryAfter ?? 0);
    if (!problem?.retryAfter) return undefined;
    const end = Date.now() + problem.retryAfter * 1000;
    const tell = () =>
      setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    const timer = setInterval(tell, 250);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}

interface NoSessionProps {
  problem: Problem;
  again: () => void;
}

/** Whether somebody is signed in could not be found out. */
export function NoSession({ problem, again }: NoSessionProps) {
  if (problem.code !== "admin_closed")
    return (
      <Alone title="The console could not open">
        <ProblemNotice problem={problem} again={again} />
      </Alone>
    );
  return (
    <Alone title="The console is closed">
      <Card testId="closed">
        <p>
          This Worker has no admin secret, or one shorter than 32 bytes. Make
          one, keep it, and give it to the Worker:
        </p>
        <div class="copyable">
          <pre>
            openssl rand -base64 32 &gt; admin-secret{"\n"}
            npx wrangler secret put ADMIN_SECRET &lt; admin-secret
          </pre>
        </div>
        <p class="quiet small">
          <code>{problem.code}</code>
        </p>
        <Button kind="primary" onClick={again}>
          Try again
        </Button>
      </Card>
    </Alone>
  );
}

/** A page without the frame. */
function Alone({
  title,
  children,
}: {
  title: string;
  children: ComponentChildren;
}) {
  return (
    <div class="alone">
      <div class="alone-column">
        <header>
          <Brand />
        </header>
        <Page title={title}>{children}</Page>
      </div>
    </div>
  );
}
