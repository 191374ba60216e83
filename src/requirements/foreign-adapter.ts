/** Makes an adapter like ours of what a repository exports: fills in what it leaves out, and names the file when its code throws. */
import { existsSync } from "node:fs";
import { errorText } from "../host/files.ts";
import type { Host } from "../host/host.ts";
import { UserError } from "../model/failure.ts";
import { mainPort, type UnitDraft } from "../model/unit.ts";
import type { DockerDraft, DockerEngine, DraftInput, EffectInput, EmbeddedEngine, PrepareInput, Requirement, Runtime } from "./adapter.ts";
import { makeOwnDirectory, makeParents, takeOver } from "./engines/account.ts";
import type { ForeignDocker, ForeignEmbedded, ForeignRequirement } from "./foreign-contract.ts";

/** Runs code of the file named; what it throws later, where nobody catches it, is told as the file's. */
export type ForeignRun = <T>(file: string, work: () => T) => T;

/** `file` is named in what goes wrong. */
export function adapted(foreign: ForeignRequirement, file: string, run: ForeignRun): Requirement {
  const blame = blamed(file, run);
  const { id, title, provides, priority, ports = {}, secrets = [] } = foreign;
  const { embedded, docker, external } = foreign.engines;
  return {
    id,
    title,
    provides,
    ports,
    secrets,
    ...(priority === undefined ? {} : { priority }),
    settings: (raw) => blame("settings", () => (foreign.settings === undefined ? raw.settings : foreign.settings(raw))),
    basePorts: (_settings, raw) => withOwnPort(ports, raw.settings["port"]),
    engines: {
      ...(embedded === undefined ? {} : { embedded: adaptedEngine(embedded, title, blame) }),
      ...(docker === undefined ? {} : { docker: adaptedDocker(docker, blame) }),
      ...(external === undefined ? {} : { external }),
    },
    values: (input) => blame("values", () => foreign.values?.(input) ?? addressOf(input)),
    env: (input) => blame("env", () => foreign.env?.(input) ?? {}),
  };
}

/** `port:` is the base of the main port, whatever the adapter makes of its settings. */
function withOwnPort(ports: Requirement["ports"], port: unknown): Requirement["ports"] {
  const [main] = Object.keys(ports);
  return main !== undefined && typeof port === "number" ? { ...ports, [main]: port } : ports;
}

type Blame = <T>(what: string, work: () => T) => T;

function adaptedEngine(engine: ForeignEmbedded, title: string, blame: Blame): EmbeddedEngine {
  const { bootstrap } = engine;
  return {
    locate: async (settings, host) => (engine.locate === undefined ? ownNode() : blame("locate", () => engine.locate?.(settings, host))),
    fetch: async () => {
      throw new UserError({ reason: "runtime_missing", message: `${title} is not on this machine`, hint: "install it, and see to it that its adapter finds it" });
    },
    draft: (input) => ({ ...unlessSaid(input, "listener"), ...blame("draft", () => engine.draft(input)) }),
    prepare: async (input, host) => {
      await ownDirectory(input, host);
      await blame("prepare", () => engine.prepare?.(input, host));
    },
    ...(bootstrap === undefined ? {} : { bootstrap: async (input: PrepareInput<unknown>, host: Host) => blame("bootstrap", () => bootstrap.call(engine, input, host)) }),
  };
}

/** The program that runs envctl, for servers that are a Node program. */
function ownNode(): Runtime {
  return { program: process.execPath, version: process.versions.node, source: "envctl's own Node", env: {} };
}

function adaptedDocker(engine: ForeignDocker, blame: Blame): DockerEngine {
  const { image, bootstrap } = engine;
  return {
    image: () => image,
    draft: (input): DockerDraft => ({ command: [], ...unlessSaid(input, "published"), ...blame("draft", () => engine.draft(input)) }),
    ...(bootstrap === undefined ? {} : { bootstrap: async (input: EffectInput<unknown>, host: Host) => blame("bootstrap", () => bootstrap.call(engine, input, host)) }),
  };
}

function unlessSaid({ ports }: DraftInput<unknown>, kind: "listener" | "published"): Omit<UnitDraft, "command"> {
  const port = mainPort({ ports: Object.entries(ports).map(([name, number]) => ({ name, port: number, requested: number })) });
  return {
    env: {},
    ready: port === undefined ? { kind: "none" } : { kind, port },
    readyTimeoutMs: 30_000,
    stop: { signal: "SIGTERM", to: "group", graceMs: 5000 },
  };
}

function addressOf({ ports }: DraftInput<unknown>): Readonly<Record<string, string>> {
  const [port] = Object.values(ports);
  return port === undefined ? {} : { host: "127.0.0.1", port: String(port), url: `tcp://127.0.0.1:${port}` };
}

/** Its server runs there, as the account servers run as. */
async function ownDirectory({ dataDirectory, signal }: PrepareInput<unknown>, host: Host): Promise<void> {
  makeParents(dataDirectory, host);
  if (!existsSync(dataDirectory)) makeOwnDirectory(dataDirectory, host.machine.serverAccount);
  await takeOver(dataDirectory, host, signal);
}

/** Runs foreign code. What it throws becomes a failure that names the file, unless it is one already. */
function blamed(file: string, run: ForeignRun): Blame {
  return (what, work) => {
    try {
      return run(file, work);
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError({ reason: "adapter_invalid", message: `${file}: \`${what}\` failed: ${errorText(error)}`, hint: "correct the file; `envctl trust` allows it again", place: { file } });
    }
  };
}
