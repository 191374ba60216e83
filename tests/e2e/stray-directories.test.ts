/** Directories in the environment of the user that bring nothing, since they are written wrongly. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { scene } from "./scene.ts";

const variable = (kind: string): string => `ENVCTL_EXTERNAL_${kind}_PATH`;

test("what a variable names and is no whole path is passed over, and told by what would use it; doctor tells of files and what is not there, too", async () => {
  const stack = await scene(() => ({ services: { web: { command: ["true"], port: "none" } } }), { files: { "mine/svc_box/index.mjs": "", "mine/suite_far/exp_a.sh": "exit 0" } });
  const whole = join(stack.repo.root, "mine");
  const env = { [variable("SERVICES")]: `mine:${whole}`, [variable("SUITES")]: `./mine:${whole}`, [variable("PLUGINS")]: "~/plugins", [variable("REQUIREMENTS")]: `${whole}/suite_far/exp_a.sh:/nowhere/at/all` };
  const expected = {
    SERVICES: 'names "mine", which is no whole path: it is passed over; say it from the root, such as $PWD/mine',
    SUITES: 'names "./mine", which is no whole path: it is passed over; say it from the root, such as $PWD/mine',
    PLUGINS: 'names "~/plugins", which is no whole path: it is passed over; say it from the root, such as $HOME/plugins',
  };
  const told = Object.entries(expected).map(([kind, text]) => `warning: ${variable(kind)} ${text}\n`);
  const requirements = [["suite_far/exp_a.sh", "which is a file"], ["/nowhere/at/all", "which is not there"]];

  const services = await stack.envctl(["svc", "list", "--json"], { env });
  expect([services.json(), services.stderr]).toEqual([[expect.objectContaining({ name: "box" })], `${told[0]}${told[2]}`]);
  expect(await stack.envctl(["suite", "--list-configs"], { env })).toMatchObject({ code: 0, stdout: "suite_far\n", stderr: told[1] });
  for (const call of [["plugins"], ["start", "--dry-run"]]) {
    const { code, stderr } = await stack.envctl(call, { env });
    expect([code, stderr]).toEqual([0, told[2]]);
  }
  expect((await stack.envctl(["status"], { env })).stderr).toBe("");
  const findings = (await stack.envctl(["doctor", "--only", "user-directories", "--json"], { env })).at("findings");
  expect(findings).toHaveLength(5);
  for (const [entry = "", wrong = ""] of requirements) expect(findings).toContainEqual(expect.objectContaining({ detail: expect.stringMatching(new RegExp(`${variable("REQUIREMENTS")} names "[^"]*${entry}", ${wrong}: it is passed over`)) }));
  expect(findings).toContainEqual(expect.objectContaining({ status: "warn", detail: `${variable("SERVICES")} names "mine", which is no whole path: it is passed over`, hint: "say it from the root, such as $PWD/mine" }));
  expect((await stack.envctl(["doctor", "--only", "user-directories", "--json"])).at("findings.0.status")).toBe("pass");
});
