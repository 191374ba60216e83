/** The first program of the edge runtime: it answers for its health and hands every request to the function its path names. */

/** TypeScript of that runtime, which is Deno's and not Node's. */
export const functionsMain = `
const functions = "/home/deno/functions";

Deno.serve(async (request: Request) => {
  const path = new URL(request.url).pathname;
  if (path === "/_internal/health") return Response.json({ message: "ok" });
  const name = path.split("/")[1] ?? "";
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) return Response.json({ message: "no function is named in the path" }, { status: 400 });
  try {
    const envVars = Object.entries(Deno.env.toObject());
    const worker = await EdgeRuntime.userWorkers.create({ servicePath: \`\${functions}/\${name}\`, memoryLimitMb: 256, workerTimeoutMs: 400000, noModuleCache: false, envVars });
    return await worker.fetch(request);
  } catch (error) {
    return Response.json({ message: String(error) }, { status: 500 });
  }
});
`;
