/** Services of PHP projects: Laravel, Symfony, and others with a public directory. */
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { has, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

export const phpDetector: Detector = {
  id: "php",
  files: ["composer.json"],
  detect(tree, directory) {
    const manifest = tree.read(within(directory, "composer.json")) ?? "";
    const server = serverOf(tree, directory, manifest);
    if (server === undefined) return [];
    const queue = /laravel\/horizon/.test(manifest) ? "php artisan horizon" : /artisan queue:(?:listen|work)/.test(manifest) ? "php artisan queue:listen --tries=1" : undefined;
    if (queue === undefined) return [server];
    return [server, { ...server, role: "worker", command: queue, listens: false, reason: `${within(directory, "composer.json")}: it runs ${queue}` }];
  },
};

function serverOf(tree: Tree, directory: string, manifest: string): Candidate | undefined {
  const isLaravel = has(tree, directory, "artisan");
  const isSymfony = /"symfony\/framework-bundle"/.test(manifest);
  const hasFront = has(tree, within(directory, "public"), "index.php");
  if (!isLaravel && !hasFront) return undefined;
  const file = within(directory, isLaravel ? "artisan" : "public/index.php");
  return {
    role: "backend",
    dir: directory,
    command: isLaravel ? "php artisan serve --host=127.0.0.1 --port={port}" : "php -S 127.0.0.1:{port} -t public",
    listens: true,
    env: {},
    prepare: [{ name: "install", command: "composer install --no-interaction", inputs: ["composer.json", "composer.lock"] }],
    uses: usedIn(tree, directory, "php"),
    reason: `${file}: ${isLaravel ? "Laravel" : isSymfony ? "Symfony" : "a PHP program"}`,
    ...(isLaravel || isSymfony ? {} : { guess: "PHP's own server hands every path to public/index.php; a router script may be needed" }),
    file,
  };
}
