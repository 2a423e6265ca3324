// The portal's first script: finds out who answers, and puts the app into the shell.

import { render } from "preact";

import "../shared/base.css";
import "./portal.css";
import "./account.css";
import { App } from "./app.tsx";
import { bridgeBackend } from "./bridge.ts";
import { sessionBackend } from "./session.ts";
import { text } from "./words.ts";

const portal = /^\/portal\/([^/]+)$/.exec(location.pathname)?.[1];
const backend = portal ? sessionBackend(portal) : bridgeBackend();
const root = document.getElementById("app");

document.documentElement.lang = text.lang;
if (backend.isLayer) document.documentElement.classList.add("layer");
if (root) render(<App backend={backend} />, root);
