import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { postgres } from "../../src/requirements/postgres.ts";
import { freePorts } from "../rig/ports.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { bind, configOf, createBench, revealed, startServer } from "./bench.ts";

const run = promisify(execFile);

test("two processes that prepare the same project at once both succeed, with one whole directory and one template", { timeout: 60_000 }, async () => {
  const bench = createBench(onTestFinished);
  const cache = temporaryDirectory(onTestFinished, "cache");
  const port = await freePorts();
  const bound = await bind(bench, postgres, configOf("postgres", { version: 16 }), port);
  const program = await bundled();
  // The server program comes from the shared cache by its path; templates go into an empty one.
  const environment = { ...process.env, PATH: `${join(bound.runtime.program, "..")}:${process.env["PATH"] ?? ""}` };
  const both = await Promise.all([1, 2].map(() => run(process.execPath, [program, bench.stateRoot, cache, String(port)], { env: environment, timeout: 50_000 })));
  expect(both.map(({ stdout }) => stdout.trim())).toEqual(["prepared", "prepared"]);
  expect(readdirSync(join(bench.stateRoot, "scope", "data", "Main"))).toEqual(["postgres"]);
  expect(readdirSync(join(cache, "templates"))).toHaveLength(1);

  const input = { ...bound.input, reveal: () => "the-same-password" };
  await startServer(bench, postgres, input, onTestFinished);
  const client = new Client({ connectionString: revealed(postgres, input)["url"] });
  await client.connect();
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await client.end();
});

/** Node 20 does not run TypeScript. */
async function bundled(): Promise<string> {
  const outfile = join(temporaryDirectory(onTestFinished, "program"), "prepare.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("./prepare-process.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: "error",
  });
  return outfile;
}
