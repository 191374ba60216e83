// Stands in for every part of Supabase: which one it is shows from what it was told. It uses what it was told as the part
// would — logs in to the database, checks tokens, asks its neighbours — and answers on the same port and paths.
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Client, escapeIdentifier, escapeLiteral } from "pg";
import { authUsers } from "./auth-users.mjs";

const { env } = process;
const parts = {
  auth: { port: Number(env.GOTRUE_API_PORT), isMeant: env.GOTRUE_API_PORT !== undefined, database: env.GOTRUE_DB_DATABASE_URL, answer: auth },
  rest: { port: 3000, isMeant: env.PGRST_DB_URI !== undefined, database: env.PGRST_DB_URI, answer: rest },
  realtime: { port: Number(env.PORT), isMeant: env.APP_NAME === "realtime", database: url(env.DB_USER, env.DB_PASSWORD, env.DB_HOST, env.DB_PORT, env.DB_NAME), answer: realtime },
  storage: { port: 5000, isMeant: env.STORAGE_BACKEND !== undefined, database: env.DATABASE_URL, answer: storage },
  meta: { port: Number(env.PG_META_PORT), isMeant: env.PG_META_PORT !== undefined, database: url(env.PG_META_DB_USER, env.PG_META_DB_PASSWORD, env.PG_META_DB_HOST, env.PG_META_DB_PORT, env.PG_META_DB_NAME), answer: meta },
  studio: { port: 3000, isMeant: env.STUDIO_PG_META_URL !== undefined, answer: studio },
  functions: { port: 9000, isMeant: env.ENVCTL_MAIN !== undefined, database: env.SUPABASE_DB_URL, answer: functions },
};
const [name, part] = Object.entries(parts).find(([, { isMeant }]) => isMeant) ?? [];
if (part === undefined) throw new Error("nothing says which part this is");
const users = authUsers(({ authorization }) => claimsOf(authorization, env.GOTRUE_JWT_SECRET)?.role === "service_role");

// A real part ends when it cannot log in; its container is started again.
if (part.database !== undefined) await rows("select 1");
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece)).on("end", () => {
    Promise.resolve(part.answer(request, new URL(request.url ?? "/", "http://part"), text === "" ? {} : JSON.parse(text)))
      .catch((error) => [500, { message: error.message }])
      .then(([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  });
});
process.on("SIGTERM", () => process.exit(0));
server.listen(part.port, "0.0.0.0", () => console.log(`${name} listens on ${part.port}`));

function auth({ method, headers }, asked, body) {
  return users(method, asked, headers, body);
}

/** A table as the role of the token sees it. */
async function rest({ headers }, { pathname }) {
  const table = pathname.slice(1);
  if (table === "") return [200, { info: "PostgREST" }];
  const claims = claimsOf(headers.authorization, env.PGRST_JWT_SECRET);
  if (claims === undefined) return [401, { message: "JWT invalid" }];
  return [200, await rows(`begin; set local role ${escapeIdentifier(claims.role)}; set local request.jwt.claims = ${escapeLiteral(JSON.stringify(claims))}; select * from ${escapeIdentifier(table)}`)];
}

function realtime({ headers }, { pathname }) {
  if (headers.host?.startsWith("realtime-dev.") !== true) return [404, { message: `no tenant is called ${headers.host}` }];
  if ((env.SECRET_KEY_BASE ?? "").length < 64) return [500, { message: "SECRET_KEY_BASE is too short" }];
  return [200, { message: pathname }];
}

async function storage(_request, { pathname }) {
  if (pathname === "/status") return [200, {}];
  const response = await fetch(env.POSTGREST_URL);
  return [200, { rest: response.status, path: pathname, keeps: existsSync(env.FILE_STORAGE_BACKEND_PATH) }];
}

async function meta(_request, { pathname }) {
  if (pathname === "/health") return [200, { date: new Date().toISOString() }];
  return [200, await rows("select table_name as name from information_schema.tables where table_schema = 'public' order by 1")];
}

async function studio(_request, { pathname }) {
  if (pathname === "/api/platform/profile") return [(await fetch(`${env.STUDIO_PG_META_URL}/health`)).status, {}];
  return [200, { studio: env.DEFAULT_PROJECT_NAME, shown: env.SUPABASE_PUBLIC_URL }];
}

function functions(_request, { pathname }) {
  if (pathname === "/_internal/health") return [200, { message: readFileSync("/home/deno/main/index.ts", "utf8") === env.ENVCTL_MAIN ? "ok" : "another main" }];
  return [200, { source: readFileSync(`/home/deno/functions${pathname}/index.ts`, "utf8") }];
}

async function rows(text) {
  const client = new Client(part.database);
  await client.connect();
  const results = await client.query(text).finally(() => client.end());
  return [results].flat().at(-1)?.rows ?? [];
}

function claimsOf(authorization = "", secret = "") {
  const [head, body, signature] = authorization.replace(/^Bearer /, "").split(".");
  if (signature === undefined || createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url") !== signature) return undefined;
  return JSON.parse(Buffer.from(body, "base64url").toString());
}

function url(user, password, host, port, database) {
  return `postgresql://${user}:${password}@${host}:${port}/${database}`;
}
