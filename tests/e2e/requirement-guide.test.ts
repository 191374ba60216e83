/** The requirement that docs/guides/add-a-requirement.md adds, exactly as it is printed there. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { freePorts } from "../rig/ports.ts";
import { packageRoot } from "../rig/source-files.ts";
import { reportOf, scene, type Scene } from "./scene.ts";

const guide = readFileSync(join(packageRoot, "docs/guides/add-a-requirement.md"), "utf8");

/** The block whose first line names the file. */
function block(file: string): string {
  const found = [...guide.matchAll(/```\w+\n([^]*?)```/g)].map(([, text = ""]) => text).find((text) => text.startsWith(`// ${file}\n`) || text.startsWith(`# ${file}\n`));
  if (found === undefined) throw new Error(`the guide has no ${file}`);
  return found;
}

const adapter = ".envctl.d/requirements/mailcatcher.mjs";
const server = ".envctl.d/requirements/mailcatcher/server.mjs";
const backend = "console.log(JSON.stringify(process.env)); setInterval(() => undefined, 1000);\n";

/** Its own ports instead of those of the guide, which may be taken. */
async function stage(): Promise<Scene> {
  const port = await freePorts(60);
  const files = { [adapter]: block(adapter).replace("1025", String(port)).replace("8025", String(port + 1)), [server]: block(server), "backend.mjs": backend };
  const stack = await scene(() => ({}), { files });
  stack.repo.write(".envctl", block(".envctl"));
  return stack;
}

async function sendMail(port: number, text: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const lines = ["EHLO test", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA", `${text}\r\n.`, "QUIT"];
  for await (const _answer of createInterface({ input: socket })) {
    const next = lines.shift();
    if (next !== undefined) socket.write(`${next}\r\n`);
  }
}

test("it runs once it is trusted, catches mail, gives its variables, and asks again when it is changed", async () => {
  const stack = await stage();
  const refused = await stack.envctl(["start", "--json"]);
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining("envctl trust")]);
  expect((await stack.envctl(["trust"])).stdout).toContain(adapter);
  const started = await stack.envctl(["start", "--json"]);
  expect([started.code, reportOf(started).failures]).toEqual([0, []]);
  expect(reportOf(started).notes).toContain("Main: backend gets mail from mailcatcher: no other enabled requirement provides it");
  const { ports = [], url = "" } = stack.state().units["Main/mailcatcher"]?.spec ?? {};
  await sendMail(ports[0]?.port ?? 0, "Welcome!");
  expect(await (await fetch(url, { headers: { connection: "close" } })).json()).toEqual(["Welcome!"]);
  const variables = (await stack.envctl(["env", "backend", "--json"])).at("env");
  expect(variables).toMatchObject({ SMTP_HOST: "127.0.0.1", SMTP_PORT: String(ports[0]?.port), INBOX: url });
  expect((await stack.envctl(["explain", "mailcatcher"])).stdout).toMatch(/Its start took: data directory .*, launch .*, ready .*\./);
  stack.repo.write(server, `${block(server)}// changed\n`);
  expect((await stack.envctl(["start", "--dry-run"])).stderr).toContain("nobody has allowed");
  expect((await stack.envctl(["stop", "--json"])).code).toBe(0);
});

test("one that does not keep the contract is told with its file and everything that is wrong", async () => {
  const stack = await stage();
  stack.repo.write(adapter, 'export const requirement = { apiVersion: 2, id: "mail", provides: ["mail"], engines: { embedded: {}, docker: { image: "localhost:5000/mail", draft: () => ({ port: 25 }) }, cloud: {} } };\n');
  await stack.envctl(["trust"]);
  const { stderr } = await stack.envctl(["start", "--dry-run"]);
  for (const part of [adapter, "`requirement.id` must be \"mailcatcher\"", "`requirement.apiVersion` must be 1", "`requirement.title` must be a text", "`requirement.engines.embedded.draft` must be a function", "`requirement.engines.docker.image` must be the name of an image with a tag that does not move", "`requirement.engines.cloud` is no engine"]) expect(stderr).toContain(part);
  stack.repo.write(adapter, "export const requirement = {\n");
  await stack.envctl(["trust"]);
  expect((await stack.envctl(["start", "--dry-run"])).stderr).toContain("it cannot be loaded");
});
