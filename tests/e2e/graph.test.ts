import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { GraphAnswer, GraphResultRow } from "../../src/contracts/graph-report.ts";
import { scopeIdOf } from "../../src/host/paths.ts";
import { processesOf } from "../rig/processes.ts";
import { graphScene, meets, overlaps } from "./graph-scene.ts";

test("P1 P4 P5 what requires a name starts when it is given, side by side; the lower priority first; a pool runs no more than it has workers", async () => {
  const shop = graphScene();
  const met = shop.directory;
  const order = shop.tree("order", { a: "# envctl: provides=x", b: `# envctl: requires=x timeout=30s\n${meets(met, "b", "c")}`, c: `# envctl: requires=x timeout=30s\n${meets(met, "c", "b")}` });
  const ran = await shop.run(order, "--workers", "2");
  expect(ran).toMatchObject({ code: 0, ok: true, counts: { pass: 3, kept: 0 } });
  expect((ran.unit("b").started_at ?? "") >= ran.unit("a").ended_at).toBe(true);
  expect(overlaps(ran.unit("b"), ran.unit("c"))).toBe(true);

  const priorities = await shop.run(shop.tree("priority", { five: "# envctl: priority=5", minus: "# envctl: priority=-1", zero: "" }), "--workers", "1");
  expect([...priorities.units].sort(byStart).map(({ id }) => id)).toEqual(["minus", "zero", "five"]);

  const pooled = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`d${index}`, "# envctl: pool=db\nsleep 0.1"]));
  const six = await shop.run(shop.tree("pools", { "unit.yaml": "pools: { db: { workers: 2 } }", ...pooled }), "--workers", "6");
  expect(six.units).toHaveLength(6);
  expect(Math.max(...six.units.map((one) => six.units.filter((other) => (other.started_at ?? "") <= (one.started_at ?? "") && other.ended_at > (one.started_at ?? "")).length))).toBe(2);
  expect((await shop.envctl(["graph", "run", "--from", shop.tree("unknown-pool", { a: "# envctl: pool=gpu" })])).stderr).toContain("there is no pool 'gpu' (a runs in it)");
});

test("P2 what is wrong is told before anything runs: a cycle with its path, unmet names, locks both used and claimed; what nobody requires is a warning", async () => {
  const shop = graphScene();
  const runs = join(shop.stateRoot, scopeIdOf(shop.repo.root), "graphs");
  for (const [name, files, text] of [
    ["cycle", { a: "# envctl: requires=b", b: "# envctl: requires=a" }, "a cycle: a → b → a"],
    ["unmet", { x: "# envctl: requires=nope" }, "nothing provides 'nope' (required by x)"],
    ["both", { x: "# envctl: uses=db claims=db" }, "x both uses and claims 'db'"],
    ["key", { x: "# envctl: requirs=db" }, 'unknown key "requirs"'],
    ["yaml", { "unit.yaml": "units: { ghost: { requires: [a] } }" }, "ghost has no command"],
    ["alias", { "unit.yaml": "units: { x: *nowhere }" }, "Unresolved alias (the anchor must be set before the alias): nowhere"],
  ] as const) {
    const from = shop.tree(name, files);
    for (const action of ["check", "run"]) {
      const outcome = await shop.envctl(["graph", action, "--from", from]);
      expect([outcome.code, `${outcome.stdout}${outcome.stderr}`]).toEqual([1, expect.stringContaining(text)]);
    }
  }
  const unused = await shop.envctl(["graph", "check", "--json", "--from", shop.tree("unused", { a: "# envctl: provides=x" })]);
  expect([unused.code, unused.json()]).toEqual([0, expect.objectContaining({ ok: true, warnings: ["a provides 'x', which nothing requires"] })]);
  shop.tree("units", { a: "# envctl: requires=nope" });
  const doctor = await shop.envctl(["doctor", "--only", "graphs"]);
  expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining("1 problem in the units of Main")]);
  expect(existsSync(runs)).toBe(false);
});

