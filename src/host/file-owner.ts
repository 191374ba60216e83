/** Whose a file is, and states of a repository that other users keep. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname, join } from "node:path";

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** The name of the owner, else `user N`, of the file or what there is above it; undefined where nobody may tell. */
export function ownerOf(path: string): string | undefined {
  const uid = uidOf(path);
  return uid === undefined ? undefined : (accounts().find((one) => one.uid === uid)?.name ?? `user ${uid}`);
}

/** Who asks. */
export function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an account, as in containers.
    return `user ${process.getuid?.() ?? "?"}`;
  }
}

/** Where root and the accounts of a machine keep theirs. */
const usualPlaces = { ofRoot: "/var/lib/envctl", accounts: "/etc/passwd" };

/** Directories of the same scope where root, whoever called sudo, and the owner of the repository keep theirs. */
export function statesOfOthers(scopeRoot: string, repository: string, places = usualPlaces): readonly string[] {
  const uids = new Set([uidOf(repository), Number(process.env["SUDO_UID"] ?? "-1")]);
  const homes = accounts(places.accounts).filter(({ uid }) => uid !== 0 && uids.has(uid)).map(({ home }) => join(home, ".local", "state", "envctl"));
  return [places.ofRoot, ...homes].map((root) => join(root, basename(scopeRoot))).filter((path) => path !== scopeRoot && existsSync(path));
}

function uidOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    const above = dirname(path);
    return above === path ? undefined : uidOf(above);
  }
}

function accounts(path = usualPlaces.accounts): readonly Account[] {
  try {
    return readFileSync(path, "utf8").split("\n").flatMap((line) => {
      const [name = "", , uid = "", , , home = ""] = line.split(":");
      return name === "" || home === "" ? [] : [{ name, uid: Number(uid), home }];
    });
  } catch {
    return [];
  }
}
