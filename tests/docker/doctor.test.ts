/** What is left in a container engine is found by its labels, and told with the command that removes it. */
import { expect } from "vitest";
import { containerLabels } from "../../src/host/container-engine.ts";
import { scopeIdOf } from "../../src/host/paths.ts";
import { ownerLabels } from "../../src/host/docker-spec.ts";
import { engineTest } from "../rig/docker-engine.ts";
import { puppet } from "../rig/puppet.ts";
import { yard } from "./yard.ts";

engineTest("doctor names containers of units that are not meant to run, and volumes of projects that are gone", async ({ engine }) => {
  await engine.image("tiny");
  const place = await yard(engine, () => ({ services: { backend: { command: puppet() } } }));
  const told = async (): Promise<unknown> => (await place.envctl(["doctor", "--only", "containers", "--json"])).at("findings");
  expect(await told()).toMatchObject([{ status: "pass" }]);
  const scope = scopeIdOf(place.repo.root);
  const name = `ghost-${scope}`;
  const container = await engine.docker.createContainer({ name, Image: "envctl-test/tiny:1", Labels: { ...ownerLabels({ scope, project: "Main", unit: "ghost" }) } });
  await engine.docker.createVolume({ Name: `old-${scope}`, Labels: { [containerLabels.scope]: scope, [containerLabels.project]: "gone", [containerLabels.unit]: "postgres" } });
  expect(await told()).toMatchObject([
    { status: "warn", detail: `1 container of units that are not meant to run: ${name}`, hint: expect.stringContaining(`rm -f ${name}`) as string },
    { status: "warn", detail: `1 volume of projects that are gone: old-${scope}`, hint: expect.stringContaining(`volume rm old-${scope}`) as string },
  ]);
  await container.remove({ force: true });
});
