// A dashboard of a few lines: what runs, as it changes, and whether a daemon looks after it. Run it with `node dashboard.mjs`.
// Enter starts everything, and the daemon where there is none; Ctrl-C ends the dashboard and nothing else.
import { openRepository } from "envctl";

const repository = await openRepository();
const links = { live: "a daemon looks after it", starting: "a daemon is starting", gone: "no daemon, Enter starts one", never: "nothing runs, Enter starts it" };
let shown = "";

/** @param {import("envctl").RunMoment} moment */
function show({ link, state }) {
  const units = Object.values(state?.units ?? {}).map(({ spec, life }) => `${spec.id} ${life.status}`);
  const line = [links[link], ...units].join(" | ");
  if (line !== shown) console.log(line);
  shown = line;
}

process.stdin.on("data", async () => {
  const envctl = await repository.connect();
  const { failures } = await envctl.submit({ kind: "start", projects: [] });
  for (const { message } of failures) console.error(message);
  envctl.close();
});

show(repository.now());
for await (const moment of repository.follow()) show(moment);
