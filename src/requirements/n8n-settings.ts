/** What can be said about an n8n, and what holds otherwise. */
import type { RequirementConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { absolutePath, oneOf, readSettings, textLike, wholeNumber, type Reader } from "./engines/settings.ts";

export interface N8nSettings extends WrittenSettings {
  /** In a container the task runners need no number of this machine. */
  readonly isContained: boolean;
}

/** As they are written. */
interface WrittenSettings {
  /** All three numbers: n8n changes what it keeps with small steps, too. */
  readonly version: string;
  /** Port of the main checkout; its task runners use the next one. */
  readonly port: number;
  /** The program `n8n` of an installation of the user's. */
  readonly path: string | undefined;
  readonly isolation: "isolated";
  /** Where workflows and executions are kept: a file of its own, or a schema of the project's PostgreSQL. */
  readonly database: "sqlite" | "postgres";
  /** Folder of exported workflows, relative to the checkout. */
  readonly workflows: string | undefined;
  readonly owner: N8nOwner;
  /** `none`, `main`, or the name of a snapshot. */
  readonly seed: string;
}

/** Who may log in. */
export interface N8nOwner {
  readonly email: string;
  /** Absent: generated. */
  readonly password?: string;
}

export const n8nPort = 5678;
/** The newest that Node 20 runs. */
export const n8nVersion = "2.8.4";

/** The settings, or everything that is wrong with them. */
export function n8nSettings(config: RequirementConfig): N8nSettings | readonly Failure[] {
  const written = readSettings<WrittenSettings>(config, {
    version: textLike(/^\d+\.\d+\.\d+$/, `a whole version such as ${n8nVersion}`, n8nVersion),
    // The port of its task runners is the next one.
    port: wholeNumber(1, 65534, n8nPort),
    path: absolutePath,
    isolation: oneOf(["isolated"]),
    database: oneOf(["sqlite", "postgres"]),
    workflows: folder,
    owner,
    seed: seedOf(config),
  });
  return "port" in written ? { ...written, isContained: config.engine === "docker" } : written;
}

const folder: Reader<string | undefined> = (raw) => {
  if (raw === undefined) return { value: undefined };
  return typeof raw === "string" && raw !== "" ? { value: raw } : { expected: "a folder of the repository, such as n8n/workflows" };
};

const defaultOwner: N8nOwner = { email: "owner@envctl.example" };
const ownerWords = "{ email: …, password: … }, the password of 8 to 64 characters with a digit and a capital letter";

const owner: Reader<N8nOwner> = (raw) => {
  if (raw === undefined) return { value: defaultOwner };
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return { expected: ownerWords };
  const { email = defaultOwner.email, password, ...unknown }: { readonly email?: unknown; readonly password?: unknown } = raw;
  const isGood = typeof email === "string" && /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email) && (password === undefined || isN8nPassword(password));
  if (!isGood || Object.keys(unknown).length > 0) return { expected: ownerWords };
  return { value: { email, ...(password === undefined ? {} : { password }) } };
};

/** The rule n8n has for passwords. */
export function isN8nPassword(password: unknown): password is string {
  return typeof password === "string" && password.length >= 8 && password.length <= 64 && /\d/.test(password) && /[A-Z]/.test(password);
}

/** Files are copied, and those of a schema are PostgreSQL's. */
function seedOf({ settings }: RequirementConfig): Reader<string> {
  const text = textLike(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}$/, "main, none, or the name of a snapshot", "none");
  return (raw) => (settings["database"] === "postgres" && raw !== undefined && raw !== "none" ? { expected: "none where database is postgres: each project has a schema of its own there" } : text(raw));
}
