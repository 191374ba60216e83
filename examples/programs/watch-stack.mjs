// Starts the stack of this checkout and tells what becomes ready. Run it with `node watch-stack.mjs`.
import { connect } from "envctl";

const envctl = await connect();
// From here on: what was started before tells of it as well.
const fromSeq = (await envctl.state())?.seq ?? 0;
const begun = envctl.submit({ kind: "start" });
for await (const event of envctl.subscribe({ types: ["unit_ready", "intent_finished"], fromSeq })) {
  if (event.type === "intent_finished") break;
  console.log(`${event.unitId} is ready after ${event.startupMs} ms`);
}

const { ok, units, failures } = await begun;
if (!ok) console.error(failures.map(({ message }) => message).join("\n"));
for (const { unitId } of units) console.log(`${unitId} says: ${(await envctl.logs(unitId, 1)).join("")}`);
envctl.close();
