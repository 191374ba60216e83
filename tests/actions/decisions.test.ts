/** What the actions decide, without anything being run. */
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { checksIn, stateOfAll } from "../../src/actions/delivery/checks.ts";
import { provenanceIn } from "../../src/actions/delivery/base.ts";
import { commitMessage, taskHeading } from "../../src/actions/delivery/commit-message.ts";
import { diffSummary } from "../../src/actions/delivery/diff-summary.ts";
import { isLocalArtifact } from "../../src/actions/delivery/local-artifacts.ts";
import { pullRequestText } from "../../src/actions/delivery/pr-text.ts";
import { staleness } from "../../src/actions/suites/checkout-state.ts";
import { answerOf, isSame, type Answer } from "../../src/actions/comparison/responses.ts";
import { withDeadline } from "../../src/host/deadline.ts";
import { inParallel } from "../../src/actions/in-parallel.ts";
import { checks } from "../rig/fake-gh.ts";

test.each([
  ["MAIN_TASK.md", true], ["docs/MAIN_TASK.md", false], ["OLD_TASK_3.md", true], [".envctl", false], [".envctl.local", true], [".envctl-state/worktree-provenance.json", true],
  ["trees/a/1/x.ts", true], ["trees-b/1/x.ts", true], ["trees.ts", false], [".envctl.d/units/x.yaml", false],
])("%s is a local artifact: %s", (path, isLocal) => expect(isLocalArtifact(path)).toBe(isLocal));

test("a diff is told by files, lines, tests and migrations", () => {
  const paths = ["src/a.ts", "src/a.test.ts", "tests/x/b.py", "app/test_c.py", "pkg/d_test.go", "db/migrations/0001_x.sql", "db/migrations/README.md", "alembic/versions/ab_x.py", "src/contest.ts"];
  const summary = diffSummary([...paths.map((path) => `2\t1\t${path}`), "-\t-\tlogo.png", "1\t0\tnew\nline.txt", ""].join("\0"));
  expect(summary).toMatchObject({ additions: 19, deletions: 9, tests: ["src/a.test.ts", "tests/x/b.py", "app/test_c.py", "pkg/d_test.go"], migrations: ["db/migrations/0001_x.sql", "alembic/versions/ab_x.py"] });
  expect(summary.files.slice(-2)).toEqual([{ path: "logo.png", additions: undefined, deletions: undefined }, { path: "new\nline.txt", additions: 1, deletions: 0 }]);
  expect(diffSummary("")).toMatchObject({ files: [], additions: 0 });
});

describe("messages", () => {
  test("what is given wins over the file, the file over the task", () => {
    expect(commitMessage({ given: "one\r\n\r\ntwo", file: "file", mainTask: "# task" })).toBe("one\n\ntwo\n");
    expect(commitMessage({ file: "file\n", mainTask: "# task" })).toBe("file\n");
    expect(() => commitMessage({ given: "x".repeat(16_001) })).toThrow("the message has 16001 characters");
    expect(() => commitMessage({ file: " " })).toThrow("the message's file says nothing");
  });

  test.each([["---\nx\n# Title  \n", "Title"], ["<!-- note -->\nfirst line\n", "first line"], ["#tag\n## Second\n", "Second"], ["\n \n", undefined]])("the heading of %j is %j", (text, heading) => {
    expect(taskHeading(text)).toBe(heading);
  });

  test("a pull request is named after the task, else the last commit, and its body fits", () => {
    const commits = [{ sha: "a", subject: "One" }, { sha: "b", subject: "Two" }];
    expect(pullRequestText(commits, undefined, undefined)).toEqual({ title: "Two", body: "## Commits\n\n- One\n- Two" });
    expect(pullRequestText(commits, "# Task", "Mine").title).toBe("Mine");
    expect(pullRequestText(commits, "x".repeat(60_000), undefined).body).toHaveLength(48_000);
  });
});

test("checks are failed as soon as one is, passed when none is pending, and unreadable when gh said something else", () => {
  const state = (...buckets: readonly string[]) => stateOfAll(checksIn(checks(...buckets.map((bucket) => ["x", bucket] as const))) ?? []);
  expect([state("pass", "skipping"), state("pass", "pending"), state("pending", "cancel"), state(), state("new word")]).toEqual(["passed", "pending", "failed", "none", "pending"]);
  expect([checksIn("{}"), checksIn("oops"), checksIn("")]).toEqual([undefined, undefined, undefined]);
});

test.each([
  [{ source_branch: "dev", source_ref: "refs/heads/dev" }, { branch: "dev", ref: "refs/heads/dev" }], [{ source_branch: "" }, {}], [{ source_branch: 7 }, {}], [null, {}], ["x", {}],
])("the provenance %j says %j", (written, said) => expect(provenanceIn(written)).toEqual(said));

test("results are stale when HEAD or any content differs", () => {
  const saved = { head: "a".repeat(40), statusHash: "1", statusLines: 1 };
  expect(staleness(saved, { ...saved, statusLines: 2 })).toBeUndefined();
  expect(staleness(saved, { ...saved, statusHash: "2" })).toBe("files have changed since");
  expect(staleness(saved, { ...saved, head: undefined })).toBe("HEAD was aaaaaaaaaa then and is no commit now");
});

test("answers are the same by status and content, whatever the time; two failures are alike", () => {
  const answer: Answer = { status: 200, contentType: "text/plain", bytes: 1, durationMs: 1, hash: "x" };
  expect([isSame(answer, { ...answer, durationMs: 9 }), isSame(answer, { ...answer, status: 500 }), isSame(answer, { ...answer, hash: "y" }), isSame(answer, { error: "refused" }), isSame({ error: "a" }, { error: "b" })]).toEqual([true, false, false, false, true]);
});

test("parallel work keeps its order and its bound, and ends what it began before it throws", async () => {
  let [now, most] = [0, 0];
  const items = [{ turn: 3 }, { turn: 1 }, { turn: 2 }];
  const work = async ({ turn }: { readonly turn: number }): Promise<number> => {
    now += 1;
    most = Math.max(most, now);
    for (let step = 0; step < turn; step += 1) await Promise.resolve();
    now -= 1;
    if (turn === 9) throw new Error("nine");
    return turn;
  };
  expect([await inParallel(items, 2, work), most]).toEqual([[3, 1, 2], 2]);
  await expect(inParallel([{ turn: 9 }, { turn: 20 }, { turn: 1 }], 2, work)).rejects.toThrow("nine");
  expect(now).toBe(0);
  expect(await inParallel([], 4, work)).toEqual([]);
});

test("a server that accepts and never answers is given up after its time, as a deadline that nobody else ends", async () => {
  const server = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  expect(await answerOf(url, new AbortController().signal, () => 0, 50)).toEqual({ error: expect.stringContaining("out of time") });
  server.close();
  expect(await answerOf(url, new AbortController().signal, () => 0)).toEqual({ error: expect.stringContaining("ECONNREFUSED") });
  const interrupt = new AbortController();
  const waiting = withDeadline(interrupt.signal, 60_000, (signal) => new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve(String(signal.reason)))));
  interrupt.abort("Ctrl-C");
  expect(await waiting).toBe("Ctrl-C");
});
