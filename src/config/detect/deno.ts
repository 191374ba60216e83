/** Services from the tasks of deno.json. */
import type { Candidate, Detector } from "./proposal.ts";
import { plainData, textOf } from "./data.ts";
import { usedIn } from "./libraries.ts";
import { toldBySource } from "./listening.ts";
import type { Told } from "./listening.ts";
import { has, sourceTexts, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

export const denoDetector: Detector = {
  id: "deno",
  files: ["deno.json", "deno.jsonc"],
  detect(tree, directory) {
    const file = within(directory, has(tree, directory, "deno.json") ? "deno.json" : "deno.jsonc");
    const tasks = plainData(plainData(tree.read(file)).tasks);
    const task = ["dev", "start", "serve"].find((name) => taskText(tasks[name]) !== undefined);
    const text = task === undefined ? undefined : taskText(tasks[task]);
    if (task === undefined || text === undefined) return [];
    return candidatesOf(tree, directory, { file, task, text });
  },
};

interface Task {
  readonly file: string;
  readonly task: string;
  readonly text: string;
}

function candidatesOf(tree: Tree, directory: string, { file, task, text }: Task): readonly Candidate[] {
  const isVite = /(?:^|[\s:/])vite(?:@\S+)?(?:\s|$)/.test(text);
  const words = isVite ? " --port {port} --strictPort" : /\bdeno serve\b/.test(text) ? " --port {port}" : "";
  const texts = sourceTexts(tree, directory, /\.[jt]sx?$/);
  const isServer = words !== "" || texts.some((one) => /\bDeno\.serve\(|\bserve\(|\.listen\(|\bnew (?:Hono|Application)\(|\bstart\(manifest/.test(one));
  if (!isServer) return [];
  const told: Told = words === "" ? toldBySource(texts) : { env: {} };
  return [{
    role: isVite ? "frontend" : "backend",
    dir: directory,
    command: `deno task ${task}${words}`,
    ...told,
    listens: true,
    prepare: [],
    uses: usedIn(tree, directory, "deno"),
    reason: `${file}: task "${task}"`,
    file,
  }];
}

/** A task is text, or an object with a command. */
function taskText(task: unknown): string | undefined {
  return textOf(task) ?? textOf(plainData(task).command);
}
