/** Run as a process of its own: prepares a PostgreSQL data directory, as a second daemon or worktree would at the same time. */
import { bind, configOf, createBench, embedded } from "./bench.ts";
import { postgres } from "../../src/requirements/postgres.ts";

const [stateRoot = "", cache = "", port = ""] = process.argv.slice(2);
const bench = createBench(() => undefined, { ENVCTL_STATE_DIR: stateRoot, ENVCTL_CACHE_DIR: cache });
const bound = await bind(bench, postgres, configOf("postgres", { version: 16 }), Number(port));
await embedded(postgres).prepare({ ...bound.input, reveal: () => "the-same-password" }, bench.host);
console.log("prepared");
