/** Run as a process of its own: moves every message to and fro until it is killed; writes a line once it has begun. */
import { Spool } from "../../src/jobs/spool.ts";

const [root = ""] = process.argv.slice(2);
const queues = new Spool(root, "process");
for (let round = 0; ; round += 1) {
  for (const [from, to] of [["inbox", "reserved"], ["reserved", "inbox"]] as const) {
    const ids = await queues.ids(from);
    for (const [index, id] of ids.entries()) {
      await queues.move(from, to, [id]);
      if (round === 0 && index === 20) console.log("begun");
    }
  }
}
