/**
 * A stand-in for n8n, not n8n: the same variables, port, paths and answers as far as envctl uses them, in a few lines and at once
 * ready. What it keeps is one JSON file, or one row in the schema of PostgreSQL that it is told. The real one is tested in tests/e2e/n8n.test.ts.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** `folder` is where n8n has its `.n8n`. Resolves to the server when it listens. */
export async function standIn({ folder, port, address, key, database }) {
  const directory = join(folder, ".n8n");
  mkdirSync(directory, { recursive: true });
  checkKey(join(directory, "config"), key);
  const kept = database === undefined ? inFile(join(directory, "stand-in.json")) : await inPostgres(database);
  const state = (await kept.read()) ?? { workflows: {} };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", async () => {
      const { status, data, message, cookie } = answer(state, request, text === "" ? {} : JSON.parse(text));
      await kept.write(state);
      response.writeHead(status, { "content-type": "application/json", ...(cookie === undefined ? {} : { "set-cookie": `n8n-auth=${cookie}; Path=/; HttpOnly` }) });
      response.end(JSON.stringify(message === undefined ? { data } : { code: status, message }));
    });
  });
  await new Promise((resolve) => server.listen(port, address, resolve));
  return server;
}

function inFile(path) {
  return { read: () => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined), write: (state) => writeFileSync(path, JSON.stringify(state)) };
}

/** The schema must be there, as n8n wants it. */
async function inPostgres({ schema, ...place }) {
  const { default: pg } = await import("pg");
  const client = new pg.Client(place);
  await client.connect();
  await client.query(`create table if not exists "${schema}".stand_in (state jsonb)`);
  return {
    read: async () => (await client.query(`select state from "${schema}".stand_in`)).rows[0]?.state,
    write: async (state) => {
      await client.query(`with gone as (delete from "${schema}".stand_in) insert into "${schema}".stand_in values ($1)`, [state]);
    },
  };
}

function databaseOf({ DB_TYPE, DB_POSTGRESDB_HOST: host, DB_POSTGRESDB_PORT: port, DB_POSTGRESDB_USER: user, DB_POSTGRESDB_PASSWORD: password, DB_POSTGRESDB_DATABASE: database, DB_POSTGRESDB_SCHEMA: schema }) {
  return DB_TYPE === "postgresdb" ? { host, port: Number(port), user, password, database, schema } : undefined;
}

function checkKey(file, key) {
  const inFile = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).encryptionKey : undefined;
  if (inFile !== undefined && key && inFile !== key) throw new Error("Mismatching encryption keys.");
  if (inFile === undefined) writeFileSync(file, JSON.stringify({ encryptionKey: key }));
}

const refused = (status, message) => ({ status, message });

function answer(state, { method, url, headers }, body) {
  const [, id, action] = /^\/rest\/workflows(?:\/([^/]+))?(?:\/(activate))?$/.exec(url) ?? [];
  const isMember = headers.cookie?.startsWith("n8n-auth=owner") === true;
  if (url === "/rest/settings") return { status: 200, data: { userManagement: { showSetupOnFirstLoad: state.owner === undefined } } };
  if (url === "/rest/owner/setup") {
    if (state.owner !== undefined) return refused(400, "Instance owner already setup");
    state.owner = { email: body.email, password: body.password };
    return { status: 200, data: {} };
  }
  if (url === "/rest/login") {
    const isOwner = body.emailOrLdapLoginId === state.owner?.email && body.password === state.owner?.password;
    return isOwner ? { status: 200, data: {}, cookie: "owner" } : refused(401, "Wrong username or password. Do you have caps lock on?");
  }
  if (!url.startsWith("/rest/workflows")) return refused(404, "Not Found");
  if (!isMember) return refused(401, "Unauthorized");
  return workflowAnswer(state.workflows, { method, id, action }, body);
}

function workflowAnswer(workflows, { method, id, action }, body) {
  if (id === undefined && method === "GET") return { status: 200, data: Object.values(workflows) };
  if (id === undefined) {
    if (body.name.length > 128) return refused(400, "Workflow name must be 128 characters or less");
    workflows[body.id] = { ...body, active: false, versionId: "1" };
    return { status: 200, data: workflows[body.id] };
  }
  const workflow = workflows[id];
  if (workflow === undefined) return refused(404, "Could not load the workflow");
  if (action === "activate") {
    if (workflow.nodes.length === 0) return refused(400, "Workflow has no node to start");
    workflows[id] = { ...workflow, active: workflow.versionId === body.versionId };
  } else if (method === "PATCH") workflows[id] = { ...workflow, ...body, versionId: `${Number(workflow.versionId) + 1}` };
  return { status: 200, data: workflows[id] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { N8N_USER_FOLDER = "/home/node", N8N_PORT = "5678", N8N_LISTEN_ADDRESS = "0.0.0.0", N8N_ENCRYPTION_KEY } = process.env;
  process.on("SIGTERM", () => process.exit(0));
  await standIn({ folder: N8N_USER_FOLDER, port: Number(N8N_PORT), address: N8N_LISTEN_ADDRESS, key: N8N_ENCRYPTION_KEY, database: databaseOf(process.env) });
}
