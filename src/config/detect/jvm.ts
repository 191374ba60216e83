/** Services of Java and Kotlin projects: Spring Boot, Quarkus, Micronaut and Ktor, with Maven or Gradle. */
import type { Candidate, Detector } from "./proposal.ts";
import { usedIn } from "./libraries.ts";
import { toldBySource } from "./listening.ts";
import type { Told } from "./listening.ts";
import { above, has, matching, sourceTexts, within } from "./tree.ts";
import type { Tree } from "./tree.ts";

interface Framework {
  readonly title: string;
  readonly maven?: RegExp;
  readonly gradle?: RegExp;
  /** Goal of Maven, task of Gradle. */
  readonly goals: readonly [maven: string, gradle: string];
  /** Words or a variable that tell the port; absent: the source says. */
  readonly words?: string;
  readonly variable?: string;
  /** Variables that override how it reaches a server, whatever its configuration says. */
  readonly servers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const jdbc = "jdbc:postgresql://${postgres.host}:${postgres.port}/${postgres.database}";
const [user, password] = ["${postgres.user}", "${postgres.password}"];
const springServers = {
  postgres: { SPRING_DATASOURCE_URL: jdbc, SPRING_DATASOURCE_USERNAME: user, SPRING_DATASOURCE_PASSWORD: password },
  redis: { SPRING_DATA_REDIS_HOST: "${redis.host}", SPRING_DATA_REDIS_PORT: "${redis.port}", SPRING_DATA_REDIS_PASSWORD: "${redis.password}" },
};
const quarkusServers = {
  postgres: { QUARKUS_DATASOURCE_JDBC_URL: jdbc, QUARKUS_DATASOURCE_USERNAME: user, QUARKUS_DATASOURCE_PASSWORD: password },
  redis: { QUARKUS_REDIS_HOSTS: "${redis.url}" },
};
const micronautServers = { postgres: { DATASOURCES_DEFAULT_URL: jdbc, DATASOURCES_DEFAULT_USERNAME: user, DATASOURCES_DEFAULT_PASSWORD: password }, redis: { REDIS_URI: "${redis.url}" } };

const frameworks: readonly Framework[] = [
  { title: "Spring Boot", maven: /spring-boot-maven-plugin/, gradle: /org\.springframework\.boot['")]/, goals: ["spring-boot:run", "bootRun"], variable: "SERVER_PORT", servers: springServers },
  { title: "Quarkus", maven: /quarkus-maven-plugin/, gradle: /['"(]io\.quarkus['")]/, goals: ["quarkus:dev", "quarkusDev"], variable: "QUARKUS_HTTP_PORT", servers: quarkusServers },
  { title: "Micronaut", maven: /micronaut-maven-plugin/, gradle: /io\.micronaut\.(?:minimal\.)?application/, goals: ["mn:run", "run"], variable: "MICRONAUT_SERVER_PORT", servers: micronautServers },
  { title: "Ktor", gradle: /io\.ktor\.plugin|ktor-server-(?:netty|cio|jetty|tomcat)|libs\.plugins\.ktor/, goals: ["exec:java", "run"] },
];

export const jvmDetector: Detector = {
  id: "jvm",
  files: ["pom.xml", "build.gradle", "build.gradle.kts"],
  detect(tree, directory) {
    const file = matching(tree, directory, ["build.gradle.kts", "build.gradle", "pom.xml"]).toSorted()[0] ?? "pom.xml";
    const text = tree.read(within(directory, file)) ?? "";
    const tool = file === "pom.xml" ? "maven" : "gradle";
    // A parent that only hands the plug-in down is no program.
    if (/<packaging>\s*pom\s*<\/packaging>/.test(text) || /\bapply false\b/.test(text)) return [];
    const framework = frameworks.find((one) => one[tool]?.test(text) === true);
    return framework === undefined ? [] : [candidateOf(tree, directory, within(directory, file), framework, tool)];
  },
};

function candidateOf(tree: Tree, directory: string, file: string, framework: Framework, tool: "maven" | "gradle"): Candidate {
  const told = framework.variable === undefined ? ktorPort(tree, directory) : { env: { [framework.variable]: "{port}" }, words: "" };
  const { words, env, ...rest } = told;
  const uses = usedIn(tree, directory, "jvm");
  // A daemon of Gradle would be shared by projects and outlive the service.
  const command = tool === "maven" ? `${wrapper(tree, directory, "mvnw", "mvn")} ${framework.goals[0]}` : `${wrapper(tree, directory, "gradlew", "gradle")} --no-daemon ${framework.goals[1]}`;
  return {
    role: "backend",
    dir: directory,
    command: `${command}${words}`,
    ...rest,
    env: Object.assign({}, ...uses.map((name) => framework.servers?.[name] ?? {}), env),
    listens: true,
    prepare: [],
    uses,
    reason: `${file}: ${framework.title} with ${tool === "maven" ? "Maven" : "Gradle"}`,
    file,
  };
}

/** The wrapper of the nearest directory above that has one. */
function wrapper(tree: Tree, directory: string, name: string, otherwise: string): string {
  let [place, up] = [directory, "./"];
  while (!has(tree, place, name)) {
    if (place === ".") return otherwise;
    [place, up] = [above(place), up === "./" ? "../" : `../${up}`];
  }
  return `${up}${name}`;
}

/** `EngineMain` takes the port as an argument; a configuration file may read a variable; else the program itself. */
function ktorPort(tree: Tree, directory: string): Told & { readonly words: string } {
  const resources = within(directory, "src/main/resources");
  const configuration = ["application.conf", "application.yaml"].map((name) => tree.read(within(resources, name)) ?? "").join("\n");
  const variable = /\$\{?\??\{?([A-Z_]*PORT)\b|"\$([A-Z_]*PORT)\b/.exec(configuration);
  const name = variable?.[1] ?? variable?.[2];
  if (name !== undefined) return { env: { [name]: "{port}" }, words: "" };
  const texts = sourceTexts(tree, within(directory, "src/main"), /\.(?:kt|java)$/, 8);
  if (texts.some((text) => /EngineMain\b/.test(text))) return { env: {}, words: ` --args="-port={port}"` };
  return { ...toldBySource(texts), words: "" };
}
