import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serviceFiles, trustableService } from "../../src/host/service-files.ts";
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

function place(files: Readonly<Record<string, string>>): { readonly root: string; readonly repository: string; readonly write: (path: string, content: string) => void } {
  const root = temporaryDirectory(onTestFinished, "services");
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  return { root, repository: join(root, "repo"), write };
}
