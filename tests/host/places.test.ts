import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeDirectory, readJson, writeAtomic } from "../../src/host/files.ts";
import { matchingFiles } from "../../src/host/glob.ts";
import { observeMachine } from "../../src/host/machine.ts";
import { pathsOf, scopeIdOf, scopePaths } from "../../src/host/paths.ts";
import { handleOfProcess, judgeHandle, processTableOf, withDescendants } from "../../src/host/process-table.ts";
import { createSystemHost } from "../../src/host/system-host.ts";
import { temporaryDirectory } from "../rig/temporary.ts";
import { eventually } from "../rig/wait.ts";

describe("paths", () => {
  test("follow the user's settings, else the base directory specification", () => {
    expect(pathsOf({ HOME: "/home/u" }, false)).toEqual({ stateRoot: "/home/u/.local/state/envctl", cacheRoot: "/home/u/.cache/envctl", systemConfig: "/etc/envctl/config.yaml", userConfig: "/home/u/.config/envctl/config.yaml" });
    expect(pathsOf({ HOME: "/home/u", XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "relative", XDG_CONFIG_HOME: "" }, false)).toMatchObject({ stateRoot: "/s/envctl", cacheRoot: "/home/u/.cache/envctl", userConfig: "/home/u/.config/envctl/config.yaml" });
    expect(pathsOf({ HOME: "/root", XDG_STATE_HOME: "/s" }, true).stateRoot).toBe("/var/lib/envctl");
    expect(pathsOf({ HOME: "/root", ENVCTL_STATE_DIR: "/mine" }, true).stateRoot).toBe("/mine");
  });

  test("that are empty are not set, and one that is relative is refused, since it would be another one in every directory", () => {
    expect(pathsOf({ HOME: "/home/u", ENVCTL_STATE_DIR: "", ENVCTL_CACHE_DIR: "", ENVCTL_SYSTEM_CONFIG: "" }, false)).toEqual(pathsOf({ HOME: "/home/u" }, false));
    expect(() => createSystemHost({ ENVCTL_STATE_DIR: "/s", ENVCTL_CACHE_DIR: "./my cache" })).toThrow('ENVCTL_CACHE_DIR is "./my cache", which is another place in every directory');
    expect(() => createSystemHost({ ENVCTL_STATE_DIR: "~/x" })).toThrow(expect.objectContaining({ failures: [expect.objectContaining({ hint: 'say the whole path, such as ENVCTL_STATE_DIR="$HOME/x"' })] }));
    expect(() => createSystemHost({ ENVCTL_CACHE_DIR: "/ca $x" })).toThrow("PostgreSQL cannot be run from a path with");
    expect(createSystemHost({ ENVCTL_STATE_DIR: "/a b/ü", ENVCTL_CACHE_DIR: "" }).paths.stateRoot).toBe("/a b/ü");
  });

  test("of a repository depend on nothing but where it is", () => {
    expect(scopeIdOf("/repo")).toMatch(/^repo-[0-9a-f]{12}$/);
    expect(scopeIdOf("/repo")).toBe(scopeIdOf("/repo"));
    expect(scopeIdOf("/repo")).not.toBe(scopeIdOf("/repo2"));
    expect(scopePaths("/state", "repo-1")).toMatchObject({ root: "/state/repo-1", runs: "/state/repo-1/runs", daemonLock: "/state/repo-1/daemon.lock" });
  });
});

