/** Container images that are databases: which requirement stands for them, with what of their settings. */
import type { RequirementProposal } from "./proposal.ts";

interface KnownImage {
  readonly pattern: RegExp;
  readonly requirement: "postgres" | "redis" | "n8n";
  /** What the image adds to the plain server. */
  readonly extension?: string;
}

const knownImages: readonly KnownImage[] = [
  { pattern: /(?:^|\/)(?:postgres|postgresql)(?=[:@]|$)/, requirement: "postgres" },
  { pattern: /(?:^|\/)pgvector(?=[:@]|$)/, requirement: "postgres", extension: "vector" },
  { pattern: /(?:^|\/)postgis(?=[:@]|$)/, requirement: "postgres", extension: "postgis" },
  { pattern: /(?:^|\/)timescaledb(?:-ha)?(?=[:@]|$)/, requirement: "postgres", extension: "timescaledb" },
  { pattern: /(?:^|\/)(?:redis|redis-stack|redis-stack-server|valkey|keydb)(?=[:@]|$)/, requirement: "redis" },
  { pattern: /(?:^|\/)n8n(?=[:@]|$)/, requirement: "n8n" },
];

/** The requirement an image stands for; `place` tells where it was found, such as `compose.yml: db`. */
export function requirementFor(image: string, environment: Readonly<Record<string, string>>, place: string, file: string): RequirementProposal | undefined {
  const known = knownImages.find(({ pattern }) => pattern.test(image));
  if (known === undefined) return undefined;
  const reason = `${place} (${image})`;
  if (known.requirement !== "postgres") return { name: known.requirement, settings: {}, reason, file };
  const version = versionOf(image);
  const [database, user] = [nameFrom(environment["POSTGRES_DB"]), nameFrom(environment["POSTGRES_USER"])];
  const settings = {
    ...(version === undefined ? {} : { version }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(known.extension === undefined ? {} : { extensions: [known.extension] }),
  };
  return { name: "postgres", settings, reason, file };
}

/** `postgres:16-alpine`, `pgvector/pgvector:pg16`, `timescale/timescaledb:latest-pg15`. */
function versionOf(image: string): number | undefined {
  const tag = /:([^:/@]+)(?:@|$)/.exec(image)?.[1] ?? "";
  const version = Number(/\bpg(\d{2})/.exec(tag)?.[1] ?? /^(\d{2})/.exec(tag)?.[1]);
  return version >= 10 && version <= 18 ? version : undefined;
}

/** A plain name, or the default in `${NAME:-default}`. */
function nameFrom(value: string | undefined): string | undefined {
  const text = /^\$\{\w+:?-([^}]+)\}$/.exec(value ?? "")?.[1] ?? value;
  return text !== undefined && /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(text) && !/^(?:pg_|template[01]$)/.test(text) ? text : undefined;
}
