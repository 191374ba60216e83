/** Small images made from programs of this machine and the libraries they need: no registry is asked. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { buildSync } from "esbuild";
import { onPath } from "../../src/host/on-path.ts";
import { sharedCache } from "./stage.ts";
import { testRoot } from "./test-root.ts";

export type TestImage = "postgres" | "redis" | "supabase" | "tiny" | "n8n-stand-in";

interface Recipe {
  readonly version: string;
  /** Absolute paths of programs, copied to /usr/local/bin. */
  readonly programs: readonly string[];
  /** Everything else that goes in, as paths that stay what they are. */
  readonly copies: readonly string[];
  /** Directories of the image that belong to user 999. */
  readonly owned: readonly string[];
  /** Lines of the Dockerfile. */
  readonly lines: readonly string[];
  /** Adds what is made rather than copied. */
  finish?(root: string): void;
}

const source = fileURLToPath(new URL("images", import.meta.url));

/** Makes sure that the engine has the image, from the cache if it was ever made of the same parts; returns its name. */
export async function ensureImage(docker: Docker, image: TestImage): Promise<string> {
  const recipe = recipes[image]();
  const name = `envctl-test/${image}:${recipe.version}`;
  const known = await docker.getImage(name).inspect().catch(() => undefined);
  if (known !== undefined) return name;
  const cached = join(sharedCache(), "docker", `${image}-${fingerprint(recipe)}.tar`);
  if (!existsSync(cached)) return build(docker, name, recipe, cached);
  await followed(docker, await docker.loadImage(createReadStream(cached)));
  return name;
}

const recipes: Readonly<Record<TestImage, () => Recipe>> = { postgres: postgresRecipe, redis: redisRecipe, supabase: supabaseRecipe, tiny: tinyRecipe, "n8n-stand-in": n8nStandInRecipe };

/** The newest of the system, as Debian's packages install it. */
function postgresRecipe(): Recipe {
  const base = "/usr/lib/postgresql";
  const version = (existsSync(base) ? readdirSync(base) : []).sort((one, other) => Number(other) - Number(one))[0];
  if (version === undefined) throw new Error("the PostgreSQL image is made of Debian's packages: `apt-get install postgresql`");
  const share = `/usr/share/postgresql/${version}`;
  return {
    version,
    programs: ["postgres", "initdb", "pg_ctl", "psql", "pg_isready", "pg_dump", "pg_restore"].map((name) => join(base, version, "bin", name)),
    copies: [join(base, version, "bin"), join(base, version, "lib"), share, "/usr/share/zoneinfo/Etc", "/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Europe", "/usr/lib/locale/C.utf8"],
    owned: ["var/lib/postgresql/data", "var/run/postgresql"],
    lines: [`ENV PG_MAJOR=${version} PGDATA=/var/lib/postgresql/data LANG=C.UTF-8`, "EXPOSE 5432", "VOLUME /var/lib/postgresql/data", "STOPSIGNAL SIGINT", 'ENTRYPOINT ["entry"]', 'CMD ["postgres"]'],
    finish: (root) => {
      // Debian's programs find their directories by where they are, so the ones on the path are links.
      for (const name of readdirSync(join(root, base, version, "bin"))) {
        rmSync(join(root, "usr/local/bin", name), { force: true });
        symlinkSync(join(base, version, "bin", name), join(root, "usr/local/bin", name));
      }
      // Just-in-time compilation would bring a compiler along, the languages Perl and Python.
      const directory = join(root, base, version, "lib");
      for (const part of readdirSync(directory)) if (/llvmjit|bitcode|perl|python|pltcl|pgxs/.test(part)) rmSync(join(directory, part), { recursive: true });
      const sample = join(root, share, "postgresql.conf.sample");
      writeFileSync(sample, `${readFileSync(sample, "utf8")}\nlisten_addresses = '*'\nunix_socket_directories = '/var/run/postgresql'\n`);
      mkdirSync(join(root, "docker-entrypoint-initdb.d"));
      addEntry(root, "postgres.sh");
    },
  };
}

function redisRecipe(): Recipe {
  const programs = ["redis-server", "redis-cli"].map(programOnPath);
  return {
    version: /v=(\d+)/.exec(execFileSync(programs[0] ?? "", ["--version"], { encoding: "utf8" }))?.[1] ?? "0",
    programs,
    copies: [],
    owned: ["data"],
    lines: ["WORKDIR /data", "EXPOSE 6379", "VOLUME /data", 'ENTRYPOINT ["entry"]', 'CMD ["redis-server"]'],
    finish: (root) => addEntry(root, "redis.sh"),
  };
}

/** Node, and a program that is whichever part of Supabase it is told to be. */
function supabaseRecipe(): Recipe {
  return {
    version: "1",
    programs: [process.execPath],
    copies: [],
    owned: [],
    lines: ['CMD ["node", "/part.mjs"]'],
    finish: (root) => {
      bundleWithPg("supabase-part.mjs", join(root, "part.mjs"));
      writeFileSync(join(root, "usr/local/bin/edge-runtime"), "#!/bin/sh\nexec node /part.mjs\n", { mode: 0o755 });
    },
  };
}

/** `pg` is CommonJS, and asks for modules of Node by `require`. */
function bundleWithPg(name: string, outfile: string): void {
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  buildSync({ entryPoints: [join(source, name)], outfile, bundle: true, platform: "node", format: "esm", external: ["pg-native"], banner, logLevel: "warning" });
}

