/** What agents may call: one row a tool, each a command of the table with the flags it shows. Pure. */

/** A word of a command: its name as an input, and how often it is given. */
export interface WordRow {
  readonly name: string;
  readonly times: "once" | "often" | "perhaps-often";
}

export interface ToolRow {
  readonly name: string;
  /** The command it runs. */
  readonly command: string;
  /** Words and flags that are always given. */
  readonly fixed?: readonly string[];
  /** The command's words behind the fixed ones, in order. */
  readonly words?: readonly WordRow[];
  /** Flags of the command that may be given, by name. */
  readonly flags?: readonly string[];
  /** Takes `command`, a list of words that are run as they are. */
  readonly runs?: true;
  /** In place of what the table says of the command. */
  readonly about?: string;
  /** What `destroys` is refused until it is confirmed. */
  readonly kind: "reads" | "changes" | "destroys";
  /** How to find out what it would destroy; absent where it cannot be known before. */
  readonly preview?: readonly string[];
}

const targets = ["project", "service"];

export const tools: readonly ToolRow[] = [
  { name: "status", command: "status", flags: targets, kind: "reads" },
  { name: "health", command: "health", flags: [...targets, "strict"], kind: "reads" },
  { name: "errors", command: "errors", flags: targets, kind: "reads" },
  { name: "endpoints", command: "endpoints", flags: targets, kind: "reads" },
  { name: "explain", command: "explain", words: [{ name: "what", times: "once" }], flags: ["project"], kind: "reads" },
  { name: "explain_startup", command: "explain-startup", flags: targets, kind: "reads" },
  { name: "doctor", command: "doctor", flags: ["only", "skip"], kind: "reads" },
  { name: "diagnose", command: "debug-report", kind: "reads", about: "What failed first in the latest run and why, what was slow, what to try." },
  { name: "logs", command: "logs", fixed: ["--mask"], flags: [...targets, "tail", "since", "after", "grep"], kind: "reads" },
  { name: "events", command: "events", flags: ["filter", "since-seq"], kind: "reads" },
  { name: "start", command: "start", flags: [...targets, "main", "trees", "dry-run"], kind: "changes" },
  { name: "stop", command: "stop", flags: [...targets, "all", "dry-run"], kind: "changes" },
  { name: "restart", command: "restart", flags: [...targets, "dry-run"], kind: "changes" },
  { name: "reload", command: "reload", flags: ["dry-run"], kind: "changes" },
  { name: "stop_all", command: "stop-all", kind: "destroys", preview: ["--dry-run"] },
  { name: "run", command: "run", runs: true, flags: ["project", "service", "timeout", "no-wait", "name"], kind: "destroys", about: "Run a command in a project, with `service` in the directory and with the variables of that service, and hand out what it wrote. It may do anything a shell may." },
  { name: "jobs", command: "jobs", flags: ["status", "all"], kind: "reads" },
  { name: "result", command: "result", words: [{ name: "id", times: "once" }], fixed: ["--peek"], flags: ["timeout"], kind: "reads", about: "Wait for a job and read what it wrote; it can be read again." },
  { name: "stop_job", command: "job", fixed: ["stop"], words: [{ name: "ids", times: "often" }], kind: "changes", about: "End jobs." },
  { name: "test", command: "test", words: [{ name: "projects", times: "perhaps-often" }], flags: ["suite", "failed", "timeout"], kind: "changes" },
  { name: "migrate", command: "migrate", words: [{ name: "projects", times: "perhaps-often" }], kind: "changes" },
  { name: "review", command: "review", words: [{ name: "projects", times: "perhaps-often" }], flags: ["base"], kind: "reads" },
  { name: "list_worktrees", command: "list-trees", kind: "reads" },
  { name: "ensure_worktree", command: "ensure-worktree", words: [{ name: "selector", times: "once" }], flags: ["base", "dry-run"], kind: "changes" },
  { name: "delete_worktree", command: "delete-worktree", words: [{ name: "names", times: "often" }], flags: ["branch", "data", "dry-run"], kind: "destroys", preview: ["--dry-run"] },
  { name: "db_list", command: "db", fixed: ["list"], flags: ["project"], kind: "reads", about: "Data of projects and their snapshots." },
  { name: "db_snapshot", command: "db", fixed: ["snapshot"], words: [{ name: "name", times: "once" }], flags: ["project", "requirement"], kind: "changes", about: "Keep a project's data as they are now, under a name." },
  { name: "db_restore", command: "db", fixed: ["restore"], words: [{ name: "name", times: "once" }], flags: ["project", "requirement"], kind: "destroys", about: "Put a snapshot in the place of a project's data." },
  { name: "db_clone", command: "db", fixed: ["clone"], words: [{ name: "from", times: "once" }, { name: "to", times: "once" }], flags: ["requirement"], kind: "destroys", about: "Put a copy of one project's data in the place of another's." },
  { name: "db_reset", command: "db", fixed: ["reset", "--force"], flags: ["project", "requirement"], kind: "destroys", about: "Begin a project's data anew." },
];

/** What can be read without calling: a command whose answer it is. */
export interface ResourceRow {
  readonly name: string;
  readonly command: string;
  readonly about: string;
}

export const resources: readonly ResourceRow[] = [
  { name: "status", command: "status", about: "Every unit: status, age, pid, URL." },
  { name: "endpoints", command: "endpoints", about: "Where everything can be reached." },
  { name: "run-state", command: "show-state", about: "The artifacts run_state.json and runtime_map.json of the latest run." },
  { name: "events", command: "events", about: "The artifact events.jsonl of the latest run, one event a line." },
  { name: "errors", command: "errors", about: "The artifact error_report.json of the latest run, and lines of logs that complain." },
  { name: "plan", command: "explain-startup", about: "The plan that start would carry out now, with its reasons." },
  { name: "config", command: "show-config", about: "Every value in effect and where it comes from; secrets are hidden." },
  { name: "commands", command: "list-commands", about: "Every command of the shell, for what has no tool." },
];
