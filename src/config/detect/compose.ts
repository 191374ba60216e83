/** What Compose files and devcontainers tell: databases, and how the repository's own programs are run in containers. */
import type { CommandText } from "../../model/config.ts";
import { listOf, plainData, textOf } from "./data.ts";
import type { Data } from "./data.ts";
import type { RequirementProposal } from "./proposal.ts";
import { requirementFor } from "./servers.ts";
import { has } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** A program of the repository that a Compose file builds. */
export interface ComposeApplication {
  readonly name: string;
  readonly dir: string;
  readonly command?: CommandText;
  /** The port on the machine that it is published at. */
  readonly port?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly dependsOn: readonly string[];
  readonly file: string;
}

export interface Composition {
  readonly requirements: readonly RequirementProposal[];
  readonly applications: readonly ComposeApplication[];
  /** Compose's name of a server → our requirement. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** In the order in which later ones add to earlier ones. */
const names = ["compose", "docker-compose", "compose.override", "docker-compose.override", "compose.dev", "docker-compose.dev"].flatMap((name) => [`${name}.yaml`, `${name}.yml`]);
/** A devcontainer's own container only waits. */
const waits = /sleep\s+infinity|tail\s+-f/;
/** What runs before the others and ends. */
const once = /^(?:pre-?start|migrat\w*|db-?migrate|seed\w*|init\w*|setup|bootstrap)$|[-_](?:migrate|migrations?|seed|init|setup)$/;

/** Everything the repository's Compose files and devcontainer say. */
export function compositionOf(tree: Tree): Composition {
  const unique = [...mergedServices(tree)].map(([name, { service, file }]) => partOf(name, service, file));
  const features = featureRequirements(tree);
  return {
    requirements: [...unique.flatMap(({ requirement }) => requirement ?? []), ...features],
    applications: unique.flatMap(({ application }) => application ?? []),
    hosts: Object.fromEntries(unique.flatMap(({ name, requirement }) => (requirement === undefined ? [] : [[name, requirement.name] as const]))),
    notes: unique.flatMap(({ note }) => note ?? []),
  };
}

/** Ports a devcontainer forwards that are no database's. */
export function forwardedPorts(tree: Tree): readonly number[] {
  const ports = devcontainers(tree).flatMap((file) => listOf(plainData(tree.read(file)).forwardPorts));
  return ports.map(Number).filter((port) => port > 1023 && ![5432, 6379, 3306, 27_017].includes(port));
}

interface ComposeService {
  readonly service: Data;
  /** The first file that has it. */
  readonly file: string;
}

/** A later file adds to what an earlier one says of a service, and replaces single keys. */
function mergedServices(tree: Tree): ReadonlyMap<string, ComposeService> {
  const services = new Map<string, ComposeService>();
  for (const file of composeFiles(tree)) {
    for (const [name, value] of Object.entries(plainData(plainData(tree.read(file)).services))) {
      const [before, service] = [services.get(name), plainData(value)];
      const environment = { ...environmentOf(before?.service.environment), ...environmentOf(service.environment) };
      services.set(name, { service: { ...before?.service, ...service, environment }, file: before?.file ?? file });
    }
  }
  return services;
}

interface Part {
  readonly name: string;
  readonly requirement?: RequirementProposal;
  readonly application?: ComposeApplication;
  readonly note?: string;
}

function partOf(name: string, service: Data, file: string): Part {
  const image = textOf(service.image);
  const env = environmentOf(service.environment);
  const requirement = image === undefined || service.build !== undefined ? undefined : requirementFor(image, env, `${file}: ${name}`, file);
  if (requirement !== undefined) return { name, requirement };
  const command = commandOf(service.command);
  if (waits.test([command ?? ""].flat().join(" "))) return { name };
  if (service.build === undefined) return image === undefined ? { name } : { name, note: `${file}: ${name} (${image}) is a server envctl has no requirement for; run it by yourself with \`engine: external\`, or add a requirement of your own` };
  if (once.test(name)) return { name, note: `${file}: ${name} runs once before the others; a \`prepare\` step of a service, or \`migrate\` of a database, may take its place` };
  const context = textOf(service.build) ?? textOf(plainData(service.build).context) ?? ".";
  const dir = directoryOf(file, context);
  if (dir === undefined) return { name, note: `${file}: ${name} is built outside of the repository` };
  const port = publishedPort(service.ports);
  return { name, application: { name, dir, env, dependsOn: dependenciesOf(service.depends_on), file, ...(command === undefined ? {} : { command }), ...(port === undefined ? {} : { port }) } };
}

function composeFiles(tree: Tree): readonly string[] {
  const named = devcontainers(tree).flatMap((file) => {
    const value = plainData(tree.read(file)).dockerComposeFile;
    return [value].flat().flatMap((path) => (typeof path === "string" ? (pathFrom(file.slice(0, Math.max(0, file.lastIndexOf("/"))), path) ?? []) : []));
  });
  return [...new Set([...names.filter((name) => has(tree, ".", name)), ...named])];
}

function devcontainers(tree: Tree): readonly string[] {
  return [".devcontainer/devcontainer.json", ".devcontainer.json"].filter((file) => tree.read(file) !== undefined);
}

/** Servers that a devcontainer installs into its one container. */
function featureRequirements(tree: Tree): readonly RequirementProposal[] {
  return devcontainers(tree).flatMap((file) =>
    Object.keys(plainData(plainData(tree.read(file)).features)).flatMap((feature): readonly RequirementProposal[] => {
      const name = /\/(?:postgres\w*)(?::|$)/.test(feature) ? "postgres" : /\/(?:redis[\w-]*)(?::|$)/.test(feature) ? "redis" : undefined;
      return name === undefined ? [] : [{ name, settings: {}, reason: `${file}: feature ${feature}`, file }];
    }),
  );
}

function environmentOf(value: unknown): Readonly<Record<string, string>> {
  const pairs = Array.isArray(value) ? value.map((line) => splitOnce(String(line))) : Object.entries(plainData(value)).map(([name, one]) => [name, textOf(one) ?? ""] as const);
  return Object.fromEntries(pairs);
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}

function commandOf(value: unknown): CommandText | undefined {
  const words = listOf(value).flatMap((word) => textOf(word) ?? []);
  return words.length > 0 ? words : textOf(value);
}

/** `"8080:80"`, `127.0.0.1:8080:80`, `{ target, published }`, with `${PORT:-8080}` as its default. */
function publishedPort(value: unknown): number | undefined {
  const first = listOf(value)[0];
  const text = textOf(first)?.replaceAll(/\$\{\w+:?-(\d+)\}/g, "$1") ?? `${textOf(plainData(first).published) ?? ""}:`;
  const parts = text.replace(/\/\w+$/, "").split(":");
  const port = Number(parts.length > 1 ? parts.at(-2) : parts[0]);
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
}

function dependenciesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((name) => textOf(name) ?? []) : Object.keys(plainData(value));
}

function directoryOf(file: string, context: string): string | undefined {
  const slash = file.lastIndexOf("/");
  const path = pathFrom(slash < 0 ? "" : file.slice(0, slash), context);
  return path === "" ? "." : path;
}

/** A relative path from a directory of the repository; undefined where it leaves the repository. */
function pathFrom(directory: string, path: string): string | undefined {
  const parts = directory === "" ? [] : directory.split("/");
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
