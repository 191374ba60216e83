/** What `help TOPIC` explains beside the commands: one row each, for the screen and the man page. */
import { agentLines } from "./agent-lines.ts";
import { guideLines } from "./guides.ts";
import { exitCodeRows } from "./help-text.ts";
import { table } from "../ui/table.ts";

export interface Topic {
  readonly name: string;
  readonly about: string;
  readonly lines: readonly string[];
  /** Behind these, what depends on the machine. */
  readonly more?: () => readonly string[];
}

export const topics: readonly Topic[] = [
  {
    name: "configuration",
    about: "Where values come from, and how to change them.",
    lines: [
      "`.envctl` at the root of the repository is YAML; `envctl config` makes and changes it. Weakest to strongest:",
      "",
      ...rows([["default", "what `.envctl.example` in envctl's own directory shows"], ["detected", "found in the repository, while it has no .envctl"], ["system, user", "/etc/envctl/config.yaml, ~/.config/envctl/config.yaml"], ["repository", ".envctl"], ["profile", ".envctl.NAME, with --profile NAME"], ["local", ".envctl.local; belongs into .gitignore"], ["environment", "ENVCTL__SERVICES__BACKEND__PORT=8100"], ["flag", "--set services.backend.port=8100"]]),
      "",
      "`envctl show-config` shows each value with its file and line, `envctl explain KEY` why it holds.",
    ],
  },
  {
    name: "projects",
    about: "What Main and the worktrees are, and which ones a command means.",
    lines: [
      "The main checkout is the project Main; every git worktree is a project of its own, with its own ports, databases and logs.",
      "trees/FEATURE/N is called FEATURE-N, any other worktree by its directory.",
      "",
      ...rows([["nothing", "inside a worktree that worktree, else Main (`default_mode` changes that)"], ["--main, --trees", "the main checkout; every worktree"], ["--project NAME", "just these"], ["--service NAME", "just these units: backend, or Main/backend"]]),
    ],
  },
  {
    name: "ports",
    about: "Which port a unit gets.",
    lines: ["port = base + slot × port_spacing. Main has slot 0; a worktree keeps the lowest free slot it got.", "A port that somebody else holds is passed over; `envctl explain PORT` says who. Templates such as ${services.backend.url} follow."],
  },
  {
    name: "templates",
    about: "What may stand in commands and variables.",
    lines: rows([["{port}", "the port of the service itself"], ["${postgres.url}", "a requirement: url, host, port, user, password, database"], ["${services.NAME.url}", "another service: url, host, port, ports.NAME"], ["${project.name}", "the project: name, root, branch, slot"], ["${env.NAME}", "a variable of whoever calls start"], ["${NAME:-default}, ${NAME:?message}", "the same in `env`, `public_url` and `health_url`, with what holds where it is not set"], ["$${", "a literal ${"]]),
  },
  { name: "exit-codes", about: "What the exit code of every command means.", lines: rows(exitCodeRows) },
  {
    name: "environment",
    about: "Variables envctl itself reads.",
    lines: rows([
      ["ENVCTL_STATE_DIR", "state, logs and data; else ~/.local/state/envctl, as root /var/lib/envctl"],
      ["ENVCTL_CACHE_DIR", "fetched servers; else ~/.cache/envctl, as root /var/cache/envctl"],
      ["ENVCTL_CONFIG_FILE", "another file in the place of .envctl"],
      ["ENVCTL_SYSTEM_CONFIG", "another file in the place of /etc/envctl/config.yaml"],
      ["ENVCTL__A__B", "the configuration key a.b"],
      ["ENVCTL_PLANNING_DIR", "where plan files are, as worktrees.plans"],
      ["ENVCTL_EXTERNAL_PLUGINS_PATH", "directories with plug-ins of the user"],
      ["ENVCTL_EXTERNAL_REQUIREMENTS_PATH", "directories with requirements of the user"],
      ["ENVCTL_EXTERNAL_SERVICES_PATH", "directories with services (remote objects) of the user"],
      ["ENVCTL_EXTERNAL_SUITES_PATH", "directories with suites of the user"],
      ["ENVCTL_PLUGINS_ONLY, ENVCTL_PLUGINS_NO_INIT", "names of plug-ins: no others; not these"],
      ["ENVCTL_DEBUG_RELOAD", "1: plug-ins of the user, and services, are loaded anew when they are edited"],
      ["ENVCTL_DEBUG", "1: what is said between this command and its daemon is recorded"],
      ["ENVCTL_DURABILITY", "power, where the daemon is started: orders of jobs survive a power failure"],
      ["ENVCTL_AUTOSTART", "0, where the daemon is started: no job begins by itself"],
      ["NO_COLOR", "plain text"],
      ["INK_SCREEN_READER", "true: the dashboard in sentences"],
      ["VISUAL, EDITOR", "what `config edit` opens"],
      ["BROWSER", "what `open` opens"],
    ]),
  },
  { name: "guides", about: "What there is to read.", lines: ["`envctl help NAME` prints a guide that no command has the name of; each is a file of envctl's own directory, as the examples are."], more: guideLines },
  { name: "agents", about: "How coding agents work here: a section to keep in AGENTS.md.", lines: agentLines },
];

function rows(cells: readonly (readonly [string, string])[]): readonly string[] {
  return table([], cells).map((line) => `  ${line}`);
}
