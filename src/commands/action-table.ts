/** Rows of the table of commands: actions on projects. */
import type { CommandSpec, FlagSpec } from "../cli/command.ts";
import { modeFlags, pickFlag, projectFlag } from "../cli/global-flags.ts";

/** Which projects; the one you stand in unless given. */
const targets: readonly FlagSpec[] = [
  { ...projectFlag, about: "These projects, by name or glob (`feature-*`); where you stand unless given." },
  { name: "service", value: "NAME", many: true, aliases: ["services", "unit"], about: "The projects in which these units run: `backend` where one project has it, `Main/backend`, `*/backend`." },
  { name: "all", about: "Every project of the repository." },
  { ...pickFlag, about: "Choose the projects from a list; those chosen last are marked." },
  ...modeFlags,
  { name: "timeout", value: "TIME", about: "How long it may take: 90s, 10m, 1h. Then everything it started is ended; exit code 124." },
];
const projectWords = { name: "PROJECT", about: "Projects, by name or glob.", many: true } as const;

const baseFlag: FlagSpec = { name: "base", value: "BRANCH", aliases: ["review-base", "pr-base"], about: "Measure against this; else what the worktree was made from, else the first of dev, main, master." };
const messageFlags: readonly FlagSpec[] = [
  { name: "message", short: "m", value: "TEXT", aliases: ["commit-message"], about: "The message; else the heading of MAIN_TASK.md." },
  { name: "message-file", value: "FILE", aliases: ["commit-message-file"], about: "A file with the message." },
];

const prFlags: readonly FlagSpec[] = [
  { name: "title", value: "TEXT", about: "Title of the pull request; else the heading of MAIN_TASK.md, else the last commit." },
  { name: "draft", about: "Open it as a draft." },
];

