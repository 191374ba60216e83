/** Runs a program in a terminal of its own and shows what it writes. Ends with it; whoever kills this closes the terminal. */
import { spawn } from "@lydell/node-pty";

const [program, ...args] = process.argv.slice(2);
const terminal = spawn(program, args, { cols: 100, rows: 30, cwd: process.cwd(), env: process.env });
terminal.onData((text) => process.stdout.write(text));
terminal.onExit(({ exitCode }) => process.exit(exitCode));
