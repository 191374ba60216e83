/** Which libraries of a directory's manifests speak to which server. */
import { matching, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Whose libraries are meant; a directory may hold a frontend of one world and a backend of another. */
export type World = "node" | "python" | "ruby" | "go" | "rust" | "php" | "jvm" | "dotnet" | "elixir" | "deno";

interface Manifest {
  readonly world: World;
  readonly files: readonly string[];
  readonly postgres: RegExp;
  readonly redis: RegExp;
}

const manifests: readonly Manifest[] = [
  {
    world: "node", files: ["package.json"],
    postgres: /"(?:pg|postgres|pg-promise|pg-boss|graphile-worker|@prisma\/adapter-pg|@nestjs\/typeorm-postgres|@neondatabase\/serverless|@payloadcms\/db-postgres)"\s*:/,
    redis: /"(?:redis|ioredis|bullmq|bull|connect-redis|@nestjs\/bullmq|@nestjs\/bull|rate-limit-redis)"\s*:/,
  },
  { world: "node", files: ["schema.prisma"], postgres: /provider\s*=\s*"postgres(?:ql)?"/, redis: /$^/ },
  {
    world: "python", files: ["pyproject.toml", "requirements.txt", "Pipfile"],
    postgres: /(?:^|["'\s,])(?:psycopg2?(?:-binary)?|asyncpg|psycopg-binary)(?![\w-])/im,
    redis: /(?:^|["'\s,])(?:redis|django-redis|rq|aioredis|arq)(?![\w-])|celery\[[^\]]*redis/im,
  },
  { world: "ruby", files: ["Gemfile"], postgres: /^\s*gem ["']pg["']/m, redis: /^\s*gem ["'](?:redis|sidekiq|resque|hiredis|redis-client)["']/m },
  { world: "go", files: ["go.mod"], postgres: /github\.com\/(?:lib\/pq|jackc\/pgx|go-pg\/pg)|gorm\.io\/driver\/postgres/, redis: /go-redis|gomodule\/redigo|hibiken\/asynq|redis\/rueidis/ },
  { world: "rust", files: ["Cargo.toml"], postgres: /^(?:tokio-postgres|postgres|deadpool-postgres)\b|^(?:sqlx|diesel|sea-orm|diesel-async)\b.*postgres/m, redis: /^(?:redis|deadpool-redis|fred|bb8-redis)\b/m },
  { world: "php", files: ["composer.json"], postgres: /"ext-(?:pdo_)?pgsql"/, redis: /"predis\/predis"|"ext-redis"|"laravel\/horizon"/ },
  {
    world: "jvm", files: ["pom.xml", "build.gradle", "build.gradle.kts"],
    postgres: /org\.postgresql\b|r2dbc-postgresql|quarkus-jdbc-postgresql|quarkus-reactive-pg-client/,
    redis: /data-redis\b|\bjedis\b|\blettuce\b|quarkus-redis-client|redisson/,
  },
  { world: "dotnet", files: ["*.csproj", "*.fsproj"], postgres: /Npgsql/, redis: /StackExchange\.?Redis/ },
  { world: "elixir", files: ["mix.exs"], postgres: /:postgrex\b/, redis: /:redix\b/ },
  { world: "deno", files: ["deno.json", "deno.jsonc"], postgres: /npm:pg@|npm:postgres@|@db\/postgres|deno-postgres|postgresjs/, redis: /npm:(?:io)?redis@|@db\/redis/ },
];

const supabaseClient = /"@supabase\/(?:supabase-js|ssr)"\s*:|(?:^|["'\s,])supabase(?![\w-])|supabase_flutter|supabase-community/m;

/** Whether a directory's libraries speak to Supabase. */
export function usesSupabase(tree: Tree, directory: string): boolean {
  const files = ["package.json", "pyproject.toml", "requirements.txt", "deno.json"];
  return matching(tree, directory, files).some((name) => supabaseClient.test(tree.read(within(directory, name)) ?? ""));
}

/** The requirements that the libraries of a directory need, in the order of the alphabet; without a world, those of all. */
export function usedIn(tree: Tree, directory: string, world?: World): readonly string[] {
  const places = [directory, within(directory, "prisma")];
  const meant = manifests.filter((manifest) => world === undefined || manifest.world === world);
  const texts = meant.flatMap((manifest) => places.flatMap((place) => matching(tree, place, manifest.files).map((name) => ({ manifest, text: tree.read(within(place, name)) ?? "" }))));
  return (["postgres", "redis"] as const).filter((server) => texts.some(({ manifest, text }) => manifest[server].test(text)));
}
