/** A payment provider that takes no money: tests say what it answers, and see what it was asked. */
import { fileURLToPath } from "node:url";
import { definePlugin } from "envctl/plugin";

const program = fileURLToPath(new URL("server.mjs", import.meta.url));

export const plugin = definePlugin({
  version: "1.0.0",
  about: "A payment provider for tests.",
  envctl: "^0.1",
  requirements: [
    {
      apiVersion: 1,
      id: "payments",
      title: "Fake payment provider",
      provides: ["payments"],
      ports: { main: 4242 },
      engines: {
        embedded: {
          draft: ({ runtime, ports }) => ({
            command: [runtime?.program ?? "node", program, String(ports["main"])],
            ready: { kind: "http", port: ports["main"] ?? 0, path: "/_fake/calls" },
            url: `http://127.0.0.1:${ports["main"]}`,
          }),
        },
      },
      env: ({ ports }) => ({ PAYMENTS_URL: `http://127.0.0.1:${ports["main"]}`, PAYMENTS_KEY: "nothing-secret" }),
    },
  ],
});
