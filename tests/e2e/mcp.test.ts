/** What a coding agent sees, through the official client: tools, answers, refusals, resources. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, onTestFinished, test } from "vitest";
import { envctlProgram } from "../rig/program.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { scene, type Scene } from "./scene.ts";

/** What a tool's call gave back. */
interface Called {
  readonly isError: boolean;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Agent {
  readonly client: Client;
  readonly pid: number;
  call(tool: string, input?: Readonly<Record<string, unknown>>, onProgress?: (message: string) => void): Promise<Called>;
}

async function agentIn(stack: Scene, directory = stack.repo.root): Promise<Agent> {
  const client = new Client({ name: "test", version: "1.0.0" });
  const transport = new StdioClientTransport({ command: process.execPath, args: [envctlProgram, "mcp"], cwd: directory, env: { ...stack.env } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    client,
    pid: transport.pid ?? 0,
    call: async (name, input = {}, onProgress) => {
      const result = await client.callTool({ name, arguments: input }, onProgress === undefined ? {} : { onprogress: ({ message }) => onProgress(message ?? "") });
      const [content] = result.content;
      const text = content?.type === "text" ? content.text : "";
      return { isError: result.isError === true, value: text.startsWith("{") ? (JSON.parse(text) as Called["value"]) : { text } };
    },
  };
}

test("an agent brings a checkout up, watches it, reads its logs from where it left off, and takes it down", async () => {
  const stack = await scene((port) => ({ services: { web: { command: puppet({ listen: "{port}", countMs: 20 }), port } } }));
  const agent = await agentIn(stack);
  expect((await agent.call("status")).value).toMatchObject({ found: false });

  const told: string[] = [];
  const started = await agent.call("start", {}, (message) => told.push(message));
  expect(started).toMatchObject({ isError: false, value: { ok: true, units: [{ unitId: "Main/web", status: "ready" }] } });
  expect(told).toContain("unit ready Main/web");
  expect((await agent.call("health")).value).toMatchObject({ ok: true });
  expect(JSON.stringify((await agent.call("endpoints")).value)).toContain(`:${stack.port}`);
  expect((await agent.call("explain", { what: "web" })).value).toMatchObject({ subject: "Main/web" });

  const first = await agent.call("logs", { service: ["web"], tail: 1 });
  const { cursor, lines } = first.value as { readonly cursor: string; readonly lines: readonly unknown[] };
  expect(lines.length).toBe(1);
  const later = await eventually(async () => {
    const { value } = await agent.call("logs", { after: cursor });
    return (value["lines"] as readonly unknown[]).length > 0 ? value : undefined;
  }, "further lines");
  expect(JSON.stringify(later["lines"])).not.toContain(JSON.stringify(lines[0]));
  expect(await agent.call("logs", { after: "nonsense" })).toMatchObject({ isError: true, value: { error: { reason: "usage_invalid" } } });

  expect((await agent.call("stop")).value).toMatchObject({ ok: true });
  expect(await agent.call("events", { since_seq: 1_000_000 })).toEqual({ isError: false, value: { events: [] } });
  expect((await agent.call("events", { filter: "stopped" })).value).toMatchObject({ events: [{ type: "unit_stopped", unitId: "Main/web" }] });
});

test("what can destroy is marked, and refused until it is confirmed; a command runs with the variables of a service", async () => {
  const stack = await scene((port) => ({ services: { web: { command: puppet({ listen: "{port}" }), port, env: { COLOUR: "teal" } } } }), { worktrees: ["login"] });
  const agent = await agentIn(stack);
  const { tools } = await agent.client.listTools();
  const destructive = tools.filter(({ annotations }) => annotations?.destructiveHint === true);
  expect(destructive.map(({ name }) => name).toSorted()).toEqual(["db_clone", "db_reset", "db_restore", "delete_worktree", "run", "stop_all"]);
  for (const { inputSchema } of destructive) expect(inputSchema.properties).toHaveProperty("confirm");
  expect(tools.filter(({ annotations, inputSchema }) => annotations?.readOnlyHint === true && "confirm" in (inputSchema.properties ?? {}))).toEqual([]);

  await agent.call("start");
  const marker = join(stack.directory, "marker");
  const write = { command: ["sh", "-c", `echo $COLOUR > ${marker}`], service: "web" };
  expect(await agent.call("run", write)).toMatchObject({ isError: true, value: { hint: expect.stringContaining("confirm: true") } });
  expect(existsSync(marker)).toBe(false);
  expect(await agent.call("run", { ...write, confirm: true })).toMatchObject({ isError: false, value: { status: "completed" } });
  expect(readFileSync(marker, "utf8")).toBe("teal\n");
  expect(await agent.call("run", { command: ["sh", "-c", "exit 3"], confirm: true })).toMatchObject({ isError: true, value: { return_code: 3 } });

  const refused = await agent.call("delete_worktree", { names: ["login"] });
  expect(refused).toMatchObject({ isError: true, value: { would: { dry_run: true } } });
  for (const dryRun of [true, false]) expect(await agent.call("ensure_worktree", { selector: "next", base: "no-such-ref", dry_run: dryRun })).toMatchObject({ isError: true, value: { error: { message: 'git knows no commit called "no-such-ref"' } } });
  const { value } = await agent.call("list_worktrees");
  expect(JSON.stringify(value)).toContain("login");
  expect(await agent.call("stop_all")).toMatchObject({ isError: true, value: { would: { type: "plan" } } });
  expect((await agent.call("status")).value).toMatchObject({ status_counts: { running: 1 } });
  expect(await agent.call("stop_all", { confirm: true })).toMatchObject({ isError: false, value: { ok: true } });
});

test("a call stays in its checkout and ends with whoever made it; what is not understood is refused with words", async () => {
  const stack = await scene(() => ({ services: { slow: { command: puppet({}), ready: { log: "never said" } } } }));
  const other = stack.repository({ files: { ".envctl": "services: {}\n" } });
  const agent = await agentIn(stack);
  for (const input of [{ what: `--repo=${other.root}` }, { what: "slow", repo: other.root }, { what: 7 }, {}]) {
    expect(await agent.call("explain", input)).toMatchObject({ isError: true, value: { text: expect.stringMatching(/explain/) } });
  }
  expect((await agent.call("status", { project: [`x --repo=${other.root}`] })).value).toMatchObject({ repository: stack.repo.root, projects: [] });
  await expect(agent.client.callTool({ name: "blast_all", arguments: {} })).rejects.toThrow(/blast_all/);

  const { resources } = await agent.client.listResources();
  expect(resources.map(({ name }) => name)).toContain("run-state");
  const { contents } = await agent.client.readResource({ uri: "envctl://config" });
  expect(JSON.stringify(contents)).toContain("never said");

  const cancel = new AbortController();
  const starting = agent.client.callTool({ name: "start", arguments: {} }, { signal: cancel.signal, onprogress: ({ message }) => (message === "unit started Main/slow" ? cancel.abort() : undefined) });
  await expect(starting).rejects.toThrow();
  await eventually(async () => !JSON.stringify((await agent.call("status")).value).includes('"status":"starting"'), "the start is taken back", 30_000);

  await agent.client.close();
  await eventually(() => !existsSync(`/proc/${agent.pid}`), "the server has ended");
});