/** A shell, a web server and nothing else. */
function tinyRecipe(): Recipe {
  return {
    version: "1",
    programs: [],
    copies: [],
    owned: [],
    lines: ["EXPOSE 80", 'CMD ["tiny"]'],
    finish: (root) => void execFileSync("cc", ["-static", "-O2", "-o", join(root, "usr/local/bin/tiny"), join(source, "tiny.c")]),
  };
}

/** Not n8n: a few lines on Node that speak like it, with its port, its paths, its variables and its user's directory. */
function n8nStandInRecipe(): Recipe {
  return {
    version: "2.8.4",
    programs: [realpathSync(process.execPath)],
    copies: [],
    owned: ["home/node/.n8n"],
    lines: ["USER 999:999", "EXPOSE 5678", 'CMD ["node", "/n8n-stand-in.mjs"]'],
    finish: (root) => bundleWithPg("n8n-stand-in.mjs", join(root, "n8n-stand-in.mjs")),
  };
}

/** In every image. */
const shellPrograms = ["cat", "chmod", "chown", "cp", "date", "dd", "df", "du", "env", "grep", "head", "id", "ln", "ls", "mkdir", "mv", "rm", "sed", "seq", "setpriv", "sleep", "tail", "timeout", "touch", "tr", "wc"];

function programOnPath(name: string): string {
  const path = onPath(name, process.env);
  if (path === undefined) throw new Error(`${name} is not on the PATH, and the images of the tests are made of it`);
  // What is behind Debian's alternatives and links.
  return join(dirname(realpathSync(path)), basename(path));
}

async function build(docker: Docker, name: string, recipe: Recipe, cached: string): Promise<string> {
  const directory = mkdtempSync(join(testRoot, "image-"));
  try {
    writeRoot(join(directory, "root"), recipe);
    const lines = ["FROM scratch", "ADD root.tar /", "ENV PATH=/usr/local/bin:/usr/bin:/bin", ...recipe.lines, "LABEL envctl.test=image"];
    writeFileSync(join(directory, "Dockerfile"), `${lines.join("\n")}\n`);
    execFileSync("tar", ["--numeric-owner", "-C", join(directory, "root"), "-cf", join(directory, "root.tar"), "."]);
    await followed(docker, await docker.buildImage({ context: directory, src: ["Dockerfile", "root.tar"] }, { t: name }));
    mkdirSync(dirname(cached), { recursive: true });
    await pipeline(await docker.getImage(name).get(), createWriteStream(`${cached}.${process.pid}`));
    renameSync(`${cached}.${process.pid}`, cached);
    removeOlder(cached);
    return name;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of the same image, made of other parts. */
function removeOlder(cached: string): void {
  const [directory, image] = [dirname(cached), basename(cached).replace(/-[^-]*$/, "-")];
  for (const name of readdirSync(directory)) if (name.startsWith(image) && name !== basename(cached)) rmSync(join(directory, name));
}

function writeRoot(root: string, recipe: Recipe): void {
  for (const name of ["usr/local/bin", "usr/bin", "bin", "etc", "tmp", "run", "var", "proc", "sys", "dev", "root"]) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  symlinkSync("/run", join(root, "var/run"));
  copyFileSync(programOnPath("dash"), join(root, "bin/sh"));
  for (const path of [...shellPrograms.map(programOnPath), ...recipe.programs]) copyFileSync(path, join(root, "usr/local/bin", basename(path)));
  for (const path of recipe.copies) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    execFileSync("cp", ["-rL", path, join(root, path)]);
  }
  writeFileSync(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nserver:x:999:999::/tmp:/bin/sh\npostgres:x:999:999::/tmp:/bin/sh\n");
  writeFileSync(join(root, "etc/group"), "root:x:0:\nserver:x:999:\n");
  recipe.finish?.(root);
  addLibraries(root);
  for (const owned of recipe.owned) {
    mkdirSync(join(root, owned), { recursive: true });
    execFileSync("chown", ["999:999", join(root, owned)]);
  }
}

function addEntry(root: string, script: string): void {
  copyFileSync(join(source, script), join(root, "usr/local/bin/entry"));
  chmodSync(join(root, "usr/local/bin/entry"), 0o755);
}

/** Whatever the dynamic linker names for anything in it, and the C library's parts for names of users and hosts. */
function addLibraries(root: string): void {
  const files = execFileSync("find", [root, "-type", "f", "(", "-perm", "/111", "-o", "-name", "*.so*", ")"], { encoding: "utf8" }).trim().split("\n");
  // It says what it knows of each file; scripts and static programs make it end with 1.
  const output = execFileSync("sh", ["-c", 'ldd "$@" 2>/dev/null; true', "sh", ...files], { encoding: "utf8" });
  const libraries = new Set([...output.matchAll(/(?:=> |^\t)(\/\S+)/gm)].map(([, path]) => path ?? ""));
  const systemDirectory = dirname([...libraries].find((path) => path.includes("/libc.so")) ?? "/lib/libc.so");
  for (const name of ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]) if (existsSync(join(systemDirectory, name))) libraries.add(join(systemDirectory, name));
  for (const path of libraries) {
    if (existsSync(join(root, path))) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
}

/** Changes with the recipe, the files beside this one and the programs. */
function fingerprint(recipe: Recipe): string {
  const hash = createHash("sha256").update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(source).sort()) hash.update(readFileSync(join(source, name)));
  for (const path of [...recipe.programs, programOnPath("dash")]) hash.update(readFileSync(path));
  return hash.digest("hex").slice(0, 16);
}

/** Until the engine is done; rejects with what went wrong. */
function followed(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, rows: readonly { readonly error?: string }[] | null) => {
      const failed = error?.message ?? rows?.find((row) => row.error !== undefined)?.error;
      if (failed === undefined) resolve();
      else reject(new Error(failed));
    });
  });
}
