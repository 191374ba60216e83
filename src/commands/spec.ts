/** `spec create|list|show|delete|validate|generate`: jobs written down in `.envctl.d/tasks`. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandBody, CommandInput } from "../cli/command.ts";
import type { SpecAnswer } from "../contracts/job-reports.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { exampleTask, readTask, taskNames, taskPath, tasksDirectory } from "./task-file.ts";
import { textFlag } from "./targets.ts";

const actions = ["create", "list", "show", "delete", "validate", "generate"] as const;
type Action = (typeof actions)[number];

interface Call {
  readonly name: string;
  readonly root: string;
  readonly input: CommandInput;
}

const bodies: Readonly<Record<Action, (call: Call) => SpecAnswer>> = {
  create: created,
  list: ({ root }) => ({ action: "list", names: [...taskNames(root)] }),
  show: ({ name, root }) => shown("show", taskPath(name, root)),
  validate: ({ name, root }) => shown("validate", taskPath(name, root)),
  delete: ({ name, root }) => {
    const answer = shown("delete", taskPath(name, root));
    rmSync(taskPath(name, root));
    return answer;
  },
  generate: () => ({ action: "generate", path: null, text: `${JSON.stringify(exampleTask, null, 2)}\n` }),
};

export const body: CommandBody<SpecAnswer> = {
  run: async (input, runtime) => {
    const [word = "", name = "", ...more] = input.args;
    const action = actions.find((one) => one === word);
    if (action === undefined) throw new UserError({ reason: "usage_invalid", message: `specifications cannot "${word}"`, hint: `one of ${actions.join(", ")}` });
    const takesName = action !== "list" && action !== "generate";
    if (more.length > 0 || (name !== "") !== takesName) throw new UserError({ reason: "usage_invalid", message: `\`spec ${action}\` takes ${takesName ? "one name" : "no name"}` });
    return bodies[action]({ name, input, root: runtime.checkout.projectRoot });
  },
  text: (answer) => {
    if ("names" in answer) return answer.names;
    if (answer.action === "show" || answer.action === "generate") return [answer.text.trimEnd()];
    return [`${answer.path}: ${{ create: "written", delete: "removed", validate: "in order" }[answer.action]}`];
  },
};

/** What is written can be run: it is read first. */
function created({ name, root, input }: Call): SpecAnswer {
  const from = textFlag(input.flags, "file");
  if (from === undefined || !/^[\w.-]+$/.test(name) || name.startsWith(".")) throw new UserError({ reason: "usage_invalid", message: from === undefined ? "`spec create` needs --file" : `"${name}" cannot be the name of a file`, hint: "for example `envctl spec generate > t.json; envctl spec create tests --file t.json`" });
  const path = join(tasksDirectory(root), `${name}.json`);
  if (existsSync(path) && input.flags["force"] !== true) throw new UserError({ reason: "conflict", message: `${path} is there already`, hint: "say --force to replace it" }, exitCodes.interrupted);
  const source = taskPath(from.includes("/") ? from : `./${from}`, root);
  readTask(source);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, readFileSync(source));
  return shown("create", path);
}

function shown(action: "create" | "show" | "delete" | "validate", path: string): SpecAnswer {
  if (action !== "delete") readTask(path);
  return { action, path, text: readFileSync(path, "utf8") };
}
