/** How the development servers of the Node world are told their port. First match wins. */
import type { ServiceRole } from "./proposal.ts";

export interface Framework {
  readonly title: string;
  readonly role: ServiceRole;
  /** Found in the script's text. */
  readonly script?: RegExp;
  /** Found among the package's dependencies. */
  readonly dependency?: string;
  /** Words added to the script; absent: a variable is set. */
  readonly words?: string;
  /** Known to read PORT, whatever its source says. */
  readonly readsPort?: boolean;
}

export const nodeFrameworks: readonly Framework[] = [
  { title: "Next.js", role: "frontend", script: /\bnext\b(?: dev| start|$)/, words: "-p {port}" },
  { title: "Nuxt", role: "frontend", script: /\bnuxi?t?\b dev/, words: "--port {port}" },
  { title: "Astro", role: "frontend", script: /\bastro\b/, words: "--port {port}" },
  { title: "Angular", role: "frontend", script: /\bng (?:serve|s)\b/, words: "--port {port}" },
  { title: "Gatsby", role: "frontend", script: /\bgatsby develop\b/, words: "--port {port}" },
  { title: "Vue CLI", role: "frontend", script: /\bvue-cli-service serve\b/, words: "--port {port}" },
  { title: "Create React App", role: "frontend", script: /\breact-scripts start\b/, readsPort: true },
  { title: "SvelteKit", role: "frontend", script: /\bsvelte-kit dev\b/, words: "--port {port}" },
  { title: "Expo", role: "frontend", script: /\bexpo start\b/, words: "--port {port}" },
  { title: "Storybook", role: "frontend", script: /\bstorybook dev\b/, words: "--port {port}" },
  { title: "Docusaurus", role: "frontend", script: /\bdocusaurus start\b/, words: "--port {port}" },
  { title: "Strapi", role: "backend", script: /\bstrapi dev(?:elop)?\b/, readsPort: true },
  { title: "React Router", role: "frontend", script: /\b(?:react-router dev|remix vite:dev)\b/, words: "--port {port}" },
  { title: "Vite", role: "frontend", script: /(?:^|[\s/&])vite(?:\s+(?:dev|serve|preview))?(?=\s|$)/, words: "--port {port} --strictPort" },
  { title: "webpack-dev-server", role: "frontend", script: /\bwebpack(?:-dev-server| serve)\b/, words: "--port {port}" },
  { title: "Parcel", role: "frontend", script: /\bparcel\b/, words: "--port {port}" },
  { title: "Wrangler", role: "backend", script: /\bwrangler (?:pages )?dev\b/, words: "--port {port}" },
  { title: "NestJS", role: "backend", script: /\bnest start\b/ },
  { title: "NestJS", role: "backend", dependency: "@nestjs/core" },
  { title: "Express", role: "backend", dependency: "express" },
  { title: "Fastify", role: "backend", dependency: "fastify" },
  { title: "Koa", role: "backend", dependency: "koa" },
  { title: "Hono", role: "backend", dependency: "hono" },
  { title: "hapi", role: "backend", dependency: "@hapi/hapi" },
  { title: "Elysia", role: "backend", dependency: "elysia" },
  { title: "a Node program", role: "backend", script: /(?:^|\s)(?:node|nodemon|tsx|ts-node|ts-node-dev|bun|deno)\s+(?!test\b|build\b|(?:\S*\/)?(?:build|lint|test)\b)/ },
];
