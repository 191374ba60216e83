/** The protocol's side: tools and resources over standard input and output, until that ends. Loaded by `mcp` alone. */
import { McpServer, ResourceTemplate, type CallToolResult, type ServerContext } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import type { CommandSpec, FlagSpec } from "../../cli/command.ts";
import { commandNamed, flagsOf } from "../../cli/parse.ts";
import { version } from "../../cli/version.ts";
import type { EngineRuntime } from "../../runtime.ts";
import { agentLines } from "../agent-lines.ts";
import { answerOf, inputName, isFailed, wordsOf, type Answer } from "./call.ts";
import { resources, tools, type ToolRow, type WordRow } from "./tools.ts";

export interface ServeOptions {
  readonly runtime: Pick<EngineRuntime, "host" | "checkout">;
  readonly commands: readonly CommandSpec[];
  readonly signal: AbortSignal;
}

/** Resolves when whoever asks has gone, or the signal comes, and every call has ended. */
export async function serve(options: ServeOptions): Promise<void> {
  const ended = new AbortController();
  const calls = new Set<Promise<unknown>>();
  const ask = (words: readonly string[], spec: CommandSpec, signal: AbortSignal, onLine?: (line: string) => void): Promise<Answer> => {
    const call = answerOf(words, spec, { runtime: options.runtime, signal: AbortSignal.any([signal, ended.signal]), ...(onLine === undefined ? {} : { onLine }) });
    calls.add(call);
    void call.finally(() => calls.delete(call)).catch(() => undefined);
    return call;
  };
  const connection = serveStdio(() => serverOf(options.commands, ask));
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
    options.signal.addEventListener("abort", () => resolve(), { once: true });
    if (options.signal.aborted) resolve();
  });
  ended.abort();
  await Promise.allSettled(calls);
  await connection.close();
}

type Ask = (words: readonly string[], spec: CommandSpec, signal: AbortSignal, onLine?: (line: string) => void) => Promise<Answer>;

function serverOf(commands: readonly CommandSpec[], ask: Ask): McpServer {
  const server = new McpServer({ name: "envctl", version }, { instructions: agentLines.join("\n") });
  for (const row of tools) {
    const spec = commandNamed(row.command, commands);
    if (spec !== undefined) addTool(server, row, spec, ask);
  }
  for (const row of resources) {
    const spec = commandNamed(row.command, commands);
    if (spec === undefined) continue;
    const read = async (uri: URL, context: ServerContext) => contentsOf(uri, await ask([row.command, "--json", "--headless"], spec, context.mcpReq.signal));
    server.registerResource(row.name, `envctl://${row.name}`, { description: row.about, mimeType: "application/json" }, read);
  }
  const logs = commandNamed("logs", commands);
  if (logs !== undefined) {
    server.registerResource("logs", new ResourceTemplate("envctl://logs/{project}/{unit}", { list: undefined }), { description: "The last lines a unit wrote; secrets are hidden.", mimeType: "application/json" }, async (uri, { project, unit }, context) =>
      contentsOf(uri, await ask(["logs", "--mask", `--service=${String(project)}/${String(unit)}`, "--json", "--headless"], logs, context.mcpReq.signal)),
    );
  }
  return server;
}

function addTool(server: McpServer, row: ToolRow, spec: CommandSpec, ask: Ask): void {
  const flags = flagsOf(spec);
  const config = {
    title: row.name.replaceAll("_", " "),
    description: row.about ?? spec.about,
    inputSchema: inputOf(row, spec, flags),
    annotations: { readOnlyHint: row.kind === "reads", destructiveHint: row.kind === "destroys", openWorldHint: row.runs === true },
  };
  server.registerTool(row.name, config, async (given, context) => {
    const { signal } = context.mcpReq;
    const words = wordsOf(row, flags, given);
    if (row.kind === "destroys" && given["confirm"] !== true && given["dry_run"] !== true) {
      const would = row.preview === undefined ? undefined : await ask([...words, ...row.preview], spec, signal);
      return resultOf({ message: `${row.name} was not done: it can take away what cannot be had back.`, hint: "Ask whoever you work for, then call it again with confirm: true.", ...(would === undefined ? {} : { would: would.value }) }, true);
    }
    const answer = await ask(words, spec, signal, progressTo(context));
    return resultOf(answer.value, isFailed(row, answer));
  });
}

/** Tells a client that asked for it how a long call goes on. */
function progressTo(context: ServerContext): ((line: string) => void) | undefined {
  const token = context.mcpReq._meta?.progressToken;
  if (token === undefined) return undefined;
  let told = 0;
  return (line) => {
    told += 1;
    void context.mcpReq.notify({ method: "notifications/progress", params: { progressToken: token, progress: told, message: eventWords(line) } }).catch(() => undefined);
  };
}

/** `unit ready Main/backend`. */
function eventWords(line: string): string {
  const event: unknown = JSON.parse(line);
  if (typeof event !== "object" || event === null || !("type" in event)) return "";
  return `${String(event.type).replaceAll("_", " ")}${"unitId" in event ? ` ${String(event.unitId)}` : ""}`;
}

/** The inputs of a tool, with the words the command's help has for them. */
function inputOf(row: ToolRow, spec: CommandSpec, flags: readonly FlagSpec[]): z.ZodObject {
  const isAction = (row.fixed ?? []).some((word) => !word.startsWith("-"));
  const words = (row.words ?? []).map((word, at) => [word.name, wordInput(word, spec.args?.[at + (isAction ? 1 : 0)]?.about)] as const);
  const options = (row.flags ?? []).flatMap((name) => {
    const flag = flags.find((one) => one.name === name);
    return flag === undefined ? [] : [[inputName(name), flagInput(flag)] as const];
  });
  return z.strictObject({
    ...Object.fromEntries(words),
    ...Object.fromEntries(options),
    ...(row.runs === true ? { command: z.array(z.string()).min(1).describe("The program and its words; no shell reads them.") } : {}),
    ...(row.kind === "destroys" ? { confirm: z.boolean().optional().describe("True when whoever you work for has agreed to exactly this; without it nothing is done.") } : {}),
  });
}

function wordInput({ times }: WordRow, about = ""): z.ZodType {
  // One that begins with a dash would be read as a flag.
  const word = z.string().regex(/^[^-]/).describe(about);
  if (times === "once") return word;
  const list = z.array(word).describe(about);
  return times === "often" ? list.min(1) : list.optional();
}

function flagInput({ value, many, choices, about }: FlagSpec): z.ZodType {
  const one = value === undefined ? z.boolean() : choices !== undefined ? z.enum(choices) : ["N", "S"].includes(value) ? z.number() : z.string();
  return (many === true ? z.array(one) : one).optional().describe(about);
}

function resultOf(value: unknown, isError: boolean): CallToolResult {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return { content: [{ type: "text", text: JSON.stringify(value) }], ...(isObject ? { structuredContent: { ...value } } : {}), isError };
}

function contentsOf(uri: URL, { value }: Answer): { readonly contents: { uri: string; mimeType: string; text: string }[] } {
  return { contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(value) }] };
}
