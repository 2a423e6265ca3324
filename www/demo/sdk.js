// The `isthmus` object as this product uses it: told where the Worker is, and who is signed in here.
import { isthmus } from "/isthmus/index.js";
import { ownServer } from "./page.js";

export { isthmus };

export const config = await ownServer("GET", "/config.json");
isthmus.configureGlobal({ host: config.worker });

/** Signs this product's user in to it. */
export async function authenticate() {
  const { token } = await ownServer("GET", "/token");
  await isthmus.authenticate(config.projectId, token);
}

/** Does something; when the user token has run out meanwhile, once more with a new one. */
export async function withToken(action) {
  try {
    return await action();
  } catch (problem) {
    if (problem.code !== "user_token_expired") throw problem;
    await authenticate();
    return action();
  }
}
