/** Messages of the durable store: written one by one, then moved together, flushed to the disk before each answer. */
import { join } from "node:path";
import { loadSource } from "../../scripts/load-source.mjs";

const count = 1000;

export const queueRow = {
  name: "queue",
  about: "1,000 messages moved durably",
  async run(stage) {
    const { Spool } = await loadSource("src/jobs/spool.ts");
    const spool = new Spool(join(stage.directory, "spool"), "power");
    const ids = Array.from({ length: count }, (_, index) => String(index).padStart(19, "0"));
    const beforeWrites = performance.now();
    for (const id of ids) await spool.write("a", { id, body: Buffer.from(id) });
    const writeMs = performance.now() - beforeWrites;
    const beforeMoves = performance.now();
    for (const id of ids) if ((await spool.move("a", "b", [id])).length === 0) throw new Error(`${id} was not moved`);
    return [
      { what: "1,000 messages written", ours: writeMs, unit: "ms", goal: { most: 6000 } },
      { what: "1,000 moved one by one", ours: performance.now() - beforeMoves, unit: "ms", goal: { most: 3000 } },
    ];
  },
};
