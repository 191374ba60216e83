/** Runs a program in a container to its end. */
import type Docker from "dockerode";
import type { ExecSpec } from "./container-engine.ts";
import { framesOf } from "./docker-frames.ts";
import { engineTrouble, statusOf } from "./docker-trouble.ts";
import { errorText } from "./files.ts";
import type { ProgramResult } from "./run-program.ts";

/** Never throws for what the program does, nor for a container that is not there or does not run. */
export async function execIn(docker: Docker, container: string, spec: ExecSpec): Promise<ProgramResult> {
  const deadline = AbortSignal.timeout(spec.timeoutMs);
  const written = { stdout: "", stderr: "" };
  try {
    const exec = await docker.getContainer(container).exec({
      Cmd: [...spec.command],
      Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
      AttachStdout: true,
      AttachStderr: true,
      abortSignal: deadline,
      ...(spec.user === undefined ? {} : { User: spec.user }),
    });
    const parts: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
    const output: AsyncIterable<Buffer | string> = await exec.start({ abortSignal: deadline });
    for await (const { stream, bytes } of framesOf(output)) parts[stream].push(bytes);
    for (const name of ["stdout", "stderr"] as const) written[name] = Buffer.concat(parts[name]).toString("utf8");
    const { ExitCode: code } = await exec.inspect({ abortSignal: deadline });
    return { code: code ?? undefined, ...written };
  } catch (error) {
    if (deadline.aborted) return { code: undefined, ...written, trouble: `"${spec.command.join(" ")}" did not end in ${spec.timeoutMs} ms in container ${container}` };
    const trouble = engineTrouble(error, `"${spec.command.join(" ")}" could not be run in container ${container}`);
    if (statusOf(error) === undefined && trouble === error) throw error;
    return { code: undefined, ...written, trouble: errorText(trouble) };
  }
}
