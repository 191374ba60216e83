// Stands in for Supabase's auth server: the part of its administration that envctl uses, and nothing behind it.
import { randomUUID } from "node:crypto";

/** Answers as `[status, body]`; `mayAdminister` judges the headers of a request. */
export function authUsers(mayAdminister) {
  const users = new Map();
  const keep = (id, { password: _password, email_confirm: _confirmed, ...fields }) => {
    const user = { role: "authenticated", created_at: new Date().toISOString(), last_sign_in_at: null, ...fields, id, app_metadata: { provider: "email", ...fields.app_metadata } };
    users.set(id, user);
    return user;
  };
  return (method, url, headers, body) => {
    const path = url.pathname.replace(/^\/auth\/v1/, "");
    if (path === "/health") return [200, { name: "GoTrue", version: "stand-in" }];
    if (!mayAdminister(headers)) return [401, { code: 401, error_code: "no_authorization", msg: "This endpoint requires a Bearer token" }];
    const id = path.split("/")[3];
    if (id !== undefined && !users.has(id)) return [404, { code: 404, error_code: "user_not_found", msg: "User not found" }];
    switch (method) {
      case "GET": {
        const [page, size] = [["page", 1], ["per_page", 50]].map(([name, otherwise]) => Number(url.searchParams.get(name)) || otherwise);
        return [200, { aud: "authenticated", users: [...users.values()].slice((page - 1) * size, page * size) }];
      }
      case "POST":
        if ([...users.values()].some(({ email }) => email === body.email)) return [422, { code: 422, error_code: "email_exists", msg: "A user with this email address has already been registered" }];
        return [200, keep(randomUUID(), body)];
      case "PUT":
        return [200, keep(id, { ...users.get(id), ...body })];
      case "DELETE":
        users.delete(id);
        return [200, {}];
      default:
        return [405, { msg: "no such thing" }];
    }
  };
}
