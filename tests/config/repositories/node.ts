/** Repositories of the Node world: workspaces, Turborepo, Nx, and what Compose files add to them. */
import { pack, type RepositoryFixture } from "./fixture.ts";

export const nodeRepositories: readonly RepositoryFixture[] = [
  {
    title: "Turborepo with pnpm: Next.js, an API and packages",
    files: {
      "package.json": pack({ dev: "turbo run dev" }, [], { packageManager: "pnpm@9.1.0" }),
      "turbo.json": '{ "tasks": { "dev": { "persistent": true } } }',
      "pnpm-workspace.yaml": 'packages:\n  - "apps/*"\n  - "packages/*"\n',
      "pnpm-lock.yaml": "",
      "apps/web/package.json": pack({ dev: "next dev --turbopack" }, ["next"]),
      "apps/web/.env.example": "NEXT_PUBLIC_API_URL=http://localhost:4000\nNEXTAUTH_SECRET=\n",
      "apps/api/package.json": pack({ dev: "tsx watch src/index.ts" }, ["fastify", "pg"]),
      "apps/api/src/index.ts": "app.listen({ port: Number(process.env.PORT ?? 4000) });\n",
      "apps/api/.env.example": "PORT=4000\nDATABASE_URL=postgresql://localhost:5432/api\n",
      "packages/ui/package.json": pack({ dev: "tsup --watch", build: "tsup" }),
    },
    services: ["api apps/api 4000 pnpm run dev | PORT={port} | postgres", "web apps/web 9000 pnpm run dev -p {port} | NEXT_PUBLIC_API_URL=${services.api.url}"],
    requirements: ["postgres {}"],
  },
  {
    title: "Nx with a React application and a Node API",
    files: {
      "nx.json": "{}",
      "package.json": pack({ start: "nx run-many -t serve" }, ["ioredis"]),
      "apps/shop/project.json": '{ "name": "shop", "projectType": "application", "targets": { "serve": { "executor": "@nx/vite:dev-server" } } }',
      "apps/api/project.json": '{ "name": "api", "targets": { "serve": { "executor": "@nx/js:node" } } }',
      "apps/api/src/main.ts": "const port = process.env.API_PORT ? Number(process.env.API_PORT) : 3333;\n",
      "libs/ui/project.json": '{ "name": "ui", "targets": { "lint": {} } }',
    },
    services: ["api . 8000 npx nx serve api | API_PORT={port}", "shop . 9000 npx nx serve shop --port {port}"],
    requirements: [],
  },
  {
    title: "Nx that infers its targets",
    files: {
      "nx.json": '{ "plugins": ["@nx/vite/plugin"] }',
      "package.json": pack({}, []),
      "apps/portal/project.json": '{ "name": "portal", "projectType": "application" }',
      "apps/portal/vite.config.ts": "export default {};\n",
    },
    services: ["portal . 9000 npx nx serve portal --port {port}"],
    requirements: [],
  },
  {
    title: "npm workspaces in directories of any name",
    files: {
      "package.json": pack({ dev: "npm run dev --workspaces" }, [], { workspaces: ["client", "server", "shared/*"] }),
      "package-lock.json": "{}",
      "client/package.json": pack({ dev: "vite" }),
      "server/package.json": pack({ dev: "node --watch index.js" }, ["express", "redis"]),
      "server/index.js": "app.listen(process.env.PORT || 5000)\n",
      "shared/types/package.json": pack({ build: "tsc" }),
    },
    services: ["client client 9000 npm run dev -- --port {port} --strictPort", "server server 8000 npm run dev | PORT={port} | redis"],
    requirements: ["redis {}"],
  },
  {
    title: "one package whose dev script starts two programs",
    files: {
      "package.json": pack({ dev: 'concurrently "npm:dev:*"', "dev:client": "vite", "dev:server": "nodemon server/index.js" }, ["express"]),
      "server/index.js": "const port = process.env.PORT ?? 3001;\n",
    },
    services: ["client . 9000 npm run dev:client -- --port {port} --strictPort", "server . 8000 npm run dev:server | PORT={port}"],
    requirements: [],
  },
  {
    title: "NestJS with Prisma, built by Compose under another name",
    files: {
      "package.json": pack({ "start:dev": "nest start --watch" }, ["@nestjs/core", "@prisma/client"]),
      "src/main.ts": "await app.listen(process.env.PORT ?? 3000);\n",
      "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n',
      "compose.yml": 'services:\n  api:\n    build: .\n    ports:\n      - "${API_PORT:-3000}:3000"\n    environment:\n      DATABASE_URL: postgresql://postgres:postgres@db:5432/app\n  db:\n    image: postgres:16\n  mail:\n    image: axllent/mailpit\n  flows:\n    image: docker.n8n.io/n8nio/n8n:1.80\n',
    },
    services: ["api . 3000 npm run start:dev | PORT={port} | postgres"],
    requirements: ["n8n {}", "postgres { version: 16 }"],
  },
  {
    title: "Express that names its port in the source",
    files: { "package.json": pack({ start: "node server.js" }, ["express"]), "server.js": 'const app = require("express")();\napp.listen(3000);\n' },
    // A person would change the source first; PORT alone does nothing.
    services: ["backend . 3000 npm run start"],
    requirements: [],
  },
  {
    title: "SvelteKit with Drizzle and a Compose database on its own port",
    files: {
      "package.json": pack({ dev: "vite dev", "db:start": "docker compose up" }, ["drizzle-orm", "postgres"]),
      "package-lock.json": "{}",
      "compose.yaml": 'services:\n  db:\n    image: postgres\n    restart: always\n    ports:\n      - 5433:5432\n    environment:\n      POSTGRES_USER: root\n      POSTGRES_DB: local\n',
      ".env.example": 'DATABASE_URL="postgres://root:mysecretpassword@localhost:5433/local"\n',
    },
    services: ["frontend . 9000 npm run dev -- --port {port} --strictPort | postgres"],
    requirements: ["postgres { database: local, user: root }"],
  },
  {
    title: "Next.js with Supabase",
    files: {
      "package.json": pack({ dev: "next dev" }, ["next", "@supabase/ssr", "@supabase/supabase-js"]),
      "pnpm-lock.yaml": "",
      "supabase/config.toml": 'project_id = "shop"\n',
      ".env.example": "NEXT_PUBLIC_SUPABASE_URL=your-project-url\nNEXT_PUBLIC_SUPABASE_ANON_KEY=your-anon-key\nSUPABASE_SERVICE_ROLE_KEY=\n",
    },
    services: ["frontend . 9000 pnpm run dev -p {port} | NEXT_PUBLIC_SUPABASE_URL=${supabase.url} | NEXT_PUBLIC_SUPABASE_ANON_KEY=${supabase.anon_key} | supabase"],
    requirements: ["supabase {}"],
  },
  {
    title: "a library",
    files: { "package.json": pack({ build: "tsup", test: "vitest", dev: "tsup --watch" }), "src/index.ts": "export {};\n", Makefile: "build:\n\tnpm run build\n" },
    services: [],
    requirements: [],
  },
];
