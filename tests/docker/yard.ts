/** A repository whose services run in containers of the tests' engine, used through the built CLI. */
import { realpathSync } from "node:fs";
import type Docker from "dockerode";
import { expect, onTestFinished } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { scopeIdOf } from "../../src/host/paths.ts";
import { handleOf } from "../../src/model/lifecycle.ts";
import type { ContainerHandle } from "../../src/model/unit.ts";
import { scene, type Configuration, type Scene, type SceneOptions } from "../e2e/scene.ts";
import type { TestEngine } from "../rig/docker-engine.ts";

export interface Yard extends Scene {
  /** Containers of this repository, running or not, with their states. */
  containers(): Promise<readonly Docker.ContainerInfo[]>;
  volumes(): Promise<readonly string[]>;
  networks(): Promise<readonly string[]>;
  /** What the state says a unit of Main runs as. */
  handle(unit: string): ContainerHandle;
}

/** In the end no container and no network may be left; volumes may, and are removed. */
export async function yard(engine: TestEngine, configuration: (port: number) => Configuration, options: SceneOptions = {}): Promise<Yard> {
  const { docker } = engine;
  const isOurs = ({ Labels }: { readonly Labels?: Readonly<Record<string, string>> | null | undefined }): boolean => Labels?.[containerLabels.scope]?.startsWith(`${scope}.`) === true;
  const containers = (): Promise<readonly Docker.ContainerInfo[]> => docker.listContainers({ all: true }).then((all) => all.filter(isOurs));
  const volumes = async (): Promise<readonly string[]> => (await docker.listVolumes()).Volumes.filter(isOurs).map(({ Name }) => Name);
  const networks = async (): Promise<readonly string[]> => (await docker.listNetworks()).filter(isOurs).map(({ Name }) => Name);
  // Runs after the scene has stopped everything.
  onTestFinished(async () => {
    const left = [...(await containers()).map(({ Names }) => Names.join()), ...(await networks())];
    for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true, v: true });
    for (const name of await networks()) await docker.getNetwork(name).remove();
    for (const name of await volumes()) await docker.getVolume(name).remove();
    expect(left).toEqual([]);
  });
  const { stage, ...others } = options;
  const place = await scene(configuration, { ...others, stage: { ...stage, env: { DOCKER_HOST: `unix://${engine.socket}`, ...stage?.env } } });
  const scope = scopeIdOf(realpathSync(place.repo.root));
  const handle = (unit: string): ContainerHandle => {
    const { life } = place.state().units[`Main/${unit}`] ?? {};
    const found = life === undefined ? undefined : handleOf(life);
    if (found?.inside !== "container") throw new Error(`${unit} runs in no container: ${JSON.stringify(life)}`);
    return found;
  };
  return { ...place, containers, volumes, networks, handle };
}

/** What a server answers, undefined while none does. */
export async function answer(port: number): Promise<string | undefined> {
  return fetch(`http://127.0.0.1:${port}/`).then((response) => response.text(), () => undefined);
}
