// Who is signed in, and which address is which page. Pages that few people open first are loaded when they are opened.

import { lazy, LocationProvider, Route, Router, useLocation } from "preact-iso";

import { useSession } from "./api/session.ts";
import { Boundary } from "./kit/boundary.tsx";
import { Button } from "./kit/button.tsx";
import { Loading, Notice } from "./kit/notice.tsx";
import { Page } from "./kit/page.tsx";
import { ProjectFrame } from "./pages/frame.tsx";
import { Projects } from "./pages/projects/list.tsx";
import { NoSession, SignIn, SignInAgain } from "./pages/sign-in.tsx";

/** A page that is loaded when it is opened; if that fails, a page that says so. */
const later: typeof lazy = (load) => {
  const failed = () =>
    ({ default: NotLoaded }) as Awaited<ReturnType<typeof load>>;
  return lazy(() => load().catch(failed));
};

const NewProject = later(() =>
  import("./pages/projects/new.tsx").then((all) => all.NewProject),
);
const Overview = later(() =>
  import("./pages/projects/overview.tsx").then((all) => all.Overview),
);
const Integrations = later(() =>
  import("./pages/integrations/catalog.tsx").then((all) => all.Catalog),
);
const Integration = later(() =>
  import("./pages/integrations/integration.tsx").then((all) => all.Integration),
);
const Users = later(() =>
  import("./pages/users/list.tsx").then((all) => all.Users),
);
const User = later(() =>
  import("./pages/users/user.tsx").then((all) => all.User),
);
const Workflows = later(() =>
  import("./pages/workflows/list.tsx").then((all) => all.Workflows),
);
const Editor = later(() =>
  import("./pages/workflows/editor.tsx").then((all) => all.Editor),
);
const Runs = later(() =>
  import("./pages/runs/list.tsx").then((all) => all.Runs),
);
const Run = later(() => import("./pages/runs/run.tsx").then((all) => all.Run));
const Events = later(() =>
  import("./pages/events/list.tsx").then((all) => all.Events),
);
const Event = later(() =>
  import("./pages/events/event.tsx").then((all) => all.Event),
);
const Deliveries = later(() =>
  import("./pages/deliveries/list.tsx").then((all) => all.Deliveries),
);
const Delivery = later(() =>
  import("./pages/deliveries/delivery.tsx").then((all) => all.Delivery),
);
const Usage = later(() => import("./pages/usage.tsx").then((all) => all.Usage));
const Health = later(() =>
  import("./pages/health.tsx").then((all) => all.Health),
);

/** The console. */
export function App() {
  const session = useSession();
  if (session.state === "unknown")
    return session.problem ? (
      <NoSession problem={session.problem} again={session.again} />
    ) : (
      <div class="alone">
        <Loading what="the console" />
      </div>
    );
  if (session.state === "signed-out") return <SignIn session={session} />;
  return (
    <LocationProvider scope="/console">
      <ProjectFrame onSignOut={session.signOut}>
        <Pages />
      </ProjectFrame>
      {session.state === "ended" && <SignInAgain session={session} />}
    </LocationProvider>
  );
}

/** The page of the address. Going to another project begins its page anew. */
function Pages() {
  const { path } = useLocation();
  return (
    <Boundary at={path}>
      <Routes key={path.split("/")[3]} />
    </Boundary>
  );
}

function Routes() {
  return (
    <Router>
      <Route path="/console" component={Projects} />
      <Route path="/console/projects/new" component={NewProject} />
      <Route path="/console/health" component={Health} />
      <Route path={PROJECT} component={Overview} />
      <Route path={`${PROJECT}/integrations`} component={Integrations} />
      <Route
        path={`${PROJECT}/integrations/:integration`}
        component={Integration}
      />
      <Route path={`${PROJECT}/users`} component={Users} />
      <Route path={`${PROJECT}/users/:grant`} component={User} />
      <Route path={`${PROJECT}/workflows`} component={Workflows} />
      <Route path={`${PROJECT}/workflows/:workflow`} component={Editor} />
      <Route path={`${PROJECT}/runs`} component={Runs} />
      <Route path={`${PROJECT}/runs/:run`} component={Run} />
      <Route path={`${PROJECT}/events`} component={Events} />
      <Route path={`${PROJECT}/events/:event`} component={Event} />
      <Route path={`${PROJECT}/deliveries`} component={Deliveries} />
      <Route path={`${PROJECT}/deliveries/:delivery`} component={Delivery} />
      <Route path={`${PROJECT}/usage`} component={Usage} />
      <Route default component={Nowhere} />
    </Router>
  );
}

/** Where the pages of a project are. */
const PROJECT = "/console/projects/:project";

function Nowhere() {
  return (
    <Page title="There is no such page">
      <p>
        Go to <a href="/console">your projects</a>.
      </p>
    </Page>
  );
}

function NotLoaded() {
  return (
    <Page title="This page could not be loaded">
      <Notice kind="bad">
        <p>
          Your connection broke, or the console was updated meanwhile: reload
          the page.
        </p>
        <Button onClick={() => location.reload()}>Reload</Button>
      </Notice>
    </Page>
  );
}
