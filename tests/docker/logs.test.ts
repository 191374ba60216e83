import { expect, onTestFinished } from "vitest";
import type { ContainerEngine, LogEntry, LogPosition } from "../../src/host/container-engine.ts";
import { relayTo } from "../rig/relay.ts";
import { containerTest } from "./scene.ts";

const test = containerTest;
const count = 400;

/** Numbers, the odd ones where it is said, a line longer than the 16 KiB in which engines cut them, and an end only when told. */
const numbers = (odd: string): string =>
  `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); if [ $((i % 2)) = 0 ]; then echo "line $i"; else echo "line $i" ${odd}; fi; done; head -c 40000 /dev/zero | tr '\\0' x; echo; trap 'exit 0' TERM; echo last; while :; do sleep 0.05; done`;

interface Reading {
  readonly entries: LogEntry[];
  readonly text: () => string;
  readonly done: Promise<void>;
}

function read(engine: ContainerEngine, container: string, from: LogPosition | undefined, signal: AbortSignal, seen: (entry: LogEntry) => void = () => undefined): Reading {
  const entries: LogEntry[] = [];
  const done = engine.containers.followLog(container, from, (entry) => {
    entries.push(entry);
    seen(entry);
  }, signal);
  return { entries, text: () => textOf(entries), done };
}

function textOf(entries: readonly LogEntry[], stream?: LogEntry["stream"]): string {
  return Buffer.concat(entries.filter((entry) => stream === undefined || entry.stream === stream).map(({ bytes }) => bytes)).toString("utf8");
}

function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
}

test("every line is read once, by stream and in order, until the container has ended", async ({ scene }) => {
  const { containers } = scene.ours;
  const { id } = await containers.start(await scene.shell("flood", numbers(">&2")));
  const reading = read(scene.ours, id, undefined, AbortSignal.timeout(30_000));
  await scene.written(id, /^last/);
  // An engine may hand the end of a flood to a reader only with the next line, or with the end.
  await containers.stop(id, "SIGTERM", 10_000);
  await reading.done;
  // Engines keep the order of each stream, not that between them.
  expect(textOf(reading.entries, "stdout")).toMatch(new RegExp(`\\nx{40000}\\nlast\\n$`));
  const all = Array.from({ length: count }, (_, index) => index + 1);
  expect(numbersIn(textOf(reading.entries, "stdout"))).toEqual(all.filter((number) => number % 2 === 0));
  expect(numbersIn(textOf(reading.entries, "stderr"))).toEqual(all.filter((number) => number % 2 === 1));
});

test("reading goes on where it was left, also between parts of a line that share their time", async ({ scene }) => {
  const { containers } = scene.ours;
  const { id } = await containers.start(await scene.shell("flood", numbers("")));
  await scene.written(id, /^last/);
  const whole = read(scene.ours, id, undefined, AbortSignal.timeout(30_000));
  await containers.stop(id, "SIGTERM", 10_000);
  await whole.done;
  expect(whole.text().endsWith("last\n")).toBe(true);
  const shared = whole.entries.findIndex(({ position }) => position.entries > 1);
  expect(shared).toBeGreaterThan(0);
  for (const left of [0, 137, shared - 1, shared, whole.entries.length - 1]) {
    const rest = read(scene.ours, id, whole.entries[left]?.position, AbortSignal.timeout(30_000));
    await rest.done;
    expect(rest.entries).toEqual(whole.entries.slice(left + 1));
  }
});

test("a broken connection loses no line and repeats none", async ({ engine, scene }) => {
  const relay = await relayTo(engine.socket, onTestFinished);
  const ours = await scene.by(`unix://${relay.socket}`);
  const { id } = await ours.containers.start(await scene.shell("slow", `i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo "line $i"; sleep 0.02; done`));
  let cuts = 0;
  const reading = read(ours, id, undefined, AbortSignal.timeout(40_000), ({ bytes }) => {
    if (!/^line (7|21|40)\n$/.test(bytes.toString("utf8"))) return;
    cuts += 1;
    void relay.cut().then(relay.mend);
  });
  await reading.done;
  expect(cuts).toBe(3);
  expect(numbersIn(reading.text())).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
});

test("a log that is no longer wanted, or whose container is removed, ends the reading", async ({ scene }) => {
  const { containers } = scene.ours;
  const { id } = await containers.start(await scene.spec("web"));
  const enough = new AbortController();
  const reading = read(scene.ours, id, undefined, enough.signal, () => enough.abort(new Error("enough")));
  await expect(reading.done).rejects.toThrow();
  const other = read(scene.ours, id, reading.entries[0]?.position, AbortSignal.timeout(20_000));
  await containers.remove(id);
  await other.done;
  expect(other.text()).toBe("");
});
