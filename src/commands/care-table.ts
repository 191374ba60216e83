/** Rows of the table of commands: those that look after envctl itself. */
import type { CommandSpec } from "../cli/command.ts";
import { dryRunFlag } from "../cli/global-flags.ts";
import { version } from "../cli/version.ts";

export const care: readonly CommandSpec[] = [
  {
    name: "doctor", family: "inspect", needs: "repository",
    about: "What of this machine, this repository and envctl's state is not as it should be, and how to mend it.",
    flags: [
      { name: "only", value: "CHECK", many: true, about: "Only these checks, by their ids." },
      { name: "skip", value: "CHECK", many: true, about: "Not these." },
      { name: "fix", about: "Mend what is safe to mend; asks before each." },
      { name: "yes", short: "y", about: "With --fix: do not ask." },
      { name: "strict", about: "Exit with 1 on a warning too." },
    ],
    examples: ["envctl doctor", "envctl doctor --fix", "envctl doctor --json --only ports,disk"],
    load: async () => (await import("./doctor.ts")).doctorBody(version),
  },
  {
    name: "debug-pack", family: "other", needs: "repository",
    about: "Everything somebody needs to understand a trouble, secrets hidden, as one archive; nothing is ever sent.",
    flags: [
      { ...dryRunFlag, about: "List what would be packed and write nothing." },
      { name: "output", short: "o", value: "FILE", about: "Write it here." },
      { name: "lines", value: "N", about: "The last N lines of each log; 200 unless given." },
      { name: "hash-commands", about: "Commands as hashes." },
    ],
    examples: ["envctl debug-pack --dry-run", "envctl debug-pack -o trouble.tar.gz"],
    load: async () => (await import("./debug-pack.ts")).debugPackBody(version),
  },
  {
    name: "debug-report", family: "other", needs: "repository",
    about: "What failed first and why, what took long, what to try.",
    flags: [{ name: "against", value: "RUN", about: "And what is different from an earlier run: its id, or `last-good` for the last one that came up." }],
    examples: ["envctl debug-report", "envctl debug-report --against last-good"],
    load: async () => (await import("./debug-report.ts")).body,
  },
  {
    name: "report", family: "inspect", needs: "run",
    about: "A run from its beginning to its end: every state of every unit, the start as a waterfall, restarts, failures, test results.",
    flags: [
      { name: "run", value: "RUN", about: "An earlier run, by its id; the latest unless given." },
      { name: "html", about: "As one page that needs no network, secrets hidden; kept with the run." },
      { name: "output", short: "o", value: "FILE", about: "Write the page here." },
    ],
    examples: ["envctl report", "envctl report --html", "envctl report -o run.html"],
    load: async () => (await import("./report.ts")).body,
  },
  {
    name: "debug-last", family: "other", needs: "repository", about: "Where the newest debug pack is.", flags: [],
    load: async () => (await import("./debug-pack.ts")).lastBody,
  },
  {
    name: "prune", family: "other", needs: "repository",
    about: "Give back the room of old runs, outputs, debug packs and caches. Databases, snapshots and rescued work go only by their name.",
    flags: [
      { ...dryRunFlag, about: "Show what would be removed, and what there is of each kind." },
      { name: "data-of", value: "PROJECT", many: true, about: "The databases, snapshots and passwords of these projects too, for good; asks first." },
      { name: "snapshot", value: "NAME", many: true, about: "This snapshot of a database too, as `PROJECT/REQUIREMENT/NAME`; asks first." },
      { name: "rescued", value: "NAME", many: true, about: "What was saved of a deleted worktree too, as `PROJECT/TIME`; asks first." },
      { name: "yes", short: "y", about: "With those three: do not ask." },
    ],
    examples: ["envctl prune --dry-run", "envctl prune --data-of feature-a", "envctl prune --snapshot Main/postgres/before-merge"],
    load: async () => (await import("./prune.ts")).body,
  },
  {
    name: "daemon", family: "daemon", needs: "repository",
    about: "The background supervisor of this repository.",
    args: [{ name: "ACTION", about: "What to do with it; status unless given.", choices: ["status", "start", "stop", "restart", "logs"] }],
    flags: [{ name: "with-services", about: "With stop: everything that runs is stopped first, in order." }, { name: "no-autostart", about: "With start and restart: it begins nothing by itself." }],
    load: async () => (await import("./daemon.ts")).body,
  },
];
