/**
 * The one table of commands: parser, help, docs, completion and dispatch are made from it. What agents and prompts call all
 * the time is imported here and starts with the program; every other body is loaded when it is called.
 */
import type { CommandSpec } from "../cli/command.ts";
import { dryRunFlag, layerFlags, modeFlags, projectFlag, requirementFlags, targetFlags } from "../cli/global-flags.ts";
import { actionCommands } from "./action-table.ts";
import { agentCommands } from "./agent-table.ts";
import { care } from "./care-table.ts";
import { body as endpointsBody } from "./endpoints.ts";
import { extensionRows } from "./extension-table.ts";
import { body as healthBody } from "./health.ts";
import { jobCommands } from "./job-table.ts";
import { serviceCommands } from "./service-table.ts";
import { body as restartBody } from "./restart.ts";
import { body as resumeBody } from "./resume.ts";
import { body as startBody } from "./start.ts";
import { body as statusBody } from "./status.ts";
import { body as stopBody } from "./stop.ts";
import { thenDashboard } from "./then-dashboard.ts";
import { setupFlags, worktreeRows } from "./worktree-rows.ts";

const selection = [...targetFlags, ...modeFlags];
const noWait = { name: "no-wait", about: "Fail at once, with exit code 3, while something else is being carried out." } as const;
const removeVolumes = { name: "remove-volumes", about: "Also remove the volumes of their containers: the data in them are gone." } as const;
const unitArgument = { name: "UNIT", about: "A unit: `backend`, or `Main/backend`.", isRequired: true } as const;

const lifecycle: readonly CommandSpec[] = [
  {
    name: "start", family: "lifecycle", needs: "config", streams: true,
    about: "Bring up what is selected, in parallel as dependencies become ready; on a terminal the dashboard follows. Understood without a word.",
    flags: [
      ...selection, ...layerFlags, ...requirementFlags, dryRunFlag, noWait,
      { name: "no-resume", aliases: ["no-auto-resume"], about: "Begin afresh: what is selected is stopped first." },
      ...setupFlags,
      { name: "foreground", about: "Run the supervisor here until Ctrl-C instead of in the background." },
    ],
    examples: ["envctl", "envctl start --trees", "envctl start --project feature-a,feature-b", "envctl --dry-run"],
    load: async () => thenDashboard(startBody, () => commands),
  },
  {
    name: "stop", aliases: ["s", "kill"], family: "lifecycle", needs: "repository", streams: true,
    about: "End what is selected and nothing else, in reverse order of dependency. Data stays.",
    flags: [...selection, dryRunFlag, noWait, removeVolumes, { name: "all", about: "Every project of the run." }],
    examples: ["envctl stop", "envctl stop --project feature-a", "envctl stop --service worker"],
    load: async () => stopBody,
  },
  {
    name: "stop-all", aliases: ["stopall", "kill-all", "killall"], family: "lifecycle", needs: "repository", streams: true, isDestructive: true,
    about: "End every project of the run.", flags: [dryRunFlag, noWait, removeVolumes],
    load: async () => stopBody,
  },
  {
    name: "restart", aliases: ["r"], family: "lifecycle", needs: "config", streams: true,
    about: "Stop and start the services of the selection, or the units named.",
    flags: [...selection, ...layerFlags, dryRunFlag, noWait],
    examples: ["envctl restart --service backend"],
    load: async () => restartBody,
  },
  {
    name: "resume", family: "lifecycle", needs: "config", streams: true,
    about: "Adopt what lives of the latest run and start what is missing.",
    flags: [...selection, ...layerFlags, dryRunFlag, noWait],
    examples: ["envctl resume --dry-run"],
    load: async () => resumeBody,
  },
  {
    name: "reload", family: "lifecycle", needs: "config", streams: true,
    about: "Apply an edited configuration: what changed restarts, what is new starts, what is gone stops; nothing else is touched.",
    flags: [...selection, ...layerFlags, dryRunFlag, noWait],
    examples: ["envctl reload --dry-run"],
    load: async () => (await import("./reload.ts")).body,
  },
  {
    name: "blast-all", aliases: ["blastall"], family: "lifecycle", needs: "repository", isDestructive: true, anywhereWith: "all-repositories",
    about: "End every process marked as this repository's, also when state is lost or the daemon hangs, and prove it. Data stays.",
    flags: [{ ...dryRunFlag, about: "Show what would be ended and do nothing." }, { name: "all-repositories", about: "Those of every repository of this state directory; works anywhere." }],
    examples: ["envctl blast-all --dry-run"],
    load: async () => (await import("./blast.ts")).body,
  },
  {
    name: "blast-worktree", aliases: ["blastworktree"], family: "lifecycle", needs: "repository", isDestructive: true,
    about: "The same for one project, also when its directory is gone.",
    args: [{ name: "PROJECT", about: "Main or a worktree's name; where you stand unless given." }],
    flags: [{ ...dryRunFlag, about: "Show what would be ended and do nothing." }],
    examples: ["envctl blast-worktree feature-a"],
    load: async () => (await import("./blast.ts")).body,
  },
];

