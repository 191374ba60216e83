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

const postgresMajors = [10, 11, 12, 13, 14, 15, 16, 17, 18];

/** Combinations without a test are listed too, so that nobody has to guess. */
export const requirementRows: readonly RequirementRow[] = [
  ...postgresMajors.map((major): RequirementRow => ({ requirement: "postgres", engine: "embedded", isolation: "isolated", version: `${major}`, tests: [`requirements/postgres.test.ts > PostgreSQL ${major} is fetched`] })),
  { requirement: "postgres", engine: "embedded", isolation: "database", version: "16", tests: ["e2e/isolation.test.ts > database: one server"] },
  { requirement: "postgres", engine: "embedded", isolation: "shared", version: "16", tests: ["e2e/isolation.test.ts > shared: a row of one is in all"] },
  { requirement: "postgres", engine: "external", isolation: "", version: "16", tests: ["e2e/external.test.ts > PostgreSQL and Redis of somebody else", "requirements/external.test.ts > a real server > PostgreSQL"] },
  { requirement: "redis", engine: "embedded", isolation: "isolated", version: "7", tests: ["requirements/redis.test.ts"] },
  { requirement: "redis", engine: "external", isolation: "", version: "7", tests: ["e2e/external.test.ts > PostgreSQL and Redis of somebody else", "requirements/external.test.ts > a real server > Redis"] },
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

| requirement | engine | isolation | version | |
|---|---|---|---|---|
${lines.join("\n")}
`;
}
