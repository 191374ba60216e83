/** The page of a real run: what happened is on it, nothing on it is loaded or run, and no secret is. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { schemaProblems } from "../contracts/validate.ts";
import { puppet } from "../rig/puppet.ts";
import { eventually } from "../rig/wait.ts";
import { scene } from "./scene.ts";

const secret = `Gr3eting<&"word'`;
const hostile = `console.log('<script src="http://elsewhere.test/x.js"></script> <img src=x onerror=alert(1)>'); console.log(process.env.GREETING); process.exit(3);`;
/** None of them loads or runs anything. */
const harmless = ["!doctype", "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "b", "br", "span", "table", "tr", "th", "td", "div", "i", "pre", "figure", "svg", "line", "polyline", "text", "rect"];

/** Tags and styles of a page by which it could load or run something. */
function reaching(page: string): readonly string[] {
  const tags = page.match(/<[^>]*>/g) ?? [];
  const strange = tags.filter((tag) => !harmless.includes(/^<\/?([!\w]+)/.exec(tag)?.[1] ?? "") || /\s(?:src|srcset|href|on\w+)\s*=/i.test(tag));
  return [...strange, ...(page.match(/url\(|@import/gi) ?? [])];
}

test("a page of a run tells its states, its start and its failures, escapes what programs wrote, and holds no secret", async () => {
  const stack = await scene((port) => ({
    secrets: ["GREETING"],
    services: {
      api: { command: puppet({ listen: "{port}" }), port, stop: { grace: "1s" } },
      web: { command: ["node", "-e", hostile], port: "none", ready: { log: "never" }, env: { GREETING: "${env.GREETING}" }, depends_on: ["api"] },
    },
  }));
  const env = { GREETING: secret };
  expect((await stack.envctl(["start"], { env })).code).toBe(1);

  const shown = await stack.envctl(["report", "--html", "--json"], { env });
  expect([shown.code, schemaProblems("report", shown.json())]).toEqual([0, []]);
  expect(shown.json()).toMatchObject({
    run: { isOver: false, mishaps: [{ unitId: "Main/web", logTail: expect.arrayContaining([expect.stringContaining("<script")]) as unknown[] }], waterfall: [{ unitId: "Main/api", outcome: "ready" }, { unitId: "Main/web", outcome: "failed" }] },
  });
  const page = readFileSync(String(shown.at("page")), "utf8");
  expect(statSync(String(shown.at("page"))).mode & 0o777).toBe(0o600);
  expect(page).toContain("&lt;script src=&quot;http://elsewhere.test/x.js&quot;&gt;");
  expect(reaching(page)).toEqual([]);
  expect(page).toContain(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`);
  expect(page).toMatch(/<svg [^]*<i class="ready"[^]*<i class="failed"/);
  for (const text of [page, shown.stdout, (await stack.envctl(["report"], { env })).stdout]) expect(text).not.toMatch(/Gr3eting/);

  const runId = String(shown.at("run.runId"));
  const used = async (): Promise<number> => Number((await stack.envctl(["report", "--json"], { env })).at("run.units.0.usage.0.2"));
  const bytes = await eventually(async () => [await used()].find((one) => one > 0), "what the api uses", 30_000);
  expect(bytes).toBeGreaterThan(2 ** 20);
  await stack.envctl(["stop-all"]);
  const earlier = await stack.envctl(["report", "--run", runId, "--output", "run.html", "--json"], { env });
  expect(schemaProblems("usage", JSON.parse(readFileSync(join(stack.scope(), "runs", runId, "usage.json"), "utf8")))).toEqual([]);
  const later = readFileSync(join(stack.repo.root, "run.html"), "utf8");
  expect(later).toMatch(/Resource use over time[^]*<td>Main\/api<\/td><td><svg [^]*<polyline [^]*up to \d+ MiB/);
  expect(reaching(later)).toEqual([]);
  expect((await stack.envctl(["report", "--run", runId], { env })).stdout).toMatch(/Resource use over time\n +Main\/api +up to .* CPU +up to \d+ MiB +█/);
  expect(earlier.json()).toMatchObject({ page: join(stack.repo.root, "run.html"), run: { isOver: true, units: [{ unitId: "Main/api", status: "stopped", starts: 1 }, { unitId: "Main/web" }] } });
  const again = await stack.envctl(["report", "--output", "run.html"], { env });
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("run.html cannot be written")]);
  const unknown = await stack.envctl(["report", "--run", "run-0"], { env });
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/no run is called "run-0"[^]*kept are: run-/)]);
});
