/** A small repository as it is found in the world, and what a person who knows it would configure. */
export interface RepositoryFixture {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** `name dir port command | VARIABLE=value | dependency`. */
  readonly services: readonly string[];
  /** `name { settings }`. */
  readonly requirements: readonly string[];
}

/** The text of a package.json. */
export function pack(scripts: Readonly<Record<string, string>>, dependencies: readonly string[] = [], more: object = {}): string {
  return JSON.stringify({ private: true, scripts, dependencies: Object.fromEntries(dependencies.map((name) => [name, "^1.0.0"])), ...more }, null, 2);
}