describe("files", () => {
  test("written atomically are private, whole, and leave nothing beside them", () => {
    const directory = temporaryDirectory(onTestFinished, "files");
    const path = join(directory, "state.json");
    writeAtomic(path, "old");
    writeAtomic(path, '{"a":1}');
    expect(readJson(path)).toEqual({ a: 1 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["state.json"]);
  });

  test("that cannot be written keep what was there and leave nothing beside them", () => {
    const directory = temporaryDirectory(onTestFinished, "files");
    mkdirSync(join(directory, "taken"));
    expect(() => writeAtomic(join(directory, "taken"), "x")).toThrow(/EISDIR|directory/);
    expect(readdirSync(directory)).toEqual(["taken"]);
    expect(readJson(join(directory, "taken"))).toBeUndefined();
  });

  test("are read whole while they are written over and over", async () => {
    const path = join(temporaryDirectory(onTestFinished, "files"), "busy.json");
    writeAtomic(path, JSON.stringify("x".repeat(100_000)));
    const reader = spawn(process.execPath, ["-e", "const fs=require('fs');let n=0;const end=Date.now()+200;while(Date.now()<end){n++;JSON.parse(fs.readFileSync(process.argv[1],'utf8'))}console.log(n>0)", path], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(reader, "exit");
    while (reader.exitCode === null) {
      writeAtomic(path, JSON.stringify("y".repeat(100_000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toEqual([0, null]);
  });

  test("are in directories others may not look into", () => {
    const root = temporaryDirectory(onTestFinished, "files");
    makeDirectory(join(root, "a", "b"));
    makeDirectory(join(root, "c", "d"), true);
    expect(["a", "a/b", "c", "c/d"].map((path) => statSync(join(root, path)).mode & 0o777)).toEqual([0o700, 0o700, 0o711, 0o711]);
  });
});

describe("globs", () => {
  const root = (): string => {
    const directory = temporaryDirectory(onTestFinished, "glob");
    for (const path of ["package.json", "a.sql", "db/b.sql", "db/deep/c.sql", "db/deep/d[1].txt", "node_modules/x/e.sql", ".hidden/f.sql"]) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), "");
    }
    return directory;
  };

  test.each([
    ["package.json", ["package.json"]],
    ["missing.json", []],
    ["*.sql", ["a.sql"]],
    ["**/*.sql", [".hidden/f.sql", "a.sql", "db/b.sql", "db/deep/c.sql"]],
    ["db/**", ["db/b.sql", "db/deep/c.sql", "db/deep/d[1].txt"]],
    ["db/?.sql", ["db/b.sql"]],
    ["db/deep/d[1]*", ["db/deep/d[1].txt"]],
    ["db", []],
  ])("%s", (pattern, expected) => {
    expect(matchingFiles(root(), pattern)).toEqual(expected);
  });

  test("bear directories that lead in circles, are closed or are not there", () => {
    const directory = root();
    symlinkSync(directory, join(directory, "circle"));
    mkdirSync(join(directory, "closed"));
    chmodSync(join(directory, "closed"), 0);
    onTestFinished(() => chmodSync(join(directory, "closed"), 0o700));
    expect(matchingFiles(directory, "*.sql")).toEqual(["a.sql"]);
    expect(matchingFiles(join(directory, "nowhere"), "**")).toEqual([]);
  });
});

describe("the process table", () => {
  const machine = observeMachine();
  const table = processTableOf(machine);

  test("has this process, its parent and its mark", () => {
    expect(table.row(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
    expect(table.rows().map((row) => row.pid)).toContain(process.pid);
    expect(table.describe(process.pid)).toMatchObject({ directory: process.cwd(), command: expect.stringContaining("node") as string });
  });

  test("knows a child by its mark, with whatever name, as long as it lives", async () => {
    const child = spawn("/bin/sh", ["-c", "sleep 60"], { env: { PATH: process.env["PATH"], ENVCTL_OWNER: "repo/Main/a b/run" }, argv0: "odd) R 1 (name" });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    expect(await eventually(() => table.mark(pid), "the mark")).toBe("repo/Main/a b/run");
    expect(table.children(process.pid)).toContain(pid);
    expect(withDescendants(table.rows(), new Set([process.pid])).has(pid)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(table.row(pid)).toBeUndefined();
  });

  test("counts a zombie as dead", async () => {
    // A shell waits for its children; what it becomes does not.
    const parent = spawn("/bin/sh", ["-c", "(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const pid = Number(String((await once(parent.stdout, "data"))[0]));
    await eventually(() => table.row(pid) === undefined, "the zombie");
    expect(readFileSync(`/proc/${pid}/stat`, "latin1")).toContain(") Z ");
  });

  test("judges a handle by all of its parts", () => {
    const own = handleOfProcess(table, machine, process.pid);
    if (own === undefined) throw new Error("no handle");
    const judged = (change: object) => judgeHandle(table, machine, { ...own, ...change });
    expect(judged({})).toBe("alive");
    expect(judged({ startTime: "1" })).toBe("dead");
    expect(judged({ bootId: "another" })).toBe("dead");
    expect(judged({ pidNamespace: "pid:[1]" })).toBe("unknown");
    const gone = Number(execFileSync("/bin/sh", ["-c", "echo $$"], { encoding: "utf8" }));
    expect(handleOfProcess(table, machine, gone)).toBeUndefined();
    expect(existsSync(`/proc/${gone}`)).toBe(false);
  });
});
