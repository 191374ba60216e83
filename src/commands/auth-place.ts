/** Where the auth server of a project's Supabase is, and with what key it is administered. */
import type { CommandInput } from "../cli/command.ts";
import { UserError, type Failure } from "../model/failure.ts";
import type { RunState } from "../model/run-state.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { AuthPlace } from "./auth-admin.ts";
import { dbTarget, type DbTarget } from "./db-target.ts";

const requirement = "supabase";
const keyVariable = "SUPABASE_SERVICE_ROLE_KEY";

/** The project that is meant, with its Supabase. Throws a UserError where it has none, or one without an auth server. */
export async function authPlace(input: CommandInput, runtime: EngineRuntime): Promise<AuthPlace & { readonly target: DbTarget }> {
  const target = await dbTarget({ ...input, flags: { ...input.flags, requirement } }, runtime);
  const units = runtime.repository.latest()?.state.units ?? {};
  const spec = units[`${target.project}/${requirement}`]?.spec;
  if (spec === undefined) throw refused({ reason: "not_running", message: `${target.project}/${requirement} has never run`, hint: `start it with \`envctl start --project ${target.project}\`` });
  switch (spec.requirement?.engine) {
    case "external":
      return { target, url: new URL(spec.url ?? "").origin, serviceKey: callersKey(runtime) };
    case "docker":
      return { target, url: gatewayUrl(units, target), serviceKey: await ownKey(target, runtime) };
    default:
      throw refused({ reason: "configuration_invalid", message: `${spec.id} runs embedded, and that has no auth server: there is the table auth.users, and nobody who signs users in`, hint: `set requirements.${requirement}.engine to docker, or insert rows into auth.users with \`envctl db shell\`` });
  }
}

function callersKey({ host }: Pick<EngineRuntime, "host">): string {
  const key = host.environment[keyVariable];
  if (key === undefined || key === "") throw refused({ reason: "configuration_missing", message: "the Supabase is external, and nothing says with what key it is administered", hint: `set the variable ${keyVariable}` });
  return key;
}

function gatewayUrl(units: RunState["units"], { project }: DbTarget): string {
  const url = units[`${project}/${requirement}-gateway`]?.spec.url;
  if (url === undefined) throw refused({ reason: "configuration_invalid", message: `the Supabase of ${project} has no gateway, so its auth server cannot be reached`, hint: `remove \`gateway: false\` from requirements.${requirement}.services` });
  return url;
}

async function ownKey({ project }: DbTarget, runtime: Pick<EngineRuntime, "knownSecret">): Promise<string> {
  const key = await runtime.knownSecret(`${project}/${requirement}/service_role_key`);
  if (key === undefined) throw refused({ reason: "not_running", message: `the keys of ${project}/${requirement} were never made`, hint: `start it with \`envctl start --project ${project}\`` });
  return key;
}

function refused(failure: Failure): UserError {
  return new UserError(failure);
}