const inspection: readonly CommandSpec[] = [
  {
    name: "status", aliases: ["ps"], family: "inspect", needs: "repository",
    about: "Every unit: status, age, pid, URL.", flags: selection,
    load: async () => statusBody,
  },
  {
    name: "health", aliases: ["h"], family: "inspect", needs: "run",
    about: "Whether everything that should run is in order; the exit code says so too.",
    flags: [...selection, { name: "strict", about: "Optional units count as well." }],
    load: async () => healthBody,
  },
  {
    name: "errors", aliases: ["e"], family: "inspect", needs: "run",
    about: "What went wrong, and the lines of the logs that complain.", flags: selection,
    load: async () => (await import("./errors.ts")).body,
  },
  {
    name: "endpoints", family: "inspect", needs: "run",
    about: "Where everything can be reached.", flags: selection,
    load: async () => endpointsBody,
  },
  {
    name: "open", family: "inspect", needs: "run",
    about: "Open a service in the browser; without a word the frontend, or the first that has a URL.",
    args: [{ name: "SERVICE", about: "A service: `frontend`, or `feature-a/frontend`." }],
    flags: [projectFlag, { ...dryRunFlag, about: "Print the URL and open nothing." }],
    examples: ["envctl open", "envctl open backend --project feature-a"],
    load: async () => (await import("./open.ts")).body,
  },
  {
    name: "dashboard", aliases: ["dash"], family: "inspect", needs: "repository",
    about: "A live view of every project: states, logs, reasons, and every command; one snapshot where there is no terminal.", flags: selection,
    load: async () => (await import("./dashboard.ts")).dashboardBody(commands),
  },
  {
    name: "explain", family: "inspect", needs: "repository",
    about: "Why this port, this order, this value, or why not started.",
    args: [{ name: "UNIT|PORT|KEY", about: "A unit, a port number, a configuration key or an environment variable.", isRequired: true }],
    flags: [projectFlag, ...layerFlags], examples: ["envctl explain backend", "envctl explain 8020", "envctl explain services.backend.port", "envctl explain DATABASE_URL"],
    load: async () => (await import("./explain.ts")).body,
  },
  {
    name: "explain-startup", family: "inspect", needs: "repository",
    about: "Exactly the plan that start would carry out now, with its reasons.",
    flags: [...selection, ...layerFlags, ...requirementFlags, { name: "no-resume", aliases: ["no-auto-resume"], about: "As for start." }],
    load: async () => (await import("./explain-startup.ts")).body,
  },
  {
    name: "preflight", family: "inspect", needs: "repository",
    about: "Whether anything is in the way of a start.", flags: [...selection, ...layerFlags],
    load: async () => (await import("./preflight.ts")).body,
  },
  {
    name: "list-targets", family: "inspect", needs: "repository",
    about: "The projects that could be started, their ports, and what of them runs.", flags: [...modeFlags, ...layerFlags],
    load: async () => (await import("./list-targets.ts")).body,
  },
  {
    name: "list-trees", family: "inspect", needs: "repository",
    about: "The repository's worktrees.", flags: layerFlags,
    load: async () => (await import("./list-targets.ts")).body,
  },
  {
    name: "show-state", family: "inspect", needs: "repository",
    about: "The state of the latest run as stored.", flags: [],
    load: async () => (await import("./show-state.ts")).body,
  },
];

