/** What a list of changed files says about a change. Pure. */

export interface ChangedFile {
  readonly path: string;
  /** Undefined for a binary file. */
  readonly additions: number | undefined;
  readonly deletions: number | undefined;
}

export interface DiffSummary {
  readonly files: readonly ChangedFile[];
  readonly additions: number;
  readonly deletions: number;
  readonly tests: readonly string[];
  readonly migrations: readonly string[];
}

const testPath = /(?:^|\/)(?:tests?|__tests__|specs?|e2e)\/|(?:^|\/)test_[^/]*\.py$|[._](?:test|spec)\.[^/]+$|_test\.(?:go|py|rb|exs?)$|(?:^|\/)conftest\.py$/i;
const migrationPath = /(?:^|\/)(?:migrations?|migrate|alembic\/versions)\/(?!.*(?:__init__\.py|README[^/]*)$)[^/]+/i;

/** Of `git diff --numstat -z --no-renames`. */
export function diffSummary(numstat: string): DiffSummary {
  const files = numstat.split("\0").flatMap((line) => {
    const [, added, deleted, path] = /^(\d+|-)\t(\d+|-)\t([^]+)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path, additions: numberOf(added), deletions: numberOf(deleted) }];
  });
  const sum = (key: "additions" | "deletions"): number => files.reduce((total, file) => total + (file[key] ?? 0), 0);
  const paths = files.map(({ path }) => path);
  return { files, additions: sum("additions"), deletions: sum("deletions"), tests: paths.filter((path) => testPath.test(path)), migrations: paths.filter((path) => migrationPath.test(path)) };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === "-" ? undefined : Number(text);
}
