/**
 * A payment provider that takes no money. The application asks it over HTTP (the requirement); tests say what it answers, and see what it
 * was asked, through an object (the service).
 */
import { fileURLToPath } from "node:url";
import { definePlugin } from "envctl/plugin";

/** @param {string} name */
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

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
            command: [runtime?.program ?? "node", beside("server.mjs"), String(ports["main"])],
            ready: { kind: "http", port: ports["main"] ?? 0, path: "/_fake/calls" },
            url: `http://127.0.0.1:${ports["main"]}`,
          }),
        },
      },
      env: ({ ports }) => ({ PAYMENTS_URL: `http://127.0.0.1:${ports["main"]}`, PAYMENTS_KEY: "nothing-secret" }),
    },
  ],
  services: [{ name: "payments", type: "fake", capabilities: ["payments"], module: beside("remote.mjs") }],
});
