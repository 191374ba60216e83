/** The process entry. `--version` is answered before anything is loaded. */
import { version } from "./version.ts";

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) process.stdout.write(`${version}\n`);
else void import("./process.ts").then(({ runProcess }) => runProcess(argv));
