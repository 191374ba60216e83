/** The scheduler's own cost: tasks that do nothing, in four shapes, many that want one lock, and work that takes its time; and units found in a tree. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../bench-stage.mjs";
import { loadSource } from "../../scripts/load-source.mjs";

const count = 10_000;
const plain = { requires: [], provides: [], uses: [], claims: [], priority: 0 };
const shapes = {
  chain: (index) => (index === 0 ? [] : [`t${index - 1}`]),
  "fan-out": (index) => (index === 0 ? [] : ["t0"]),
  layered: (index) => (index < 100 ? [] : Array.from({ length: 3 }, (_, step) => `t${Math.floor(index / 100) * 100 - 100 + ((index * 7 + step * 31) % 100)}`)),
  diamond: (index) => (index === 0 ? [] : index % 3 === 0 ? [`t${index - 1}`, `t${index - 2}`] : [`t${index - (index % 3)}`]),
};

export const scheduleRow = {
  name: "schedule",
  about: "the scheduler alone: 10,000 tasks that do nothing, 4,000 that want one lock, 1,000 that take 10 ms; 500 files of a tree",
  async run(stage) {
    const { Schedule } = await loadSource("src/schedule/schedule.ts");
    const timesOf = (tasks) => median(Array.from({ length: stage.runs }, () => played(new Schedule({ pools: { default: 8 } }), tasks)));
    const rows = Object.entries(shapes).map(([what, requires]) => {
      const tasks = Array.from({ length: count }, (_, index) => ({ ...plain, id: `t${index}`, requires: requires(index) }));
      return { what: `a task of ${what}`, ours: (timesOf(tasks) / count) * 1000, unit: "µs", goal: { most: 15 } };
    });
    const claiming = Array.from({ length: 4000 }, (_, index) => ({ ...plain, id: `t${index}`, claims: ["db"] }));
    return [
      ...rows,
      { what: "4,000 tasks, one lock", ours: timesOf(claiming), unit: "ms", goal: { most: 100 } },
      { what: "1,000 tasks of 10 ms on 8 workers", ...(await driven(stage)), unit: "ms", goal: { most: 1320 } },
      { what: "500 units found in a tree", ours: await listed(stage), unit: "ms", goal: { most: 50 } },
    ];
  },
};

/** Milliseconds until all of them have ended; the floor is that of eight plain loops, 1.25 s but for how late the machine's timers are. */
async function driven(stage) {
  const { drive } = await loadSource("src/schedule/drive.ts");
  const tasks = Array.from({ length: 1000 }, (_, index) => ({ ...plain, id: `t${index}` }));
  const begin = () => sleep(10).then(() => ({ gives: true, releases: true }));
  const loop = async () => {
    for (let round = 0; round < 125; round += 1) await sleep(10);
  };
  const [ours, floors] = [[], []];
  for (let run = 0; run < Math.min(3, stage.runs); run += 1) {
    floors.push(await timed(() => Promise.all(Array.from({ length: 8 }, loop))));
    ours.push(await timed(() => drive(tasks, { begin, skip: () => undefined }, { pools: { default: 8 } }).over));
  }
  return { ours: median(ours), floor: median(floors) };
}

async function timed(work) {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/** Executables in ten folders, half of them with a header. */
async function listed(stage) {
  const { treeAt } = await loadSource("src/graph/tree.ts");
  const root = join(stage.directory, "units");
  for (let index = 0; index < 500; index += 1) {
    mkdirSync(join(root, `d${index % 10}`), { recursive: true });
    writeFileSync(join(root, `d${index % 10}`, `u${index}`), `#!/bin/sh\n${index % 2 === 0 ? "# envctl: provides=x\n" : ""}`, { mode: 0o755 });
  }
  const times = [];
  for (let run = 0; run < stage.runs; run += 1) {
    times.push(await timed(async () => {
      const { units } = await treeAt(root, { follows: false });
      if (units.length !== 500) throw new Error(`${units.length} units`);
    }));
  }
  return median(times);
}

/** Milliseconds until every task has started and ended. */
function played(schedule, tasks) {
  const since = performance.now();
  schedule.add(tasks);
  let ended = 0;
  for (let started = schedule.take(); started.length > 0; started = schedule.take()) {
    for (const { id } of started) schedule.end(id, { gives: true, releases: true });
    ended += started.length;
  }
  if (ended !== tasks.length) throw new Error(`${ended} of ${tasks.length} tasks ran`);
  return performance.now() - since;
}
