/** Small disks for tests. */
import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

/** Where nobody may mount, the full disk cannot be tried. */
export function canMount(): boolean {
  if (userInfo().uid !== 0 || process.platform !== "linux") return false;
  try {
    const probe = join(realpathSync("/tmp"), `envctl-mount-probe-${process.pid}`);
    mkdirSync(probe);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", probe], { stdio: "ignore" });
      execFileSync("umount", [probe], { stdio: "ignore" });
      return true;
    } finally {
      rmSync(probe, { recursive: true });
    }
  } catch {
    return false;
  }
}

/** Mounts a disk of its own over an empty directory; returns what takes it away again. */
export function mountSmallDisk(directory: string, size: string): () => void {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=711`, "none", directory]);
  let isMounted = true;
  return () => {
    if (isMounted) execFileSync("umount", ["--lazy", directory]);
    isMounted = false;
  };
}
