/** Control groups for an engine, whatever of them the machine has mounted, and their end. Linux only. */
import { spawnSync } from "node:child_process";

/**
 * Shell text for a mount namespace of one's own. With version 1 containerd wants every hierarchy that processes are told to
 * be in mounted below one directory, and machines do not always have that; on a fresh machine there is none at all.
 */
export const mountControlGroups = `
groups=/sys/fs/cgroup
attach() {
  mkdir "$groups/\${1#name=}"
  case $1 in
    name=*) mount -t cgroup -o "none,$1" cgroup "$groups/\${1#name=}" ;;
    *)
      mount -t cgroup -o "$1" cgroup "$groups/$1"
      for part in $(echo "$1" | tr , ' '); do [ -e "$groups/$part" ] || ln -s "$1" "$groups/$part"; done ;;
  esac
}
if [ ! -e $groups/cgroup.controllers ]; then
  mount -t tmpfs cgroup $groups
  for one in $(cut -d: -f2 /proc/self/cgroup); do attach "$one"; done
  for one in cpu cpuacct cpuset memory devices freezer blkio pids; do [ -e $groups/$one ] || attach $one; done
fi`;

/** Removes the group below the root of every hierarchy, with all in it. Nothing may run in it. Where nothing can be mounted there is none. */
export function removeControlGroup(name: string): void {
  const script = `${mountControlGroups}\nfind $groups -depth -type d "(" -path "*/$1" -o -path "*/$1/*" ")" -exec rmdir {} +`;
  const { stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script, "sh", name], { encoding: "utf8" });
  if (stderr.includes("rmdir:")) throw new Error(`control groups of the tests are left: ${stderr}`);
}