export const actionCommands: readonly CommandSpec[] = [
  {
    name: "test", aliases: ["t"], family: "action", needs: "repository",
    about: "Run the test suites of projects, those under `test:` or those that are found, and keep the results.",
    args: [projectWords],
    flags: [
      ...targets,
      { name: "suite", value: "NAME", many: true, about: "Only these suites." },
      { name: "failed", about: "Only what failed last time; refused when the checkout has changed since." },
      { name: "force", about: "With --failed: also when the checkout has changed." },
      { name: "sequential", about: "One suite of a project at a time." },
    ],
    examples: ["envctl test", "envctl test 'feature-*' --json", "envctl test --all --suite backend", "envctl test --failed"],
    load: async () => (await import("./test.ts")).body,
  },
  {
    name: "suite", family: "action", needs: "repository",
    about: "Run a suite of scripts in a project of its own, with fresh ports and data, which is thrown away afterwards.",
    args: [
      { name: "ACTION", about: "What to do.", choices: ["list", "run"] },
      { name: "NAME", about: "The suite: its name, its file's, or a path." },
    ],
    flags: [
      { name: "list-configs", about: "The files of all suites, one a line." },
      { name: "script", value: "NAME", many: true, about: "Only this script, `login` or `smoke::login`; may be repeated." },
      { name: "dry-run", about: "Show what would be run with which variables, and do nothing." },
      { name: "workers", value: "N", about: "So many scripts at once; else what the suite says, and one after another where it says nothing." },
      { name: "junit", value: "FILE", about: "Write the results there too, as JUnit XML." },
      { name: "resume", about: "Go on with the last run of the suite, which was interrupted: only what has no result yet." },
      { name: "report", value: "HOW", choices: ["summary", "detail", "both"], about: "A table, the end of every output, or both; the table unless given." },
    ],
    examples: ["envctl suite list", "envctl suite run smoke", "envctl suite run smoke --script smoke::login --report detail", "envctl suite run smoke --junit results.xml", "envctl suite run smoke --resume"],
    load: async () => (await import("./suite.ts")).body,
  },
  {
    name: "migrate", aliases: ["m"], family: "action", needs: "repository",
    about: "Bring the databases of running projects up to date: what `migrate:` says, else Alembic, Prisma or Django where they are found.",
    args: [projectWords], flags: targets,
    examples: ["envctl migrate", "envctl migrate --all"],
    load: async () => (await import("./migrate.ts")).body,
  },
  {
    name: "review", aliases: ["v", "analyze"], family: "action", needs: "repository",
    about: "What a branch would bring to its base: commits, files, tests, migrations, conflicts. Changes nothing.",
    args: [projectWords], flags: [...targets, baseFlag],
    examples: ["envctl review", "envctl review 'feature-*'", "envctl review --base release --json"],
    load: async () => (await import("./review.ts")).body,
  },
  {
    name: "commit", aliases: ["c"], family: "action", needs: "repository",
    about: "Commit everything but what is ignored or local (such as MAIN_TASK.md). Hooks run; nothing is pushed without --push.",
    args: [projectWords],
    flags: [...targets, ...messageFlags, { name: "push", about: "Push the branch afterwards; never with force." }],
    examples: ["envctl commit -m 'Prices are rounded'", "envctl commit --project feature-a --push"],
    load: async () => (await import("./commit.ts")).body,
  },
  {
    name: "pr", aliases: ["p"], family: "action", needs: "repository", isDestructive: true,
    about: "Push a branch and open its pull request with `gh`, or find the one that is open.",
    args: [projectWords], flags: [...targets, baseFlag, ...prFlags],
    examples: ["envctl pr", "envctl pr 'feature-*' --draft"],
    load: async () => (await import("./pr.ts")).body,
  },
  {
    name: "ship", family: "action", needs: "repository", isDestructive: true,
    about: "Commit, push, open the pull request, forecast conflicts, and wait for the checks.",
    args: [projectWords],
    flags: [
      ...targets, ...messageFlags, baseFlag, ...prFlags,
      { name: "checks-timeout", value: "TIME", about: "How long to wait for the checks; 30m unless given." },
      { name: "check-interval", value: "TIME", about: "Between two looks at them; 10s unless given." },
    ],
    examples: ["envctl ship -m 'Prices are rounded'", "envctl ship feature-a --json --checks-timeout 1h"],
    load: async () => (await import("./ship.ts")).body,
  },
  {
    name: "compare", family: "action", needs: "repository",
    about: "Two projects side by side: health, last test results, answers of their services, sizes of what they built.",
    args: [{ name: "PROJECT", about: "The two projects.", isRequired: true, many: true }],
    flags: [
      { name: "path", value: "PATH", many: true, about: "Ask both for this path: `/items`, or `worker:/items` for another service than the backend." },
      { name: "bundle", value: "DIR", many: true, about: "Sizes of this directory; else dist, build and the like where services are." },
    ],
    examples: ["envctl compare Main feature-a --path /items", "envctl compare feature-1 feature-2 --json"],
    load: async () => (await import("./compare.ts")).body,
  },
  {
    name: "exec", family: "action", needs: "run", takesPassthrough: true, needsPassthrough: true, streams: true,
    about: "Run a command with a unit's environment, in its directory; its exit code is handed on.",
    args: [{ name: "UNIT", about: "A unit: `backend`, or `Main/backend`." }],
    flags: [projectFlag, { name: "browser", about: "In the project's root, with QA_BASE_URL, BASE_URL and ENVCTL_ENDPOINTS_JSON: for Playwright and the like. UNIT is then the page; the frontend unless given." }],
    examples: ["envctl exec backend -- npm run migrate", "envctl exec --project feature-a --browser -- npx playwright test"],
    load: async () => (await import("./exec.ts")).body,
  },
  {
    name: "qa-user", family: "action", needs: "repository",
    about: "Make sure that a user for tests exists in a project's Supabase.",
    args: [{ name: "ACTION", about: "What to do.", isRequired: true, choices: ["ensure"] }],
    flags: [
      ...targets,
      { name: "email", value: "ADDRESS", about: "Whose user it is." },
      { name: "password", value: "TEXT", about: "Its password; better in the variable QA_USER_PASSWORD, which other users of the machine do not see." },
      { name: "metadata-json", value: "JSON", about: "What the user itself may change." },
      { name: "app-metadata-json", value: "JSON", about: "What only the service may change, such as roles." },
    ],
    examples: ["QA_USER_PASSWORD=secret envctl qa-user ensure --email qa@example.com"],
    load: async () => (await import("./qa-user.ts")).body,
  },
];
