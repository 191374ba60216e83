/** A scope of a test's own in the engine of the tests; what a test leaves in it is removed, whoever made it. */
import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { containerLabels, type ContainerEngine, type ContainerSpec, type Labels } from "../../src/host/container-engine.ts";
import { openEngine } from "../../src/host/docker-engine.ts";
import { findEngine } from "../../src/host/docker-find.ts";
import { containerName, ownerLabels } from "../../src/host/docker-spec.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { UserError, type Failure } from "../../src/model/failure.ts";
import type { TestImage } from "../rig/docker-images.ts";
import { engineTest } from "../rig/docker-engine.ts";

export interface Scene {
  readonly ours: ContainerEngine;
  /** To look past our own code, and to play the stranger. */
  readonly docker: Docker;
  readonly socket: string;
  readonly scope: string;
  image(name: TestImage): Promise<string>;
  /** Labels of a unit `Main/<unit>`. */
  labels(unit: string): Labels;
  /** The tiny web server as unit `Main/<unit>`, unless `changes` say otherwise. */
  spec(unit: string, changes?: Partial<ContainerSpec>): Promise<ContainerSpec>;
  /** The same by a shell. */
  shell(unit: string, script: string, changes?: Partial<ContainerSpec>): Promise<ContainerSpec>;
  /** Resolves when a line of the container's log matches. */
  written(container: string, pattern: RegExp): Promise<void>;
  /** An engine for the same scope by another address. */
  by(host: string): Promise<ContainerEngine>;
}

export const containerTest = engineTest.extend<{ readonly scene: Scene }>({
  scene: async ({ engine }, use) => {
    const scope = `repo-${randomBytes(6).toString("hex")}`;
    const opened: ContainerEngine[] = [];
    const by = async (host: string): Promise<ContainerEngine> => {
      const search = await findEngine({ environment: { PATH: process.env["PATH"], DOCKER_HOST: host }, machine: observeMachine() });
      if (search.kind === "none") throw new Error(search.failure.message);
      const one = await openEngine(search.engine, scope, { PATH: process.env["PATH"] });
      opened.push(one);
      return one;
    };
    const labels = (unit: string): Labels => ({ ...ownerLabels({ scope, project: "Main", unit }), [containerLabels.spec]: "one" });
    const spec = async (unit: string, changes: Partial<ContainerSpec> = {}): Promise<ContainerSpec> => ({
      name: containerName({ scope, project: "Main", unit }), image: await engine.image("tiny"), env: {}, ports: [], volumes: [], labels: labels(unit), ...changes,
    });
    const shell = (unit: string, script: string, changes: Partial<ContainerSpec> = {}): Promise<ContainerSpec> => spec(unit, { command: ["sh", "-c", script], ...changes });
    const ours = await by(`unix://${engine.socket}`);
    await use({ ours, ...engine, scope, labels, spec, shell, by, written: (container, pattern) => written(ours, container, pattern) });
    for (const one of opened) await one.close();
    await clear(engine.docker, scope);
  },
});

/** The first failure of the UserError that the work is rejected with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure | undefined> {
  const error = await work.then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof UserError)) throw new Error("no UserError", { cause: error });
  return error.failures[0];
}

async function written(ours: ContainerEngine, container: string, pattern: RegExp): Promise<void> {
  const seen = new AbortController();
  const look = (text: string): void => (pattern.test(text) ? seen.abort() : undefined);
  const reading = ours.containers.followLog(container, undefined, ({ bytes }) => look(bytes.toString("utf8")), AbortSignal.any([seen.signal, AbortSignal.timeout(20_000)]));
  await reading.catch((error: unknown) => {
    if (!seen.signal.aborted) throw error;
  });
  if (!seen.signal.aborted) throw new Error(`the container ended before it wrote ${String(pattern)}`);
}

async function clear(docker: Docker, scope: string): Promise<void> {
  const filters = { label: [`${containerLabels.scope}=${scope}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes) await docker.getVolume(Name).remove();
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}
