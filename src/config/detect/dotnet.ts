/** Services of .NET: web projects, and workers of the generic host. */
import type { Detector } from "./proposal.ts";
import { plainData, textOf } from "./data.ts";
import { usedIn } from "./libraries.ts";
import { matching, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

const projects = ["*.csproj", "*.fsproj"];

export const dotnetDetector: Detector = {
  id: "dotnet",
  files: projects,
  detect(tree, directory) {
    return matching(tree, directory, projects).flatMap((name) => {
      const text = tree.read(within(directory, name)) ?? "";
      const listens = /Sdk="Microsoft\.NET\.Sdk\.Web"/.test(text);
      const isClient = /Sdk="Microsoft\.NET\.Sdk\.BlazorWebAssembly"/.test(text);
      if (!listens && !isClient && !/Sdk="Microsoft\.NET\.Sdk\.Worker"/.test(text)) return [];
      const title = name.replace(/\.\w+proj$/, "");
      const isOnly = matching(tree, directory, projects).length === 1;
      return [{
        role: isClient ? ("frontend" as const) : listens ? ("backend" as const) : ("worker" as const),
        name: title.slice(title.lastIndexOf(".") + 1).toLowerCase(),
        dir: directory,
        // The launch profile would bring its own addresses.
        command: isOnly ? "dotnet run --no-launch-profile" : `dotnet run --no-launch-profile --project ${name}`,
        listens: listens || isClient,
        env: { ...connections(tree, directory), ...(listens || isClient ? { ASPNETCORE_URLS: "http://127.0.0.1:{port}", ASPNETCORE_ENVIRONMENT: "Development" } : { DOTNET_ENVIRONMENT: "Development" }) },
        prepare: [{ name: "restore", command: "dotnet restore", inputs: [name] }],
        uses: usedIn(tree, directory, "dotnet"),
        reason: `${within(directory, name)}: ${isClient ? "Blazor" : listens ? "ASP.NET Core" : "a .NET worker"}`,
        file: within(directory, name),
      }];
    });
  },
};

/** Every connection string to a PostgreSQL, as the variable that overrides it. */
function connections(tree: Tree, directory: string): Readonly<Record<string, string>> {
  const texts = ["appsettings.json", "appsettings.Development.json"].map((name) => plainData(plainData(tree.read(within(directory, name))).ConnectionStrings));
  const strings = Object.entries({ ...texts[0], ...texts[1] }).filter(([, value]) => /\b(?:Host|Server)=.*\b(?:Username|User Id|Port=5432)\b/i.test(textOf(value) ?? "") && !/Trusted_Connection|,\d{4}|TrustServerCertificate/i.test(textOf(value) ?? ""));
  const address = "Host=${postgres.host};Port=${postgres.port};Database=${postgres.database};Username=${postgres.user};Password=${postgres.password}";
  return usedIn(tree, directory, "dotnet").includes("postgres") ? Object.fromEntries(strings.map(([name]) => [`ConnectionStrings__${name}`, address])) : {};
}
