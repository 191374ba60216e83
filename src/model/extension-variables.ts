/** Directories that the user's environment names, in which code besides envctl's own is found. Pure. */

/** Variables that name them, separated as in PATH. */
export const extensionVariables = ["ENVCTL_EXTERNAL_PLUGINS_PATH", "ENVCTL_EXTERNAL_REQUIREMENTS_PATH", "ENVCTL_EXTERNAL_SERVICES_PATH", "ENVCTL_EXTERNAL_SUITES_PATH"] as const;
export type ExtensionVariable = (typeof extensionVariables)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute ones only: what is meant must not depend on where one stands. */
export function namedDirectories(environment: Environment, variable: ExtensionVariable): readonly string[] {
  return entriesOf(environment, variable).filter(isWhole);
}

/** Something such a variable names that is passed over. */
export interface StrayDirectory {
  /** Which one, and what is wrong with it. */
  readonly detail: string;
  /** What to do. */
  readonly hint: string;
}

/** As in PATH these do no harm; but whoever wrote them waits for what is in there. */
export function relativeDirectories(environment: Environment, variables: readonly ExtensionVariable[]): readonly StrayDirectory[] {
  return variables.flatMap((variable) => entriesOf(environment, variable).filter((entry) => !isWhole(entry)).map((entry) => strayDirectory(variable, entry, "is no whole path", `say it from the root, such as ${wholePath(entry)}`)));
}

/** What is said of one. */
export function strayDirectory(variable: ExtensionVariable, entry: string, wrong: string, hint: string): StrayDirectory {
  return { detail: `${variable} names ${JSON.stringify(entry)}, which ${wrong}: it is passed over`, hint };
}

function wholePath(entry: string): string {
  return entry.startsWith("~/") ? `$HOME/${entry.slice(2)}` : `$PWD/${entry.replace(/^\.\//, "")}`;
}

function entriesOf(environment: Environment, variable: ExtensionVariable): readonly string[] {
  return (environment[variable] ?? "").split(":").filter((entry) => entry !== "");
}

function isWhole(entry: string): boolean {
  return entry.startsWith("/");
}
