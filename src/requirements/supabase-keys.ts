/** The keys of a Supabase: JSON Web Tokens that name a role, signed with the project's secret. */
import { createHmac } from "node:crypto";
import type { DerivedSecret } from "./secrets-store.ts";

/** Secrets that follow from another one, by requirement and name: the same secret gives the same keys, so nothing has to be kept. */
export const supabaseKeys: Readonly<Record<string, DerivedSecret>> = {
  "supabase/anon_key": { from: "jwt_secret", make: (secret) => tokenFor("anon", secret) },
  "supabase/service_role_key": { from: "jwt_secret", make: (secret) => tokenFor("service_role", secret) },
};

/** From January 2022 to January 2032: tokens that do not change cannot begin now. */
const validity = { iat: 1_641_769_200, exp: 1_957_345_200 } as const;

/** A token of RFC 7519 with HS256. */
export function tokenFor(role: string, secret: string): string {
  const body = [{ alg: "HS256", typ: "JWT" }, { iss: "supabase", role, ...validity }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}
