import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scriptCommand } from "../../src/suites/script-command.ts";
import { temporaryDirectory } from "../rig/temporary.ts";

const readsTypeScript = Reflect.get(process.features, "typescript") !== undefined && Reflect.get(process.features, "typescript") !== false;

test("D13 scripts are run by what their name says, anything executable by itself", () => {
  const directory = temporaryDirectory(onTestFinished, "scripts");
  const [typed, script, program, text] = ["a.ts", "b.sh", "c", "d.txt"].map((name) => join(directory, name));
  for (const path of [typed, script, program, text]) writeFileSync(path ?? "", "");
  chmodSync(program ?? "", 0o755);
  expect(scriptCommand(join(directory, "e.mjs"))).toEqual([process.execPath, join(directory, "e.mjs")]);
  expect([scriptCommand(script ?? ""), scriptCommand(program ?? "")]).toEqual([["sh", script], [program]]);
  expect(scriptCommand(text ?? "")).toEqual({ trouble: `${text} is not executable; \`chmod +x ${text}\` makes it so` });

  expect(scriptCommand(typed ?? "")).toEqual(readsTypeScript ? [process.execPath, typed] : { trouble: expect.stringContaining("cannot run TypeScript; `npm install --save-dev tsx`") as string });
  const tsx = join(directory, "node_modules", ".bin", "tsx");
  mkdirSync(join(tsx, ".."), { recursive: true });
  writeFileSync(tsx, "");
  expect(scriptCommand(typed ?? "")).toEqual([tsx, typed]);
});
