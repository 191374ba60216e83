/** Fetches the servers of the tests that take minutes, so that no test has to share the machine with that. */
import { loadSource } from "./load-source.mjs";

const { installedN8n } = await loadSource("tests/rig/installed-n8n.ts");
console.log(await installedN8n());
