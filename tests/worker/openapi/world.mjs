// What the cases need around them: a project that is ready, its server, its users, and a Zoom that fails when told to.

import assert from "node:assert/strict";

import { product, zoom } from "../../setup/product.mjs";
import {
  ask,
  connect,
  newProject,
  readyProject,
} from "../../conformance/nylas/project.mjs";
import { User } from "../user.mjs";

/** The origin of the project's pages. */
export const ORIGIN = "https://product.example";
export const ADA = "ada@acme.example";
export const ALAN = "alan@acme.example";
export const GRACE = "grace@globex.example";

/** A body of this size in bytes is more than an address takes. */
export const large = (size) => JSON.stringify({ name: "x".repeat(size) });

/** Zoom answers this status. */
export const answers = (status, body) => ({ type: "answer", status, body });

/** Does something while Zoom fails so at every call of a kind, or at so many. */
export async function failing([kind, fault, times = null], action) {
  await zoom("POST", "faults", { kind, fault, times });
  try {
    return await action();
  } finally {
    await zoom("DELETE", "faults");
  }
}

/** A project. */
export class World {
  constructor(project) {
    this.project = project;
  }

  /** One without an integration. */
  static async bare() {
    return new World(await newProject());
  }

  /** One with its integration. */
  static async ready() {
    return new World(await readyProject());
  }

  /** One whose integration is being deleted, which does not come to its end. */
  static async deleting() {
    const world = await World.ready();
    await world.beginDeletion();
    return world;
  }

  async beginDeletion() {
    await this.grant(ALAN);
    const deletion = () => ask(this.project, "DELETE", "integrations/zoom");
    const { status } = await failing(["revoke", answers(500)], deletion);
    assert.equal(status, 202);
  }

  /** Asks as the project's server, and expects that it goes well. */
  async asked(method, path, body) {
    const answer = await ask(this.project, method, path, body);
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return (await answer.json()).data;
  }

  /** The headers of the project's server. */
  get server() {
    const { client_id, client_secret } = this.project;
    const credential = Buffer.from(`${client_id}:${client_secret}`);
    return { authorization: `Basic ${credential.toString("base64")}` };
  }

  /** One of the project's users, in front of its page. */
  user(id = "ada") {
    const project = { ...this.project, origin: ORIGIN };
    const around = { url: product.worker, zoom: { control: zoom }, project };
    return new User(around, id);
  }

  /** A grant by a login link. */
  grant(zoomUser = ADA, account) {
    return connect(this.project, zoomUser, account);
  }

  /** A login link that ends at the project's page. */
  async link(body = {}) {
    const redirect_uri = `${ORIGIN}/zoom/connected`;
    const whole = { provider: "zoom", redirect_uri, ...body };
    const answer = await ask(this.project, "POST", "auth", whole);
    assert.equal(answer.status, 200);
    return (await answer.json()).data;
  }
}
