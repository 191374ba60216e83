/** Tools that change schemas of databases, found by the files they need. */
import type { MigrationConfig, ServicePlace } from "../../model/config.ts";
import { withProjectPython } from "./python.ts";
import { has, within, type Tree } from "./tree.ts";

/** One row a tool: the file that gives it away, and its command. */
const tools: readonly { readonly isIn: (tree: Tree, directory: string) => boolean; readonly command: string }[] = [
  { isIn: (tree, directory) => has(tree, directory, "alembic.ini"), command: "python -m alembic upgrade head" },
  { isIn: (tree, directory) => has(tree, within(directory, "prisma"), "schema.prisma"), command: "npx --no-install prisma migrate deploy" },
  { isIn: (tree, directory) => (tree.read(within(directory, "manage.py")) ?? "").includes("django"), command: "python manage.py migrate --noinput" },
];

/** At most one for each directory of a service. */
export function detectMigrations(tree: Tree, services: readonly ServicePlace[]): readonly MigrationConfig[] {
  return services.filter(({ dir }, index) => services.findIndex((other) => other.dir === dir) === index).flatMap(({ name, dir }) => {
    const tool = tools.find(({ isIn }) => isIn(tree, dir));
    return tool === undefined ? [] : [{ service: name, dir, command: withProjectPython(tool.command, tree, dir) }];
  });
}
