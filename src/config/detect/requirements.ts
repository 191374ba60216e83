/** Which libraries speak to which server. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  postgres: [
    "pg", "postgres", "pg-promise", "@prisma/adapter-pg",
    "psycopg", "psycopg2", "psycopg2-binary", "asyncpg", "psycopg-binary",
  ],
  redis: ["redis", "ioredis", "bullmq", "bull", "connect-redis", "django-redis", "rq", "aioredis", "arq"],
};

/** The requirements that go with these dependency names. */
export function usedRequirements(dependencies: readonly string[]): readonly string[] {
  const names = new Set(dependencies.map((name) => name.toLowerCase()));
  return Object.keys(libraries).filter((requirement) => libraries[requirement]?.some((library) => names.has(library)) === true);
}