const logs: readonly CommandSpec[] = [
  {
    name: "logs", aliases: ["l"], family: "logs", needs: "run", streams: true,
    about: "What the units wrote, merged by time; also after a stop.",
    flags: [
      ...selection,
      { name: "follow", short: "f", aliases: ["logs-follow"], about: "Go on with new lines until Ctrl-C." },
      { name: "tail", short: "n", value: "N", aliases: ["logs-tail"], about: "The last N lines of each unit; `all` for everything. 200 unless --since is given." },
      { name: "since", value: "TIME", about: "Not older than 90s, 10m, 2h, 1d, or a date." },
      { name: "after", value: "CURSOR", about: "Only what was written after the `cursor` of an earlier answer with --json; everything, where that was of another run." },
      { name: "grep", value: "PATTERN", about: "Only lines that match a regular expression." },
      { name: "mask", about: "Stars in place of the values of secrets." },
      { name: "verify", about: "Show no lines; tell whether every byte ever written is there, and exit with 1 if not." },
    ],
    examples: ["envctl logs --service backend -f", "envctl logs --since 10m --grep error", "envctl logs --verify"],
    load: async () => (await import("./logs.ts")).body,
  },
  {
    name: "events", family: "logs", needs: "repository", streams: true,
    about: "What happened in the latest run, one event a line; also after a stop.",
    flags: [
      ...selection,
      { name: "follow", short: "f", about: "Go on with what happens, also in later runs, until Ctrl-C." },
      { name: "filter", value: "EXPR", about: "Only these, separated by commas: transitions (`crashed`), event types (`unit_crashed`), units (`backend`, `Main/backend`), projects. Words for what happened are alternatives, so are names; both must fit." },
      { name: "since-seq", value: "N", about: "Only what came after event number N." },
    ],
    examples: ["envctl events --follow", "envctl events --filter crashed,restarting,backend", "envctl events --json --since-seq 120"],
    load: async () => (await import("./events.ts")).body,
  },
  {
    name: "clear-logs", aliases: ["logs-clear"], family: "logs", needs: "run", isDestructive: true,
    about: "Empty the log files; running units simply go on.", flags: [...selection, dryRunFlag],
    load: async () => (await import("./clear-logs.ts")).body,
  },
];

const configuration: readonly CommandSpec[] = [
  {
    name: "show-config", family: "configure", needs: "repository",
    about: "Every value in effect, and the file and line it comes from.",
    flags: [...layerFlags, { name: "reveal", about: "Show secrets." }],
    load: async () => (await import("./show-config.ts")).body,
  },
  {
    name: "config", aliases: ["init"], family: "configure", needs: "repository",
    about: "Make and change the configuration: ask at a terminal, propose one, set single values. Comments and order stay.",
    args: [{ name: "ACTION", about: "migrate: the KEY=value form as YAML; edit: open it in your editor, and judge it before it counts.", choices: ["migrate", "edit"] }],
    flags: [
      { name: "detect", about: "Propose what the repository holds; nothing is executed." },
      { name: "write", about: "With --detect: keep the proposal as .envctl; a file that says anything stays." },
      { name: "set", value: "KEY=VALUE", many: true, keepsCommas: true, about: "Write this value into the file; may be repeated." },
      { name: "unset", value: "KEY", many: true, about: "Remove a key, with everything below it." },
      { name: "stdin-json", about: "Write the values of a JSON object read from standard input; null removes." },
      { ...dryRunFlag, about: "Show what would change and write nothing." },
    ],
    examples: ["envctl config", "envctl config --detect --write", "envctl config --set services.backend.port=8100 --dry-run", "envctl config --unset services.worker", "envctl config migrate"],
    load: async () => (await import("./config.ts")).body,
  },
  {
    name: "env", family: "configure", needs: "run",
    about: "The variables a unit runs with; secrets are hidden.", args: [unitArgument],
    flags: [projectFlag, { name: "reveal", about: "Show secrets." }, { name: "all", about: "With the variables it inherits from the caller." }],
    load: async () => (await import("./env.ts")).body,
  },
  ...extensionRows(() => commands),
];

