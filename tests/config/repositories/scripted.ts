/** Repositories in Ruby, PHP, Python and Deno, and those that only Procfiles, Makefiles and justfiles explain. */
import { pack, type RepositoryFixture } from "./fixture.ts";

export const scriptedRepositories: readonly RepositoryFixture[] = [
  {
    title: "Rails with Sidekiq",
    files: {
      Gemfile: 'source "https://rubygems.org"\ngem "rails", "~> 7.1"\ngem "pg", "~> 1.1"\ngem "puma"\ngem "sidekiq"\n',
      "Gemfile.lock": "",
      "bin/rails": "#!/usr/bin/env ruby\n",
      "config/application.rb": "module Shop\n  class Application < Rails::Application\n  end\nend\n",
      "config.ru": "run Rails.application\n",
      "package.json": pack({ build: "esbuild app/javascript/*.* --bundle" }),
    },
    services: [
      "backend . 8000 bin/rails server -b 127.0.0.1 -p {port} -P tmp/pids/envctl-{port}.pid | postgres | redis",
      "worker . none bundle exec sidekiq | postgres | redis",
    ],
    requirements: ["postgres {}", "redis {}"],
  },
  {
    title: "Rails with a Procfile.dev",
    files: {
      Gemfile: 'gem "rails"\ngem "pg"\n',
      "config/application.rb": "",
      "Procfile.dev": "web: env RUBY_DEBUG_OPEN=true bin/rails server -p 3000\njs: yarn build --watch\ncss: bin/rails tailwindcss:watch\n",
      "package.json": pack({ build: "esbuild" }),
    },
    services: [
      "web . 3000 env RUBY_DEBUG_OPEN=true bin/rails server -p {port} | PORT={port} | postgres",
      "js . none yarn build --watch | postgres",
      "css . none bin/rails tailwindcss:watch | postgres",
    ],
    // Only the web process speaks to the database, but nothing in the files says so.
    requirements: ["postgres {}"],
  },
  {
    title: "Sinatra with Puma",
    files: { Gemfile: 'gem "sinatra"\ngem "puma"\n', "config.ru": 'require "./app"\nrun App\n', "app.rb": "class App < Sinatra::Base; end\n" },
    services: ["backend . 8000 bundle exec puma -b tcp://127.0.0.1:{port}"],
    requirements: [],
  },
  {
    title: "Laravel with Vite and a queue",
    files: {
      artisan: "#!/usr/bin/env php\n",
      "composer.json": '{ "require": { "laravel/framework": "^11.0", "predis/predis": "^2" }, "scripts": { "dev": ["npx concurrently \\"php artisan serve\\" \\"php artisan queue:listen --tries=1\\" \\"npm run dev\\""] } }',
      "composer.lock": "{}",
      "public/index.php": "<?php\n",
      "package.json": pack({ dev: "vite", build: "vite build" }, ["laravel-vite-plugin"]),
      ".env.example": "APP_KEY=\nDB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\nDB_PORT=5432\nDB_DATABASE=laravel\nDB_USERNAME=root\nDB_PASSWORD=\n",
    },
    services: [
      "frontend . 9000 npm run dev -- --port {port} --strictPort",
      "backend . 8000 php artisan serve --host=127.0.0.1 --port={port} | DB_DATABASE=${postgres.database} | DB_USERNAME=${postgres.user} | postgres | redis",
      "worker . none php artisan queue:listen --tries=1 | DB_DATABASE=${postgres.database} | DB_USERNAME=${postgres.user} | postgres | redis",
    ],
    requirements: ["postgres {}", "redis {}"],
  },
  {
    title: "Symfony",
    files: { "composer.json": '{ "require": { "symfony/framework-bundle": "7.1.*", "ext-pdo_pgsql": "*" } }', "bin/console": "", "public/index.php": "<?php\n" },
    services: ["backend . 8000 php -S 127.0.0.1:{port} -t public | postgres"],
    requirements: ["postgres {}"],
  },
  {
    title: "plain PHP with a front controller",
    files: { "composer.json": '{ "require": { "slim/slim": "4.*" } }', "public/index.php": "<?php\n" },
    services: ["backend . 8000 php -S 127.0.0.1:{port} -t public"],
    requirements: [],
  },
  {
    title: "Django with Celery in Compose and a React frontend",
    files: {
      "backend/manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nfrom django.core.management import execute_from_command_line\n",
      "backend/requirements.txt": "Django==5.0\npsycopg2-binary==2.9.9\ncelery[redis]==5.4\n",
      "frontend/package.json": pack({ start: "react-scripts start" }, ["react-scripts"]),
      "docker-compose.yml": `services:
  db:
    image: postgres:15-alpine
    environment: { POSTGRES_DB: shop, POSTGRES_USER: shop, POSTGRES_PASSWORD: shop }
  cache:
    image: redis:7
  backend:
    build: ./backend
    command: python manage.py runserver 0.0.0.0:8000
    ports: ["8000:8000"]
    depends_on: [db, cache]
  worker:
    build: ./backend
    command: celery -A shop worker -l info
    depends_on: [cache]
  frontend:
    build: ./frontend
    ports: ["3000:3000"]
    environment:
      - REACT_APP_API_URL=http://localhost:8000/api
`,
    },
    services: [
      "backend backend 8000 .venv/bin/python manage.py runserver 127.0.0.1:{port} | postgres | redis",
      "frontend frontend 3000 npm run start | REACT_APP_API_URL=${services.backend.url}/api | PORT={port}",
      "worker backend none .venv/bin/celery -A shop worker -l info | postgres | redis",
    ],
    requirements: ["postgres { version: 15, database: shop, user: shop }", "redis {}"],
  },
  {
    title: "FastAPI with uv, asyncpg and pgvector",
    files: {
      "pyproject.toml": '[project]\nname = "search"\ndependencies = [\n  "fastapi>=0.110",\n  "asyncpg",\n]\n',
      "uv.lock": "",
      "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
      "docker-compose.yml": "services:\n  db:\n    image: pgvector/pgvector:pg17\n",
      ".env.example": "DATABASE_URL=postgresql+asyncpg://postgres:postgres@localhost:5432/app\nOPENAI_API_KEY=\n",
    },
    services: ["backend . 8000 uv run python -m uvicorn app.main:app --host 127.0.0.1 --port {port} --reload | DATABASE_URL=postgresql+asyncpg://${postgres.user}:${postgres.password}@${postgres.host}:${postgres.port}/${postgres.database} | postgres"],
    requirements: ["postgres { version: 17, extensions: [vector] }"],
  },
  {
    title: "FastAPI and Vite, with a step before and a Compose file for developing",
    files: {
      "docker-compose.yml": `services:
  db:
    image: postgres:17
    environment:
      - POSTGRES_USER=\${POSTGRES_USER?Variable not set}
      - POSTGRES_DB=\${POSTGRES_DB:-app}
  adminer:
    image: adminer
  prestart:
    build: { context: ./backend }
    command: bash scripts/prestart.sh
    depends_on: { db: { condition: service_healthy } }
  backend:
    image: "\${DOCKER_IMAGE_BACKEND}:latest"
    build: { context: ./backend }
    depends_on: { db: { condition: service_healthy }, prestart: { condition: service_completed_successfully } }
    environment:
      - POSTGRES_SERVER=db
      - POSTGRES_PORT=5432
      - POSTGRES_USER=\${POSTGRES_USER}
      - SMTP_HOST=\${SMTP_HOST}
  frontend:
    build:
      context: ./frontend
`,
      "docker-compose.override.yml": 'services:\n  backend:\n    ports: ["8000:8000"]\n    command: [fastapi, run, --reload, app/main.py]\n  frontend:\n    ports: ["5173:80"]\n    environment: [NODE_ENV=development]\n',
      "backend/pyproject.toml": '[project]\ndependencies = [\n    "fastapi[standard]<1.0.0",\n    "psycopg[binary]<4.0.0",\n]\n[tool.uv]\n',
      "backend/app/main.py": "import sentry_sdk\nfrom fastapi import FastAPI\n\napp = FastAPI(\n    title=settings.PROJECT_NAME,\n)\n",
      "frontend/package.json": pack({ dev: "vite", build: "tsc && vite build", lint: "biome check" }),
      "frontend/package-lock.json": "{}",
      "frontend/.env.example": "VITE_API_URL=http://localhost:8000\n",
    },
    services: [
      "backend backend 8000 uv run python -m uvicorn app.main:app --host 127.0.0.1 --port {port} --reload | POSTGRES_SERVER=${postgres.host} | POSTGRES_PORT=${postgres.port} | POSTGRES_USER=${postgres.user} | postgres",
      "frontend frontend 5173 npm run dev -- --port {port} --strictPort | VITE_API_URL=${services.backend.url}",
    ],
    requirements: ["postgres { version: 17, database: app }"],
  },
  {
    title: "Flask in a devcontainer with Redis",
    files: {
      "requirements.txt": "flask\nredis\n",
      "app.py": "from flask import Flask\napp = Flask(__name__)\n",
      ".devcontainer/devcontainer.json": '{\n  // the app\n  "dockerComposeFile": "compose.yml",\n  "service": "app",\n  "forwardPorts": [5000, 6379],\n}\n',
      ".devcontainer/compose.yml": "services:\n  app:\n    build: { context: .., dockerfile: .devcontainer/Dockerfile }\n    command: sleep infinity\n  redis:\n    image: redis:7-alpine\n",
    },
    services: ["backend . 5000 .venv/bin/python -m flask --app app run --host 127.0.0.1 --port {port} | redis"],
    requirements: ["redis {}"],
  },
  {
    title: "Deno with Hono",
    files: {
      "deno.json": '{ "tasks": { "dev": "deno run -A --watch main.ts" }, "imports": { "hono": "jsr:@hono/hono" } }',
      "main.ts": 'import { Hono } from "hono";\nconst app = new Hono();\nDeno.serve({ port: Number(Deno.env.get("PORT") ?? 8000) }, app.fetch);\n',
    },
    services: ["backend . 8000 deno task dev | PORT={port}"],
    requirements: [],
  },
  {
    title: "deno serve, with comments in its configuration",
    files: { "deno.jsonc": '{\n  // tasks\n  "tasks": { "start": "deno serve -A main.ts" },\n}\n', "main.ts": "export default { fetch() {} };\n" },
    services: ["backend . 8000 deno task start --port {port}"],
    requirements: [],
  },
  {
    title: "a justfile with a port as its parameter",
    files: { justfile: "default:\n    just --list\n\ndev port='8080':\n    crystal run src/server.cr -- --port {{port}}\n", "src/server.cr": "" },
    services: ["backend . 8000 just dev {port}"],
    requirements: [],
  },
  {
    title: "a Makefile that reads PORT",
    files: { Makefile: "PORT ?= 8080\n\n.PHONY: run\nrun: build\n\t./build/server --listen 127.0.0.1:$(PORT)\n", "main.zig": "" },
    services: ["backend . 8000 make run PORT={port}"],
    requirements: [],
  },
  {
    title: "a shell script that starts everything",
    files: { "run.sh": "#!/bin/sh\n(cd api && ./serve) &\n(cd web && python3 -m http.server 8080)\n", "api/serve": "", "web/index.html": "" },
    services: ["api api 8000 ./serve", "web web 8080 python3 -m http.server {port}"],
    requirements: [],
  },
];
