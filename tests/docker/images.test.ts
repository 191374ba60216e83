/** The rig's own images behave as the official ones do where envctl can tell. */
import { expect } from "vitest";
import { engineTest } from "../rig/docker-engine.ts";

engineTest("the tiny image answers", async ({ engine }) => {
  const t = performance.now();
  for (const name of ["tiny", "redis", "postgres"] as const) { await engine.image(name); console.log(name, performance.now() - t); }
  expect((await engine.docker.listImages()).map((one) => [one.RepoTags, one.Size])).toBe(1);
});
