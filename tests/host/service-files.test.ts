import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { adapterFile, adapterFiles } from "../../src/host/adapter-files.ts";
import { pluginFiles } from "../../src/host/plugin-files.ts";
import { judgedService, serviceFiles, trustableService } from "../../src/host/service-files.ts";
import { findSuites, suiteDirectories } from "../../src/suites/find.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

test("what a service imports from elsewhere is allowed with it", () => {
  const { repository, write } = place({ "repo/.envctl.d/services/svc_bank/index.mjs": 'import { rate } from "../../../lib/rate.mjs"; export class Bank { static methods = ["rate"]; rate() { return rate; } }', "repo/lib/rate.mjs": "export const rate = 1;" });
  const hashes = (): readonly string[] => serviceFiles(repository, []).map((file) => trustableService(file).contentHash);
  const before = hashes();
  expect([before.length, hashes()]).toEqual([1, before]);
  write("repo/lib/rate.mjs", "export const rate = 2;");
  expect(hashes()).not.toEqual(before);
});

test("a link of the user's into the repository leads to the repository's code", () => {
  const { root, repository } = place({ "repo/tools/svc_ours/index.mjs": "", "mine/svc_mine/index.mjs": "" });
  symlinkSync(join(repository, "tools/svc_ours"), join(root, "mine/svc_ours"));
  expect(serviceFiles(repository, [join(root, "mine")]).map(({ name, needsTrust }) => [name, needsTrust])).toEqual([["mine", false], ["ours", true]]);
});

test("what is no plain file is read by nobody, and nobody waits for it", () => {
  const { repository } = place({ "repo/.envctl.d/services/svc_pipe/index.mjs": "", "repo/.envctl.d/services/svc_large/index.mjs": "", "repo/.envctl.d/services/svc_large/service.json": `{"about":"${"x".repeat(70_000)}"}`, "repo/.envctl.d/services/svc_code/service.json": "{}" });
  for (const path of ["svc_pipe/service.json", "svc_code/index.mjs"]) execFileSync("/bin/sh", ["-c", 'mkfifo "$1"', "sh", join(repository, ".envctl.d/services", path)]);
  expect(serviceFiles(repository, []).map(({ name, problem }) => [name, problem?.replace(/^.*\//, "")])).toEqual([["code", "index.mjs is missing"], ["large", "service.json has to be a file of 65536 bytes at most"], ["pipe", "service.json has to be a file of 65536 bytes at most"]]);
});

test("what cannot be read is told, and keeps nothing else from being found", () => {
  const { repository } = place({ "repo/.envctl.d/services/svc_good/index.mjs": "", "repo/.envctl.d/services/svc_bad/index.mjs": "", "repo/.envctl.d/requirements/good.mjs": "", "repo/.envctl.d/requirements/bad.mjs": "", "repo/.envctl.d/requirements/bad/part.mjs": "", "repo/.envctl.d/plugins/good.mjs": "", "repo/.envctl.d/suites/suite_good/exp_a.sh": "" });
  for (const path of ["services/svc_self", "services/svc_bad/self", "services/svc_bad/service.json", "requirements/self.mjs", "requirements/bad/self", "plugins/self", "plugins/self.mjs", "suites/self.yaml", "suites/suite_self"]) symlinkSync(basename(path), join(repository, ".envctl.d", path));
  const judged = serviceFiles(repository, []).map((file) => [file.name, judgedService(file, { isTrusted: () => true })]);
  expect(judged).toEqual([["bad", { isTrusted: false, problem: expect.stringContaining("service bad cannot be read: ELOOP") as string }], ["good", { isTrusted: true }]]);
  expect([adapterFiles(repository).map(({ name }) => name), adapterFile({ repository }, "bad")?.problem]).toEqual([["good"], expect.stringContaining("it cannot be read: ELOOP") as string]);
  expect(pluginFiles({ repository, environment: {}, configured: [], version: "1.0.0" }).map(({ name, problem }) => [name, problem === undefined])).toEqual([["good", true], ["self", false]]);
  expect(findSuites(suiteDirectories(repository, {})).map(({ name }) => name)).toEqual(["good"]);
});

test("nothing of a manifest reaches a terminal but letters", () => {
  const escape = "\u001b]0;mine\u0007";
  const bad = [JSON.stringify({ about: escape }), JSON.stringify({ capabilities: ["gpu", escape] }), JSON.stringify({ [escape]: 1 }), `{"about": ${escape}}`, JSON.stringify({ type: "first\nsecond" })];
  const { repository } = place(Object.fromEntries(bad.flatMap((text, index) => [[`repo/.envctl.d/services/svc_s${index}/service.json`, text], [`repo/.envctl.d/services/svc_s${index}/index.mjs`, ""]])));
  const found = serviceFiles(repository, []);
  expect(found.map(({ problem }) => problem !== undefined && !/\p{Cc}/u.test(problem))).toEqual(bad.map(() => true));
  expect(found.map(({ manifest }) => manifest)).toEqual(bad.map(() => ({ about: "", capabilities: [] })));
});

function place(files: Readonly<Record<string, string>>): { readonly root: string; readonly repository: string; readonly write: (path: string, content: string) => void } {
  const root = temporaryDirectory(onTestFinished, "services");
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  return { root, repository: join(root, "repo"), write };
}
