/** A requirement: every project gets an object store of its own, whose data are kept where envctl keeps them. */
import { fileURLToPath } from "node:url";
import { definePlugin } from "envctl/plugin";

const program = fileURLToPath(new URL("server.mjs", import.meta.url));

export const plugin = definePlugin({
  about: "An object store for every project.",
  requirements: [
    {
      apiVersion: 1,
      id: "object-store",
      title: "Object store",
      provides: ["objects"],
      ports: { main: 9500 },
      engines: {
        embedded: {
          draft: ({ runtime, ports, dataDirectory }) => ({
            command: [runtime?.program ?? "node", program, String(ports["main"]), dataDirectory],
            ready: { kind: "http", port: ports["main"] ?? 0, path: "/" },
            url: `http://127.0.0.1:${ports["main"]}`,
          }),
        },
      },
      env: ({ ports }) => ({ OBJECT_STORE_URL: `http://127.0.0.1:${ports["main"]}` }),
    },
  ],
});
