/** The pure parts of the container layer: names, progress, positions in logs, what engines' errors mean. */
import { expect, test } from "vitest";
import { containerName } from "../../src/host/docker-spec.ts";
import { framesOf } from "../../src/host/docker-frames.ts";
import { pullSum, type ProgressRow } from "../../src/host/docker-images.ts";
import { positionCounter, sinceText } from "../../src/host/docker-logs.ts";
import { endFailure, wordsFailure } from "../../src/host/docker-trouble.ts";

test.each([
  ["repo-0123456789ab", "Main", "postgres", "envctl-0123456789ab-main-postgres"],
  ["repo-0123456789ab", "feature-1", "web.api_2", "envctl-0123456789ab-feature-1-web.api_2"],
])("%s %s %s is named %s", (scope, project, unit, name) => {
  expect(containerName({ scope, project, unit })).toBe(name);
});

test("names that have to be changed stay apart", () => {
  const owner = { scope: "repo-0123456789ab", project: "Main" };
  const names = ["Web", "wEb", "web", "a b", "a/b", `${"long".repeat(20)}1`, `${"long".repeat(20)}2`].map((unit) => containerName({ ...owner, unit }));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9_.-]{1,62}$/);
});

test("the bytes of a pull are those of its layers, each counted once", () => {
  const sum = pullSum();
  const rows: readonly ProgressRow[] = [
    { status: "Pulling from x", id: "1" },
    { id: "a", status: "Pulling fs layer", progressDetail: {} },
    { id: "a", status: "Downloading", progressDetail: { current: 10, total: 100 } },
    { id: "b", status: "Downloading", progressDetail: { current: 5, total: 50 } },
    { id: "a", status: "Download complete", progressDetail: {} },
    { id: "a", status: "Extracting", progressDetail: { current: 1, total: 100 } },
    { id: "b", status: "Downloading", progressDetail: { current: 50, total: 50 } },
    { status: "Digest: sha256:0" },
  ];
  expect(rows.map(sum).map(({ done, total }) => `${done}/${total}`)).toEqual(["0/0", "0/0", "10/100", "15/150", "105/150", "105/150", "150/150", "150/150"]);
});

test("frames are whole wherever the stream is cut", async () => {
  const frame = (kind: number, text: string): Buffer => Buffer.concat([Buffer.from([kind, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);
  const stream = Buffer.concat([frame(1, "one\n"), frame(2, ""), frame(2, "two\n"), frame(1, "three")]);
  for (let at = 0; at <= stream.length; at += 1) {
    const chunks = async function* () { yield stream.subarray(0, at); yield stream.subarray(at); };
    const found: string[] = [];
    for await (const { stream: name, bytes } of framesOf(chunks())) found.push(`${name} ${bytes.toString("utf8")}`);
    expect(found).toEqual(["stdout one\n", "stderr ", "stderr two\n", "stdout three"]);
  }
});

test("entries that share their time are counted, and those that were read are passed over", () => {
  const frame = (text: string) => ({ stream: "stdout" as const, bytes: Buffer.from(text) });
  const texts = ["T1 a", "T2 b", "T2 c", "T3 d e"];
  const positions = texts.map((text) => frame(text)).map(positionCounter(undefined)).map((entry) => entry?.position);
  expect(positions).toEqual([{ time: "T1", entries: 1 }, { time: "T2", entries: 1 }, { time: "T2", entries: 2 }, { time: "T3", entries: 1 }]);
  const rest = texts.slice(1).map(frame).map(positionCounter(positions[1]));
  expect(rest.map((entry) => entry?.bytes.toString("utf8"))).toEqual([undefined, "c", "d e"]);
});

test("a time keeps its nanoseconds", () => {
  expect(sinceText("2026-11-21T10:00:00.123456789Z")).toBe("1795255200.123456789");
  expect(sinceText("2026-11-21T10:00:00.5Z")).toBe("1795255200.500000000");
  expect(sinceText("2026-11-21T12:00:00+02:00")).toBe("1795255200.000000000");
});

test.each([
  ["driver failed programming external connectivity on endpoint web (0a1b): Bind for 127.0.0.1:8000 failed: port is already allocated", "port_unavailable", "port 8000 is taken"],
  ["driver failed programming external connectivity: Error starting userland proxy: listen tcp4 127.0.0.1:8001: bind: address already in use", "port_unavailable", "port 8001 is taken"],
  ["failed to set up container networking: failed to bind host port for 127.0.0.1:8002:172.17.0.2:80/tcp: address already in use", "port_unavailable", "port 8002 is taken"],
  ["rootlessport listen tcp 127.0.0.1:8003: bind: address already in use", "port_unavailable", "port 8003 is taken"],
  ['Conflict. The container name "/web" is already in use by container "0a1b". You have to remove (or rename) that container', "conflict", "has taken the name web"],
  ['the container name "web" is already in use by 0a1b', "conflict", "has taken the name web"],
  ["write /var/lib/docker/tmp/GetImageBlob: no space left on device", "engine_refused", "disk is full"],
  ["toomanyrequests: You have reached your pull rate limit", "image_missing", "allows no more pulls"],
  ["pull access denied for x, repository does not exist or may require 'docker login'", "image_missing", "refuses it"],
  ["manifest for postgres:99 not found: manifest unknown: manifest unknown", "image_missing", "has no such image"],
  ["No such image: postgres:16", "image_missing", "postgres:16"],
  ["postgres:16: image not known", "image_missing", "postgres:16"],
  ["Get \"https://registry.example/v2/\": dial tcp: lookup registry.example: no such host", "image_missing", "cannot be reached"],
  ["COPY failed: open /x: permission denied", "engine_refused", "permission denied"],
])("%s", (words, reason, part) => {
  expect(wordsFailure(words, "it failed")).toMatchObject({ reason, message: expect.stringContaining(part) });
});

test("an end for lack of memory names the limit", () => {
  const end = { exitCode: 137, isOutOfMemory: true, at: "2026-11-21T10:00:00Z" };
  expect(endFailure("web", end, 64 * 1_048_576)).toMatchObject({ reason: "limit_exceeded", message: "container web was ended by the kernel: it wanted more memory than its limit of 64 MiB" });
  expect(endFailure("web", { ...end, isOutOfMemory: false })).toMatchObject({ reason: "process_exited", message: "container web ended with 137" });
});
