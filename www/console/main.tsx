// The console's first script: puts the app into the shell.

import { render } from "preact";

import "../shared/base.css";
import "./kit/frame.css";
import "./kit/form.css";
import "./kit/kit.css";
import "./kit/leave.tsx";
import { App } from "./app.tsx";
import { Boundary } from "./kit/boundary.tsx";

const root = document.getElementById("app");
if (root)
  render(
    <Boundary at="">
      <App />
    </Boundary>,
    root,
  );
