/** Servers outside of envctl: their URL taken apart, with its password as a secret. Pure. */
import { expandTemplate } from "../../model/template.ts";
import type { RequirementConfig } from "../../model/config.ts";
import type { Failure } from "../../model/failure.ts";
import type { ExternalEngine, ExternalServer } from "../adapter.ts";

/** A server as plans and values see it, and what has to be kept secret of it by name. */
export interface ExternalBinding {
  readonly server: ExternalServer;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What its URL is read from. */
export interface UrlSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `project.name` and the like, for templates. */
  readonly values: Readonly<Record<string, string>>;
  /** Reference for a secret of the requirement. */
  secret(name: string): string;
}

/** Names under which the parts of an external URL are kept. The second is there where the URL writes the password otherwise. */
export const externalSecretNames = ["external-password", "external-password-in-url"] as const;
const [passwordName, writtenName] = externalSecretNames;

/** The server a configuration means, or why none can be told. Messages never hold the URL, since a password may be in it. */
export function bindExternal(config: RequirementConfig, engine: ExternalEngine, sources: UrlSources): ExternalBinding | Failure {
  const text = config.url ?? engine.variables.map((name) => sources.environment[name]).find((value) => value !== undefined && value !== "");
  const key = `requirements.${config.name}.url`;
  if (text === undefined) return invalid(`requirements.${config.name} is external, but nothing says where it is`, `set ${key}, or the variable ${engine.variables.join(" or ")}`);
  const { text: expanded, problems } = config.url === undefined ? { text, problems: [] } : expandTemplate(text, (name) => valueOf(name, sources));
  if (problems[0] !== undefined) return invalid(`${key}: ${problems[0].message}`, "templates there: ${env.NAME}, ${project.name}, ${project.root}, ${project.slot}");
  const url = parsed(expanded);
  const schemes = engine.schemes.map((scheme) => `${scheme}://`).join(" or ");
  if (url === undefined || url.hostname === "") return invalid(`${key} is no URL with a host`, `it looks like ${engine.schemes[0]}://user:password@host:${engine.port}/name`);
  if (!engine.schemes.includes(schemeOf(url))) return invalid(`${key} begins with ${url.protocol}//`, `it must begin with ${schemes}`);
  return bound(expanded, url, engine, sources);
}

function bound(text: string, url: URL, engine: ExternalEngine, { secret }: UrlSources): ExternalBinding {
  const written = writtenPassword(text);
  const password = decoded(written ?? "");
  const isSame = password === written;
  const reference = isSame ? secret(passwordName) : secret(writtenName);
  const database = decoded(url.pathname.replace(/^\//, ""));
  const server: ExternalServer = {
    url: written === undefined ? text : text.replace(`:${written}@`, () => `:${reference}@`),
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (engine.ports?.[schemeOf(url)] ?? engine.port) : Number(url.port),
    ...(url.username === "" ? {} : { user: decoded(url.username) }),
    ...(written === undefined ? {} : { password: secret(passwordName) }),
    ...(database === "" ? {} : { database }),
    isEncrypted: ["rediss", "https"].includes(schemeOf(url)) || /^(?:require|verify-ca|verify-full)$/.test(url.searchParams.get("sslmode") ?? ""),
  };
  return { server, secrets: written === undefined ? {} : { [passwordName]: password, ...(isSame ? {} : { [writtenName]: written }) } };
}

/** As it stands in the text: references are put where exactly this is. */
function writtenPassword(text: string): string | undefined {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:([^/?#]*)@/i.exec(text)?.[1];
  return password === "" ? undefined : password;
}

/** `postgresql+asyncpg` is `postgresql`, with a driver's name. */
function schemeOf(url: URL): string {
  return url.protocol.replace(/(\+.*)?:$/, "");
}

function valueOf(name: string, { environment, values }: UrlSources): string | undefined {
  return name.startsWith("env.") ? environment[name.slice("env.".length)] : values[name];
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** A `%` that begins no escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(message: string, hint: string): Failure {
  return { reason: "configuration_invalid", message, hint };
}
