/** Run as a process of its own: makes aliases of its own, and one that others make too, and takes every second one away again. */
import { join } from "node:path";
import { systemClock } from "../../src/host/clock.ts";
import { Queues } from "../../src/jobs/queues.ts";
import { Spool } from "../../src/jobs/spool.ts";

const [root = "", who = "", count = ""] = process.argv.slice(2);
const queues = new Queues({ spool: new Spool(join(root, "queues"), "process"), aliasesPath: join(root, "aliases"), clock: systemClock, prepare: () => undefined });
for (let number = 0; number < Number(count); number += 1) {
  queues.setAlias(`${who}.${number}`, `queue.${number}`);
  queues.setAlias("shared", who);
  if (number % 2 === 1) queues.setAlias(`${who}.${number}`, undefined);
}
