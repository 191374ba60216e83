/** The rows of the commands about jobs. */
import type { CommandSpec } from "../cli/command.ts";
import { dryRunFlag, projectFlag } from "../cli/global-flags.ts";
import { endStatuses } from "../model/job.ts";

export const jobCommands: readonly CommandSpec[] = [
  {
    name: "run", family: "jobs", needs: "repository", takesPassthrough: true,
    about: "Run a command once, as a job of a project: wait for it and show what it writes, or let it go on by itself.",
    flags: [
      { ...projectFlag, about: "In these projects instead of the one you stand in." },
      { name: "service", value: "NAME", about: "With this service's variables, in its directory." },
      { name: "all", about: "In every project, with one table at the end." },
      { name: "concurrency", value: "N", about: "So many projects at once; as many as there are processors unless given." },
      { name: "fail-fast", about: "The first failure ends the others." },
      { name: "no-wait", about: "Print the job's id and leave it to the daemon." },
      { name: "timeout", value: "S", about: "End it after so many seconds, with exit code 124." },
      { name: "spec", value: "NAME", about: "A job that is written down in .envctl.d/tasks, or in a file at a path; options given here win." },
      { name: "pipeline", value: "NAME", about: "Tasks one after another, as .envctl.d/pipelines/NAME.json says; each reads what the one before it wrote." },
      { name: "function", value: "FILE#NAME", about: "Instead of a command: a function of a JavaScript module; what it returns is printed as JSON." },
      { name: "arg", value: "VALUE", many: true, keepsCommas: true, about: "With --function: an argument, as JSON or text; may be repeated." },
      { name: "kw", value: "KEY=VALUE", many: true, keepsCommas: true, about: "With --function: a member of the object that is its last argument." },
      { name: "input", value: "TEXT", about: "What it reads from standard input; `-` hands on what envctl reads there." },
      { name: "attach", short: "i", about: "Hand on what envctl reads from standard input while it runs; `job attach` takes that over." },
      { name: "memory", value: "MB", about: "End it when its processes together use more memory than so many MiB." },
      { name: "cpu", value: "PERCENT", about: "The same for the share of one processor core, over some seconds." },
      { name: "max-fds", value: "N", about: "The same for open files." },
      { name: "max-connections", value: "N", about: "The same for established connections." },
      { name: "env", value: "KEY=VALUE", many: true, keepsCommas: true, about: "One more variable; may be repeated." },
      { name: "name", value: "NAME", about: "What to call it." },
      { name: "tag", value: "NAME", many: true, about: "A word to find it by; may be repeated." },
      { name: "on-error", value: "WHAT", choices: ["keep", "requeue", "clear"], about: "When it fails: keep it for `job retry`, run it again, or forget it." },
      { name: "max-attempts", value: "N", about: "With requeue: so often in all; 3 unless given." },
      { name: "pass-exit", about: "Exit with the command's own exit code." },
    ],
    examples: ["envctl run -- npm test", "envctl run --service backend -- npm run migrate", "envctl run --all --fail-fast -- npm test", "envctl run --no-wait --name seed -- ./seed.sh"],
    load: async () => (await import("./run.ts")).body,
  },
  {
    name: "result", family: "jobs", needs: "repository",
    about: "Wait for a job and hand out what it wrote, once.",
    args: [{ name: "ID", about: "The job; the last digits are enough." }],
    flags: [
      { name: "all", about: "Those of every job that has ended." },
      { name: "peek", about: "Leave it where it is, to be asked for again." },
      { name: "timeout", value: "S", about: "Wait no longer than so many seconds; the job goes on." },
    ],
    load: async () => (await import("./result.ts")).body,
  },
  {
    name: "jobs", family: "jobs", needs: "repository",
    about: "The jobs that wait, run, or have a result.",
    flags: [
      { name: "all", about: "Also those whose result was taken." },
      { name: "status", value: "NAME", many: true, choices: ["queued", "running", ...endStatuses], about: "Only these." },
      { name: "stats", about: "How many of each status." },
    ],
    load: async () => (await import("./jobs.ts")).body,
  },
  {
    name: "job", family: "jobs", needs: "repository", streams: true,
    about: "Look at jobs, stay with one, end them, or run them again.",
    args: [
      { name: "ACTION", about: "What to do.", isRequired: true, choices: ["status", "attach", "stop", "kill", "ping", "retry"] },
      { name: "ID", about: "Jobs; the last digits of an id are enough.", many: true },
    ],
    flags: [{ name: "all", about: "Every job it can be done with." }, { name: "pattern", value: "GLOB", about: "Those of them whose name or project fits; `*` is any text." }, { name: "watch", about: "With status: a line for each transition, until they have ended." }],
    examples: ["envctl job stop 4711", "envctl job kill --pattern 'seed*'", "envctl job retry --all"],
    load: async () => (await import("./job.ts")).body,
  },
  {
    name: "queue", family: "jobs", needs: "repository",
    about: "Messages between jobs, services and agents: in one queue at every moment, read by one reader.",
    args: [
      { name: "ACTION", about: "What to do.", isRequired: true, choices: ["write", "read", "peek", "move", "list", "watch", "delete", "broadcast", "alias"] },
      { name: "WORD", about: "The queue, or `@ALIAS`; then the message (standard input unless given), or where to.", many: true },
    ],
    flags: [
      { name: "all", about: "With read and move: every message, not only the first." },
      { name: "count", short: "n", value: "N", about: "So many; a watch ends after them." },
      { name: "message", short: "m", value: "ID", about: "This message; the last digits of its id are enough." },
      { name: "pattern", short: "p", value: "GLOB", about: "With list and broadcast: queues whose name fits; `*` is any text." },
      { name: "peek", about: "With watch: leave them in the queue." },
      { name: "timestamps", about: "With the time each was written." },
    ],
    examples: ["envctl queue write reviews 'done with a'", "envctl queue read reviews", "envctl queue watch reviews --json -n 2", "envctl queue alias add mine agent.1.inbox"],
    load: async () => (await import("./queue.ts")).body,
  },
  {
    name: "autostart", family: "jobs", needs: "repository",
    about: "What the daemon begins by itself, as .envctl.d/autostart says, and how each is.",
    args: [{ name: "ACTION", about: "list unless given; reload: read the files again and begin what is new.", choices: ["list", "reload"] }],
    flags: [],
    examples: ["envctl autostart", "envctl trust && envctl autostart reload"],
    load: async () => (await import("./autostart.ts")).body,
  },
  {
    name: "spec", family: "jobs", needs: "repository",
    about: "Jobs that are written down, to be run by name.",
    args: [
      { name: "ACTION", about: "What to do.", isRequired: true, choices: ["create", "list", "show", "delete", "validate", "generate"] },
      { name: "NAME", about: "Which one, or for show and validate a path.", many: true },
    ],
    flags: [
      { name: "file", short: "f", value: "PATH", about: "With create: what it says." },
      { name: "force", about: "With create: replace one of the same name." },
    ],
    examples: ["envctl spec generate > t.json", "envctl spec create tests --file t.json", "envctl run --spec tests"],
    load: async () => (await import("./spec.ts")).body,
  },
  {
    name: "system", family: "jobs", needs: "repository",
    about: "The store of jobs and messages: write out what it keeps, take it in elsewhere, remove what nobody can ask for any more.",
    args: [{ name: "ACTION", about: "What to do.", isRequired: true, choices: ["dump", "load", "tidy"] }],
    flags: [
      { name: "output", short: "o", value: "FILE", about: "With dump: where to." },
      { name: "input", short: "i", value: "FILE", about: "With load: where from." },
      { name: "force", about: "With dump: replace the file." },
      { ...dryRunFlag, about: "With load: say what would be taken in and write nothing." },
    ],
    examples: ["envctl system dump -o store.json", "envctl system load -i store.json --dry-run", "envctl system tidy"],
    load: async () => (await import("./system.ts")).body,
  },
];
