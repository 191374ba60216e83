/** A socket made reachable by TCP with TLS, for clients that have a certificate only. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { freePorts } from "./ports.ts";
import type { Cleanup } from "./temporary.ts";

/** The port on 127.0.0.1; `directory` has what `certificates` made. */
export async function tlsRelay(target: string, directory: string, cleanup: Cleanup): Promise<number> {
  const server = createServer({ key: readFileSync(join(directory, "key.pem")), cert: readFileSync(join(directory, "cert.pem")), ca: readFileSync(join(directory, "ca.pem")), requestCert: true, rejectUnauthorized: true }, (near) => {
    const far = connect(target);
    for (const [one, other] of [[near, far], [far, near]] as const) one.on("error", () => undefined).on("close", () => other.destroy()).pipe(other);
  });
  const port = await freePorts();
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  cleanup(() => new Promise((resolve) => void server.close(() => resolve())));
  return port;
}

/** One authority that signs one certificate for both sides. */
export function certificates(directory: string): void {
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=tests");
  openssl("req", ...key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=127.0.0.1");
  writeFileSync(join(directory, "extensions"), "subjectAltName=IP:127.0.0.1\n");
  openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-out", "cert.pem", "-days", "2", "-extfile", "extensions");
}