test("P3 P14 a claimer of a lock runs alone, users side by side; groups never overlap and have workers of their own", async () => {
  const shop = graphScene();
  const [alone, met] = [join(shop.directory, "alone"), shop.directory];
  // A claimer sees nobody else between its first and its last step.
  const claims = `# envctl: claims=db\nmkdir ${alone} && sleep 0.05 && rmdir ${alone}`;
  const uses = (own: string, other: string): string => `# envctl: uses=db timeout=30s\n[ -e ${alone} ] && exit 1\n${meets(met, own, other)}\n[ ! -e ${alone} ]`;
  const locks = await shop.run(shop.tree("locks", { r1: uses("r1", "r2"), r2: uses("r2", "r1"), r3: uses("r3", "r3"), w1: claims, w2: claims }), "--workers", "9");
  expect(locks.counts).toEqual({ kept: 0, pass: 5 });

  const group = (name: string): string => `# envctl: group=${name}\nsleep 0.05`;
  const groups = await shop.run(shop.tree("groups", { "unit.yaml": "groups: { vm: { workers: 2 }, call: { workers: 9 } }", vm1: group("vm"), vm2: group("vm"), vm3: group("vm"), call1: group("call"), call2: group("call") }), "--workers", "9");
  const [vms, calls] = [groups.units.filter(({ id }) => id.startsWith("vm")), groups.units.filter(({ id }) => id.startsWith("call"))];
  expect([vms.length, calls.length, vms.flatMap((one) => calls.filter((other) => overlaps(one, other)))]).toEqual([3, 2, []]);
  expect(vms.every((one, index) => vms.every((other, at) => at === index || overlaps(one, other)))).toBe(false);
  const round = await shop.envctl(["graph", "check", "--from", shop.tree("round", { a: "# envctl: group=one", b: "# envctl: group=two requires=a", c: "# envctl: group=one requires=b" })]);
  expect([round.code, round.stdout]).toEqual([1, expect.stringContaining("one → two → one")]);
});

test("P6 P7 facts reach whoever requires what their unit provides, and nobody else; parameters are variables, an unknown one fails its unit alone", async () => {
  const shop = graphScene();
  const shown = "echo \"{\\\"name\\\":\\\"$DATABASE_URL-$MODE-$size\\\",\\\"status\\\":\\\"pass\\\"}\" >>$ENVCTL_RESULTS";
  const from = shop.tree("facts", {
    "unit.yaml": "facts: { MODE: test }",
    pg: "# envctl: provides=db\necho DATABASE_URL=db://one >>$ENVCTL_FACTS",
    job: `# envctl: requires=db params=size:5\n${shown}`,
    grandchild: `# envctl: requires=job\n${shown}`,
    other: shown,
    "calls.mjs": `// envctl: function=first provides=called params=n:2
// envctl: function=second requires=called
export const first = ({ params }) => ({ SUM: Number(params.n) + 1, "a.b": "dotted" });
export const second = ({ record }) => record({ name: \`\${process.env.SUM} \${process.env["a.b"]}\`, status: "pass" });\n`,
  });
  const told = (unit: GraphResultRow): string | undefined => unit.records[0]?.name;
  const ran = await shop.run(from);
  expect([ran.counts, told(ran.unit("job")), told(ran.unit("grandchild")), told(ran.unit("other")), told(ran.unit("calls.mjs#second"))]).toEqual([{ kept: 0, pass: 6 }, "db://one-test-5", "-test-", "-test-", "3 dotted"]);
  const params = await shop.run(from, "--param", "size=9", "--param", "other:sise=1", "--fact", "MODE=fast");
  expect([told(params.unit("job")), params.all["other"], params.counts]).toEqual(["db://one-fast-9", 'error: other takes no parameter "sise"; it takes none', { kept: 0, pass: 5, error: 1 }]);
  const own = shop.tree("own", {
    a: "echo ENVCTL_OWNER=nobody >>$ENVCTL_FACTS; echo ENVCTL_UNIT=else >>$ENVCTL_FACTS",
    b: '# envctl: requires=a params=ENVCTL_PROJECT:other\necho "{\\"name\\":\\"$ENVCTL_OWNER $ENVCTL_UNIT $ENVCTL_PROJECT\\",\\"status\\":\\"pass\\"}" >>$ENVCTL_RESULTS',
  });
  expect(told((await shop.run(own, "--fact", "ENVCTL_OWNER=nobody")).unit("b"))).toMatch(/^repo-[0-9a-f]{12}\/Main\/\+graph\/graph-\d{17} b Main$/);
});

