/** First steps of an n8n that answers: its owner, then the workflows of the repository. */
import type { Host } from "../host/host.ts";
import type { Account } from "../host/machine.ts";
import { resolveSecrets } from "../model/secrets.ts";
import type { EffectInput } from "./adapter.ts";
import { addToNote, readNote } from "./n8n-note.ts";
import { createRest, field, type Rest, type RestAnswer } from "./n8n-rest.ts";
import type { N8nSettings } from "./n8n-settings.ts";
import { readWorkflows, type WorkflowFile } from "./n8n-workflows.ts";

type Input = EffectInput<N8nSettings>;

/** Idempotent: an owner there is stays, and a workflow is imported again only when its file has changed. Throws an Error that says what n8n refused. */
export async function bootstrapN8n(input: Input, { machine }: Host): Promise<void> {
  const { settings, ports, signal } = input;
  const rest = createRest(`http://127.0.0.1:${ports["main"] ?? settings.port}`, signal);
  await ownerLoggedIn(input, rest, machine.serverAccount);
  for (const workflow of readWorkflows(input)) await importWorkflow(workflow, input, rest, machine.serverAccount);
}

async function ownerLoggedIn(input: Input, rest: Rest, account: Account | undefined): Promise<void> {
  const { email } = input.settings.owner;
  const password = resolveSecrets(input.secret("owner-password"), (key) => input.reveal(key));
  const known = accepted(await rest.ask("GET", "/settings"), "it does not tell its settings");
  if (field(field(known, "userManagement"), "showSetupOnFirstLoad") === true) {
    input.progress(`making ${email} the owner`);
    accepted(await rest.ask("POST", "/owner/setup", { email, password, firstName: "Local", lastName: "Owner" }), `the owner ${email} could not be made`);
  }
  accepted(await rest.ask("POST", "/login", { emailOrLdapLoginId: email, password }), `the owner ${email} cannot log in; was the password changed in n8n? set requirements.${input.name}.owner to what holds now`);
  addToNote(input.dataDirectory, { owner: { email, password } }, account);
}

async function importWorkflow(workflow: WorkflowFile, input: Input, rest: Rest, account: Account | undefined): Promise<void> {
  const { id, file, content, hash, isActive } = workflow;
  const { workflows } = readNote(input.dataDirectory);
  const isThere = (await rest.ask("GET", `/workflows/${encodeURIComponent(id)}`)).status === 200;
  if (isThere && workflows[id] === hash) return;
  input.progress(`importing ${file}`);
  const refused = `${file} could not be imported`;
  const saved = isThere ? accepted(await rest.ask("PATCH", `/workflows/${encodeURIComponent(id)}`, content), refused) : accepted(await rest.ask("POST", "/workflows", { ...content, id }), refused);
  if (isActive) accepted(await rest.ask("POST", `/workflows/${encodeURIComponent(id)}/activate`, { versionId: field(saved, "versionId") }), `${file} was imported, but could not be activated`);
  addToNote(input.dataDirectory, { workflows: { ...workflows, [id]: hash } }, account);
}

/** The data of an answer. */
function accepted({ status, data, message }: RestAnswer, otherwise: string): unknown {
  if (status >= 200 && status < 300) return data;
  throw new Error(`${otherwise} (n8n answers ${status}: ${message})`);
}
