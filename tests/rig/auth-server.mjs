// Stands in for Supabase's auth server: the part of its administration that envctl uses, and nothing behind it.
// Arguments: address, port, service key. It says `ready` when it listens.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

const [address, port, serviceKey] = process.argv.slice(2);
const users = new Map();

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  let text = "";
  request.on("data", (part) => (text += part));
  request.on("end", () => {
    const [status, answer] = answerTo(request, url, text === "" ? {} : JSON.parse(text));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
});
server.listen(Number(port), address, () => process.stdout.write("ready\n"));

function answerTo({ method, headers }, url, body) {
  const path = url.pathname.replace(/^\/auth\/v1/, "");
  if (path === "/health") return [200, { name: "GoTrue", version: "stand-in" }];
  if (headers.authorization !== `Bearer ${serviceKey}` || headers.apikey !== serviceKey) return [401, { code: 401, error_code: "no_authorization", msg: "This endpoint requires a Bearer token" }];
  const id = path.split("/")[3];
  if (id !== undefined && !users.has(id)) return [404, { code: 404, error_code: "user_not_found", msg: "User not found" }];
  switch (method) {
    case "GET": {
      const [page, size] = ["page", "per_page"].map((name) => Number(url.searchParams.get(name)));
      return [200, { aud: "authenticated", users: [...users.values()].slice((page - 1) * size, page * size) }];
    }
    case "POST":
      if ([...users.values()].some(({ email }) => email === body.email)) return [422, { code: 422, error_code: "email_exists", msg: "A user with this email address has already been registered" }];
      return [200, kept(randomUUID(), body)];
    case "PUT":
      return [200, kept(id, { ...users.get(id), ...body })];
    case "DELETE":
      users.delete(id);
      return [200, {}];
    default:
      return [405, { msg: "no such thing" }];
  }
}

function kept(id, { password: _password, email_confirm: _confirmed, ...fields }) {
  const user = { role: "authenticated", created_at: new Date().toISOString(), last_sign_in_at: null, ...fields, id, app_metadata: { provider: "email", ...fields.app_metadata } };
  users.set(id, user);
  return user;
}
