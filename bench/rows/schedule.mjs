/** The scheduler's own cost: tasks that do nothing, in four shapes, and many that want one lock. */
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
  about: "the scheduler alone: 10,000 tasks that do nothing, and 4,000 that want one lock",
  async run(stage) {
    const { Schedule } = await loadSource("src/schedule/schedule.ts");
    const timesOf = (tasks) => median(Array.from({ length: stage.runs }, () => played(new Schedule({ pools: { default: 8 } }), tasks)));
    const rows = Object.entries(shapes).map(([what, requires]) => {
      const tasks = Array.from({ length: count }, (_, index) => ({ ...plain, id: `t${index}`, requires: requires(index) }));
      return { what: `a task of ${what}`, ours: (timesOf(tasks) / count) * 1000, unit: "µs", goal: { most: 15 } };
    });
    const claiming = Array.from({ length: 4000 }, (_, index) => ({ ...plain, id: `t${index}`, claims: ["db"] }));
    return [...rows, { what: "4,000 tasks, one lock", ours: timesOf(claiming), unit: "ms", goal: { most: 100 } }];
  },
};

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