test("P8 P9 a unit has several results, the worst of which counts; failures are hard, or controlled by flags and exit codes", async () => {
  const shop = graphScene();
  const warned = shop.tree("warned", { a: "echo '{\"name\":\"style\",\"status\":\"warn\",\"message\":\"long line\"}' >>$ENVCTL_RESULTS" });
  expect(await shop.run(warned)).toMatchObject({ code: 0, all: { a: "warn: long line" } });
  const strict = await shop.run(warned, "--strict");
  expect([strict.code, strict.unit("a").records]).toEqual([1, [{ name: "style", status: "warn", message: "long line" }, { name: "a", status: "pass" }]]);
  expect((await shop.run(shop.tree("garbled", { a: "echo fine >>$ENVCTL_RESULTS" }))).all["a"]).toContain("line 1 of $ENVCTL_RESULTS is no");
  expect((await shop.run(shop.tree("folder", { a: "mkdir $ENVCTL_EMIT; sleep 0.5", b: "sleep 0.6" }))).all).toEqual({ a: "error: $ENVCTL_EMIT is no file", b: "pass" });

  const failing = (header: string): Readonly<Record<string, string>> => ({ a: `# envctl: provides=x claims=db ${header}\nexit 75`, needs: "# envctl: requires=x", waits: "# envctl: claims=db" });
  const hard = await shop.run(shop.tree("hard", failing("")));
  expect([hard.code, hard.all, hard.counts]).toEqual([1, { a: "fail: exit code 75", needs: "skip: requires x: failed", waits: "skip: lock db held by failed a" }, { kept: 0, fail: 1, skip: 2 }]);
  expect((await shop.run(shop.tree("released", failing("deps_ok=false locks_ok=true")))).all).toEqual({ a: "fail: exit code 75", needs: "skip: requires x: failed", waits: "pass" });
  expect(await shop.run(shop.tree("soft", failing("soft_exit=75")))).toMatchObject({ code: 1, all: { a: "fail: exit code 75", needs: "pass", waits: "pass" } });
  expect((await shop.run(shop.tree("other-exit", failing("soft_exit=74")))).counts).toEqual({ kept: 0, fail: 1, skip: 2 });
});

test("P10 D20 executables of a tree are units by their path, run in their own folder, without a daemon; links to directories are followed when asked", async () => {
  const shop = graphScene({ ENVCTL_NO_HOST: "1" });
  const where = (name: string): string => `pwd >${join(shop.directory, name)}`;
  const from = shop.tree("units", { "10-a.sh": where("a"), "sub/20-b.sh": where("b"), "readme.txt": "no unit", ".hid/x.sh": "exit 9", "fail.sh": "exit 3" });
  mkdirSync(join(shop.directory, "elsewhere"));
  const linked = shop.tree("linked", { "c.sh": "" });
  symlinkSync(linked, join(from, "link"));
  symlinkSync(from, join(from, "round"));
  symlinkSync("self", join(from, "self"));
  const ids = async (...flags: readonly string[]): Promise<readonly string[]> => ((await shop.envctl(["graph", "units", "--json", ...flags])).json() as Extract<GraphAnswer, { action: "units" }>).units.map(({ id }) => id);
  expect(await ids()).toEqual(["10-a.sh", "fail.sh", "sub/20-b.sh"]);
  expect(await ids("--follow")).toEqual(["10-a.sh", "fail.sh", "link/c.sh", "sub/20-b.sh"]);
  const ran = await shop.run(from);
  expect([ran.code, ran.all]).toEqual([1, { "10-a.sh": "pass", "sub/20-b.sh": "pass", "fail.sh": "fail: exit code 3" }]);
  expect(["a", "b"].map((name) => readFileSync(join(shop.directory, name), "utf8"))).toEqual([`${from}\n`, `${join(from, "sub")}\n`]);
  expect(processesOf(shop.directory)).toEqual([]);
  expect(readdirSync(join(shop.stateRoot, scopeIdOf(shop.repo.root))).filter((name) => name.startsWith("daemon"))).toEqual([]);
});

test("P13 units run where their conditions hold, and only those that are chosen", async () => {
  const shop = graphScene();
  const other = process.platform === "linux" ? "darwin" : "linux";
  const from = shop.tree("chosen", {
    here: `# envctl: when.os=${process.platform} when.env=HOME provides=x`, there: `# envctl: when.os=${other} provides=y`, tagged: "# envctl: when.tag=nightly", after: "# envctl: requires=y", last: "# envctl: requires=x",
    seen: "# envctl: when.changed=src/*.txt",
  });
  shop.repo.write("src/a.txt", "one");
  expect(await shop.run(from)).toMatchObject({ code: 0, counts: { kept: 0, pass: 3, skip: 3 }, all: { here: "pass", there: `skip: runs on ${other} only; this is ${process.platform}`, tagged: "skip: runs with --tag nightly only", after: "skip: requires y: skipped", last: "pass", seen: "pass" } });
  expect((await shop.run(from, "--only", "last", "--only", "tagged", "--tag", "nightly")).all).toEqual({ here: "pass", last: "pass", tagged: "pass" });
  expect((await shop.run(from, "--skip", "he*", "--only", "l*")).all).toEqual({ here: "skip: left out by --skip", last: "skip: requires x: skipped" });
  expect((await shop.run(from)).all["seen"]).toBeUndefined();
  writeFileSync(join(shop.repo.root, "src", "a.txt"), "two");
  expect((await shop.run(from)).all["seen"]).toBe("pass");
  const unknown = await shop.envctl(["graph", "run", "--from", from, "--only", "lost"]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean "last"?')]);
});

function byStart(one: GraphResultRow, other: GraphResultRow): number {
  return (one.started_at ?? "") < (other.started_at ?? "") ? -1 : 1;
}
