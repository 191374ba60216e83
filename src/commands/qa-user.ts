/** `qa-user ensure`: a user for tests in the Supabase of each project. */
import { join } from "node:path";
import type { QaUserOrder } from "../actions/qa-user.ts";
import type { CommandInput } from "../cli/command.ts";
import type { QaUserReport } from "../contracts/action-reports.ts";
import { UserError } from "../model/failure.ts";
import { requireRunning } from "../model/project-choice.ts";
import { runningProjects } from "./action-targets.ts";
import { actionBody, type ActionCall } from "./project-action.ts";
import type { RunView } from "./run-view.ts";
import { textFlag } from "./targets.ts";
import { revealedValues } from "./unit-values.ts";

type Result = NonNullable<QaUserReport["projects"][number]["result"]>;

const serviceKeys = ["SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY", "SUPABASE_SECRET_KEY"] as const;

export const body = actionBody<"qa-user", Result>({
  name: "qa-user",
  timeoutMs: 2 * 60_000,
  atOnce: 4,
  check: ({ projects, view }, input) => {
    if (input.args[0] !== "ensure") throw new UserError({ reason: "usage_invalid", message: "qa-user needs to be told what to do", hint: "envctl qa-user ensure --email qa@example.com" });
    wishOf(input);
    requireRunning(projects, runningProjects(view));
  },
  artifacts: (_, { view }, runtime) => (view === undefined ? runtime.scope.root : join(runtime.scope.runs, view.state.runId)),
  work: async (call) => {
    const { outcome, userId, email, url } = await call.actions.ensureQaUser(await orderOf(call), call.place);
    return { outcome, user_id: userId, email, url };
  },
  troubles: () => [],
  heading: ["USER", "OUTCOME", "ID"],
  cells: ({ email, outcome, user_id }) => [email, outcome, user_id],
});

async function orderOf({ project, targets, input, runtime }: ActionCall): Promise<QaUserOrder> {
  const spec = supabaseUnit(project.name, targets.view);
  const values = spec === undefined ? {} : await revealedValues(spec, runtime);
  const [url, key] = [values["SUPABASE_URL"] ?? "", serviceKeys.map((name) => values[name] ?? "").find((value) => value !== "")];
  if (url === "" || key === undefined) {
    // Never that of the caller's environment: it may be somebody's real one.
    throw new UserError({ reason: "configuration_missing", message: `no service of ${project.name} is given SUPABASE_URL and a service key`, hint: `project them in .envctl: SUPABASE_URL, and one of ${serviceKeys.join(", ")}, under \`env\` of a service` });
  }
  const password = textFlag(input.flags, "password") ?? runtime.host.environment["QA_USER_PASSWORD"];
  return { url, serviceKey: key, ...wishOf(input), ...(password === undefined || password === "" ? {} : { password }) };
}

function supabaseUnit(project: string, view: RunView | undefined): { readonly env: Readonly<Record<string, string>> } | undefined {
  const specs = Object.values(view?.state.units ?? {}).map(({ spec }) => spec).filter((spec) => spec.project === project);
  return specs.find(({ env }) => env["SUPABASE_URL"] !== undefined && serviceKeys.some((name) => env[name] !== undefined));
}

function wishOf({ flags }: Pick<CommandInput, "flags">): Pick<QaUserOrder, "email" | "metadata" | "appMetadata"> {
  const email = textFlag(flags, "email") ?? "";
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new UserError({ reason: "usage_invalid", message: email === "" ? "no address was given" : `"${email}" is not an address`, hint: "give one with --email, such as qa@example.com" });
  const [metadata, appMetadata] = [objectFlag(flags, "metadata-json"), objectFlag(flags, "app-metadata-json")];
  return { email, ...(metadata === undefined ? {} : { metadata }), ...(appMetadata === undefined ? {} : { appMetadata }) };
}

function objectFlag(flags: CommandInput["flags"], name: string): Readonly<Record<string, unknown>> | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, with what was written.
  }
  throw new UserError({ reason: "usage_invalid", message: `--${name} needs a JSON object, not "${text}"`, hint: `for example --${name} '{"role":"admin"}'` });
}
