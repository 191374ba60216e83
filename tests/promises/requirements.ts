/** Requirement by engine, isolation and version: which tests show that it works, and with what. */
import type { TestReference } from "./promise.ts";
import type { Proof } from "./proofs.ts";

export interface RequirementRow {
  readonly requirement: string;
  readonly engine: "embedded" | "docker" | "external";
  readonly isolation: string;
  readonly version: string;
  /** What was used in the place of the real program or image, if anything. */
  readonly standIn?: string;
  readonly tests: readonly TestReference[];
}

const debian = "an image made of Debian's packages";
const postgresMajors = [10, 11, 12, 13, 14, 15, 16, 17, 18];

/** Combinations without a test are listed too, so that nobody has to guess. */
export const requirementRows: readonly RequirementRow[] = [
  ...postgresMajors.map((major): RequirementRow => ({ requirement: "postgres", engine: "embedded", isolation: "isolated", version: `${major}`, tests: [`requirements/postgres.test.ts > PostgreSQL ${major} is fetched`] })),
  { requirement: "postgres", engine: "embedded", isolation: "database", version: "16", tests: ["e2e/isolation.test.ts > database: one server"] },
  { requirement: "postgres", engine: "embedded", isolation: "shared", version: "16", tests: ["e2e/isolation.test.ts > shared: a row of one is in all"] },
  { requirement: "postgres", engine: "external", isolation: "", version: "16", tests: ["e2e/external.test.ts > PostgreSQL and Redis of somebody else", "requirements/external.test.ts > a real server > PostgreSQL"] },
  { requirement: "postgres", engine: "docker", isolation: "isolated", version: "15", standIn: debian, tests: ["docker/requirements.test.ts > PostgreSQL and Redis in containers"] },
  { requirement: "postgres", engine: "docker", isolation: "database", version: "15", standIn: debian, tests: ["docker/requirements.test.ts > worktrees have databases of their own"] },
  { requirement: "postgres", engine: "docker", isolation: "shared", version: "15", standIn: debian, tests: ["docker/requirements.test.ts > shared: what a worktree writes"] },
  { requirement: "postgres", engine: "docker", isolation: "isolated", version: "10 to 18, the official images", tests: [] },
  { requirement: "redis", engine: "embedded", isolation: "isolated", version: "7", tests: ["requirements/redis.test.ts"] },
  { requirement: "redis", engine: "external", isolation: "", version: "7", tests: ["e2e/external.test.ts > PostgreSQL and Redis of somebody else", "requirements/external.test.ts > a real server > Redis"] },
  { requirement: "redis", engine: "docker", isolation: "isolated", version: "7", standIn: debian, tests: ["docker/requirements.test.ts > PostgreSQL and Redis in containers"] },
  { requirement: "redis", engine: "docker", isolation: "isolated", version: "7, by Podman", standIn: debian, tests: ["docker/podman.test.ts"] },
  { requirement: "redis", engine: "docker", isolation: "isolated", version: "7, the official image", tests: [] },
  { requirement: "redis", engine: "embedded", isolation: "isolated", version: "Valkey", standIn: "a program that says it is a valkey-server; none was started", tests: ["requirements/redis.test.ts > finding Redis > a server on the caller's PATH is preferred"] },
  { requirement: "n8n", engine: "embedded", isolation: "isolated", version: "2.8.4", tests: ["e2e/n8n.test.ts"] },
  { requirement: "n8n", engine: "embedded", isolation: "isolated", version: "2.10 and newer", standIn: "its own Node from npm, and a program that says it is n8n", tests: ["requirements/n8n.test.ts > the Node it runs on > one that envctl's Node cannot run"] },
  { requirement: "n8n", engine: "docker", isolation: "isolated", version: "2.8.4", standIn: "a stand-in image that speaks n8n's ports and paths", tests: ["docker/n8n.test.ts"] },
  { requirement: "n8n", engine: "docker", isolation: "isolated", version: "2.8.4, the official image", tests: [] },
  { requirement: "n8n", engine: "external", isolation: "", version: "2.8.4", tests: ["e2e/n8n.test.ts > two side by side"] },
  { requirement: "supabase", engine: "embedded", isolation: "isolated", version: "PostgreSQL 17", tests: ["e2e/supabase.test.ts > a service that requires postgres gets it"] },
  { requirement: "supabase", engine: "embedded", isolation: "isolated", version: "PostgreSQL 16", tests: ["e2e/supabase.test.ts"] },
  { requirement: "supabase", engine: "docker", isolation: "isolated", version: "15", standIn: "stand-in images that speak the ports and paths of its parts", tests: ["docker/supabase.test.ts"] },
  { requirement: "supabase", engine: "docker", isolation: "isolated", version: "15 and 17, the pinned images", tests: [] },
  { requirement: "supabase", engine: "external", isolation: "", version: "any", standIn: "a stand-in for its auth server", tests: ["e2e/supabase-user.test.ts"] },
];

const outcomes: Readonly<Record<Proof, string>> = { proven: "tested", skipped: "tested", failing: "**fails**", untested: "not tested" };

/** The page `docs/requirements.md`. */
export function requirementsPage(proofOf: (row: RequirementRow) => Proof): string {
  const lines = requirementRows.map((row) => {
    const proof = proofOf(row);
    const how = proof === "proven" && row.standIn !== undefined ? `tested with ${row.standIn}` : outcomes[proof];
    return `| ${[row.requirement, row.engine, row.isolation, row.version, how].join(" | ")} |`;
  });
  return `# What was tested

Made by \`node scripts/proofs.mjs\` from the tests that ran, on Linux x64. What is "not tested" may work; nobody has seen it.
Tests that need what a machine has not, such as the right to run a Docker engine, are skipped there, and count as where they run.

| requirement | engine | isolation | version | |
|---|---|---|---|---|
${lines.join("\n")}
`;
}
