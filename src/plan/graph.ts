/** Dependency order of named things. */

type Edges = Readonly<Record<string, readonly string[]>>;

/** `roots` and everything they depend on, dependencies first. Unknown names are left out; cycles end at the first repeat. */
export function withDependencies(edges: Edges, roots: Iterable<string>): readonly string[] {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const next = edges[name];
    if (next === undefined) return;
    for (const one of next) visit(one);
    ordered.push(name);
  };
  for (const root of roots) visit(root);
  return ordered;
}

/** Everything that depends on one of `roots`, the roots included, dependents first: the order to stop in. */
export function withDependents(edges: Edges, roots: ReadonlySet<string>): readonly string[] {
  const all = withDependencies(edges, Object.keys(edges));
  const found = new Set(roots);
  for (const name of all) if (edges[name]?.some((one) => found.has(one)) === true) found.add(name);
  return all.filter((name) => found.has(name)).reverse();
}

/** A cycle as the path `a → b → a`, or undefined. */
export function findCycle(edges: Edges): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    if (done.has(name)) return undefined;
    path.push(name);
    for (const next of edges[name] ?? []) {
      const found = visit(next);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(edges)) {
    const found = visit(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
