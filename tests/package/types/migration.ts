// What a customer's TypeScript page holds; `tsc` must accept it, and refuse the lines marked so.

import isthmusByDefault, {
  init,
  isthmus,
  OAuthBlockedError,
  paragon,
  SDK_EVENT,
  type AuthenticatedConnectUser,
  type ConnectUser,
  type IntegrationInstallEvent,
  type IntegrationMetadata,
} from "@isthmus/connect";
import { isthmus as inline } from "@isthmus/connect/inline";

interface Meeting {
  id: number;
  topic: string;
}

export async function page(token: string): Promise<void> {
  paragon.configureGlobal({ host: "connect.example.com" });
  paragon.configureGlobal(
    { host: "example.com" },
    { ZEUS_PUBLIC_URL: "https://a.example" },
  );
  await paragon.authenticate("project", token, {
    metadata: { Name: "Ada", plan: 1 },
  });
  const user: ConnectUser = paragon.getUser();
  if (user.authenticated) {
    const id: string | undefined =
      user.integrations.zoom?.allCredentials[0]?.id;
    console.log(id, user.userId, user.meta.Email);
  }
  paragon.connect("zoom", {
    onSuccess: (
      event: IntegrationInstallEvent,
      user: AuthenticatedConnectUser,
    ) => console.log(event.credential?.providerId, user.userId),
    onInstall: (event) => console.log(event.credentialId),
    onError: (error) => console.error(error.code, error.message),
    onWorkflowChange: ({ workflowId, workflowStateChange }) =>
      console.log(workflowId, workflowStateChange.enabled),
    onOpen: () => {},
    onClose: () => {},
  });
  const event: IntegrationInstallEvent | void =
    await paragon.installIntegration("zoom", {
      allowMultipleCredentials: true,
      oauthTimeout: 60_000,
    });
  console.log(event);
  const meeting = await paragon.request<Meeting>("zoom", "users/me/meetings", {
    method: "POST",
    body: { topic: "Type-checked" },
    headers: { "x-own": "1" },
    selectedCredentialId: "id",
  });
  console.log(meeting?.topic);
  const stop: () => boolean = paragon.subscribe(
    SDK_EVENT.ON_INTEGRATION_INSTALL,
    (event, user) => console.log(event.integrationType, user.userId),
  );
  stop();
  const all: IntegrationMetadata[] = paragon.getIntegrationMetadata();
  const one: IntegrationMetadata = paragon.getIntegrationMetadata("zoom");
  console.log(
    all,
    one.brandColor,
    inline.getVersion(),
    isthmusByDefault === isthmus,
  );
  await paragon.event("Task Created", { id: 1 });
  const answer = await paragon.workflow<{ ok: boolean }>("workflow", {
    body: { id: 1 },
    query: { page: "2" },
    headers: { "x-own": "1" },
    selectedCredentialId: "id",
  });
  const switched: Promise<void> = paragon.enableWorkflow("workflow");
  await switched;
  await paragon.disableWorkflow("workflow", { selectedCredentialId: "id" });
  const { errors } = await paragon.updateWorkflowState({ workflow: true });
  const { userState } = await paragon.updateWorkflowUserSettings(
    "zoom",
    "workflow",
    { email: "ada@example.com", count: 1, other: null },
  );
  const [first] = paragon.getIntegrationConfig("zoom").availableWorkflows;
  const title: string | undefined = first?.inputs[0]?.title;
  console.log(answer?.ok, errors[0]?.workflowId, userState, title);
  await paragon.setUserMetadata({ Email: "ada@example.com" });
  await paragon.uninstallIntegration("zoom", { selectedCredentialId: "id" });
  await init(new Uint8Array());
}

export async function refused(): Promise<void> {
  const answer = await isthmus.request("zoom", "users/me");
  // @ts-expect-error The type of an answer that nobody named is unknown, not any.
  console.log(answer.email);
  // @ts-expect-error There is no such event.
  isthmus.subscribe("onEverything", () => {});
  // @ts-expect-error The host is missing.
  isthmus.configureGlobal({});
  await isthmus.connect("zoom").catch((error: unknown) => {
    if (error instanceof OAuthBlockedError)
      document.onclick = () => void error.retry();
  });
}
