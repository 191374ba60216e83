import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JobRow } from "../../src/contracts/job-reports.ts";
import { eventually } from "../rig/wait.ts";
import { jobScene } from "./job-scene.ts";

test("W13 W16 what fails is kept for a retry, begun again so often as it may be, or forgotten; what was stopped is not begun again", async () => {
  const shop = await jobScene();
  const [begun, mended] = [join(shop.directory, "begun"), join(shop.directory, "mended")];
  const kept = await shop.submitted("--", "sh", "-c", `[ -e '${mended}' ] && echo mended`);
  expect((await shop.envctl(["result", kept, "--peek"])).code).toBe(1);
  writeFileSync(mended, "");
  expect((await shop.envctl(["job", "retry", kept])).code).toBe(0);
  expect(await shop.envctl(["result", kept, "--peek"])).toMatchObject({ code: 0, stdout: "mended\n" });
  expect(await shop.job(kept)).toMatchObject({ status: "completed", attempts: 2 });

  const poison = await shop.envctl(["run", "--json", "--on-error", "requeue", "--max-attempts", "3", "--", "sh", "-c", `echo x >> '${begun}'; exit 9`]);
  expect([poison.code, poison.at("attempts"), poison.at("return_code")]).toEqual([1, 3, 9]);
  expect(readFileSync(begun, "utf8")).toBe("x\nx\nx\n");

  const cleared = await shop.envctl(["run", "--json", "--on-error", "clear", "--", "false"]);
  expect([cleared.code, cleared.at("status")]).toEqual([1, "failed"]);
  await eventually(async () => !((await shop.envctl(["jobs", "--all", "--json"])).json() as readonly JobRow[]).some(({ tid }) => tid === cleared.at("tid")), "its end being forgotten");

  const stopped = await shop.submitted("--on-error", "requeue", "--", "sleep", "600");
  await shop.begun(stopped);
  await shop.envctl(["job", "stop", stopped]);
  expect(await shop.job(stopped)).toMatchObject({ status: "cancelled", attempts: 1 });
});
