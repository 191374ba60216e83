/** `npm run chaos -- [--rounds N] [--seed N] [--round K] [--verbose]`: the long form of tests/chaos; builds what it needs. */
import { loadSource } from "./load-source.mjs";

const { main } = await loadSource("tests/chaos/main.ts");
process.exitCode = await main();
