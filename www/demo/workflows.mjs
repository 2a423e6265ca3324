// The workflows of this product: what each does is in workflows/*.json; here they are brought to Isthmus at each start.
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { everything } from "./ask.mjs";

const folder = new URL("./workflows/", import.meta.url);

/** Where the definitions say that this server is. */
const USUALLY = "http://localhost:8788";

/**
 * Creates, changes and deploys them as need be. `here` is where this server is, `secrets` what they may use by name.
 * Answers their ids by their files' names.
 */
export async function deploy(ask, { here, secrets }) {
  for (const [name, value] of Object.entries(secrets)) {
    await ask("PUT", `workflow-secrets/${name}`, { value });
  }
  const all = await everything(ask, "workflows");
  const ids = {};
  for (const file of (await readdir(folder)).sort()) {
    const text = await readFile(new URL(file, folder), "utf8");
    const definition = JSON.parse(text.replaceAll(USUALLY, here));
    const known = all.find(({ name }) => name === definition.name);
    ids[basename(file, ".json")] = await put(ask, definition, known?.id);
  }
  return ids;
}

/** Has this definition at work, and touches nothing if it is already. */
async function put(ask, definition, id) {
  let workflow = id
    ? await ask("GET", `workflows/${id}`)
    : await ask("POST", "workflows", definition);
  const isChanged = !isDeepStrictEqual(workflow.definition, definition);
  if (isChanged) {
    workflow = await ask("PATCH", `workflows/${workflow.id}`, definition);
  }
  if (isChanged || workflow.status !== "deployed") {
    await ask("POST", `workflows/${workflow.id}/deploy`);
  }
  return workflow.id;
}