const others: readonly CommandSpec[] = [
  {
    name: "db", aliases: ["data"], family: "other", needs: "config", streams: true, takesPassthrough: true,
    about: "Data of projects: list them, make and restore snapshots, clone, begin anew, look inside.",
    args: [
      { name: "ACTION", about: "What to do; list unless given.", choices: ["list", "snapshot", "restore", "clone", "reset", "shell", "url"] },
      { name: "NAME", about: "The snapshot, or for clone the two projects: from, to.", many: true },
    ],
    flags: [
      projectFlag, ...layerFlags,
      { name: "requirement", value: "NAME", about: "Which requirement; postgres unless given, or the only one there is." },
      { name: "force", about: "With reset: do not ask." },
    ],
    examples: ["envctl db snapshot before-merge", "envctl db restore before-merge", "envctl db clone Main feature-a", "envctl db shell --project feature-a"],
    load: async () => (await import("./db.ts")).body,
  },
  {
    name: "supabase-user", family: "other", needs: "config",
    about: "Users of a project's Supabase auth server; sync makes those that supabase/users.json names.",
    args: [
      { name: "ACTION", about: "What to do; list unless given.", choices: ["list", "sync", "create", "update", "delete"] },
      { name: "USER", about: "An address, or for update and delete also an id." },
    ],
    flags: [
      projectFlag,
      { name: "password", value: "TEXT", about: "With create and update; without, create makes one up and tells it." },
      { name: "role", value: "NAME", about: "With create and update: the role in the user's tokens." },
      { name: "metadata", value: "JSON", about: "With create and update: the user's own data, an object." },
      { name: "email", value: "ADDRESS", about: "With update: another address." },
    ],
    examples: ["envctl supabase-user create ada@example.com", "envctl supabase-user sync --project feature-a"],
    load: async () => (await import("./supabase-user.ts")).body,
  },
  {
    name: "list-commands", family: "other", needs: "nothing",
    about: "Every command with its options, as data.", flags: [],
    load: async () => (await import("./list-commands.ts")).listCommandsBody(commands),
  },
  {
    name: "completion", family: "other", needs: "nothing",
    about: "A completion script to source.",
    args: [{ name: "SHELL", about: "For which shell.", isRequired: true, choices: ["bash", "zsh", "fish", "powershell"] }], flags: [],
    examples: ["source <(envctl completion bash)", "envctl completion fish | source", "envctl completion powershell | Out-String | Invoke-Expression"],
    load: async () => (await import("./completion.ts")).completionBody(commands),
  },
  {
    name: "help", family: "other", needs: "nothing",
    about: "Explain envctl, one command, or what commands have in common.", args: [{ name: "TOPIC", about: "A command, or one of configuration, projects, ports, templates, exit-codes, environment, agents." }], flags: [],
    load: async () => (await import("./help.ts")).helpBody(commands),
  },
  {
    name: "version", family: "other", needs: "nothing", about: "Print the version.", flags: [],
    load: async () => (await import("./version.ts")).body,
  },
  {
    name: "__complete", family: "other", needs: "repository", isHidden: true,
    about: "Names for completion scripts.", args: [{ name: "WHAT", about: "Which names.", isRequired: true, choices: ["projects", "units", "requirements"] }], flags: [],
    load: async () => (await import("./complete.ts")).body,
  },
];

export const commands: readonly CommandSpec[] = [...lifecycle, ...worktreeRows, ...inspection, ...logs, ...configuration, ...actionCommands, ...jobCommands, ...serviceCommands, ...care, ...agentCommands(() => commands), ...others];
