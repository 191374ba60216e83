/** Requirements from elsewhere than envctl: who comes first, and who needs leave. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createAdapters, type Adapters, type AdaptersPlace } from "../../src/requirements/adapters.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

interface Place {
  readonly root: string;
  readonly adapters: (parts?: Partial<AdaptersPlace>) => Adapters;
}

const depot = (title: string, id = "depot"): string => `export const requirement = { apiVersion: 1, id: "${id}", title: "${title}", provides: [], engines: { embedded: { draft: () => ({ command: [] }) } } };`;

function place(files: Readonly<Record<string, string>>): Place {
  const root = temporaryDirectory(onTestFinished, "adapters");
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return { root, adapters: (parts = {}) => createAdapters({ repository: join(root, "repo"), trust: { isTrusted: () => false }, run: (_file, work) => work(), ...parts }) };
}

test("D5 one in a directory that the user's environment names needs no leave and stands before the repository's; inside the repository it does", async () => {
  const { root, adapters } = place({ "outside/depot.mjs": depot("The user's"), "repo/.envctl.d/requirements/depot.mjs": depot("The repository's"), "repo/elsewhere/hall.mjs": depot("Hidden", "hall") });
  const environment = { ENVCTL_EXTERNAL_REQUIREMENTS_PATH: `${join(root, "outside")}:${join(root, "repo/elsewhere")}` };
  expect(await adapters().find("depot")).toMatchObject({ reason: "adapter_untrusted" });
  expect(await adapters({ environment }).find("depot")).toMatchObject({ title: "The user's" });
  expect(await adapters({ environment }).find("hall")).toMatchObject({ reason: "adapter_untrusted" });
});

test("one that is named as a built-in one stands before it, and says so; not yet allowed, it is not passed over in silence", async () => {
  const { adapters } = place({ "repo/.envctl.d/requirements/redis.mjs": depot("My Redis", "redis") });
  expect(await adapters().find("redis")).toMatchObject({ reason: "adapter_untrusted" });
  const found = await adapters({ trust: { isTrusted: () => true } }).find("redis");
  if ("reason" in found) throw new Error(found.message);
  expect(found.engines.embedded?.notes?.({})).toEqual(["My Redis, of a plug-in or a file of its own, stands in for envctl's own redis"]);
});

test("what nobody has is told with what there is", async () => {
  const { adapters } = place({ "repo/.envctl.d/requirements/depot.mjs": depot("Depot") });
  expect(await adapters().find("kafka")).toMatchObject({ reason: "configuration_invalid", hint: expect.stringMatching(/known requirements: postgres, .*depot; .*`envctl plugins`/) });
});
