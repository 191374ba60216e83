/** Repositories in Go, Rust, Java, Kotlin, C# and Elixir. */
import { pack, type RepositoryFixture } from "./fixture.ts";

export const compiledRepositories: readonly RepositoryFixture[] = [
  {
    title: "Go with net/http at the root",
    files: {
      "go.mod": "module example.com/hello\n\ngo 1.22\n",
      "main.go": 'package main\n\nfunc main() {\n\tport := os.Getenv("PORT")\n\tif port == "" {\n\t\tport = "8080"\n\t}\n\tlog.Fatal(http.ListenAndServe(":"+port, nil))\n}\n',
    },
    services: ["backend . 8000 go run . | PORT={port}"],
    requirements: [],
  },
  {
    title: "Go with cmd/, an internal server, a worker and a migration tool",
    files: {
      "go.mod": "module github.com/acme/orders\n\ngo 1.23\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.10.0\n\tgithub.com/jackc/pgx/v5 v5.6.0\n\tgithub.com/redis/go-redis/v9 v9.5.0\n)\n",
      "cmd/api/main.go": 'package main\n\nimport (\n\t"github.com/acme/orders/internal/config"\n\t"github.com/acme/orders/internal/server"\n)\n\nfunc main() { server.Run(config.Load()) }\n',
      "cmd/worker/main.go": 'package main\n\nimport "github.com/acme/orders/internal/queue"\n\nfunc main() { queue.Consume() }\n',
      "cmd/migrate/main.go": "package main\n\nfunc main() { migrate() }\n",
      "internal/server/server.go": "package server\n\nfunc Run(c Config) { r := gin.Default(); r.Run(c.Addr()) }\n",
      "internal/config/config.go": 'package config\n\ntype Config struct {\n\tPort int `env:"HTTP_PORT" envDefault:"8080"`\n}\n',
      "internal/queue/queue.go": "package queue\n\nfunc Consume() {}\n",
      "Makefile": "dev:\n\tgo run ./cmd/api\n",
    },
    services: ["api . 8000 go run ./cmd/api | HTTP_PORT={port} | postgres | redis", "worker . none go run ./cmd/worker | postgres | redis"],
    requirements: ["postgres {}", "redis {}"],
  },
  {
    title: "Go that takes its address as a flag, beside a Vite frontend",
    files: {
      "server/go.mod": "module server\n",
      "server/main.go": 'package main\n\nvar addr = flag.String("addr", ":8080", "listen address")\n\nfunc main() { flag.Parse(); http.ListenAndServe(*addr, nil) }\n',
      "web/package.json": pack({ dev: "vite", build: "vite build" }),
      "web/package-lock.json": "{}",
      "web/.env.example": "VITE_API_URL=http://localhost:8080/api\n",
    },
    services: ["server server 8000 go run . -addr 127.0.0.1:{port}", "web web 9000 npm run dev -- --port {port} --strictPort | VITE_API_URL=${services.server.url}/api"],
    requirements: [],
  },
  {
    title: "Rust with axum and sqlx",
    files: {
      "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\n\n[dependencies]\naxum = "0.7"\nsqlx = { version = "0.8", features = ["postgres", "runtime-tokio"] }\n',
      "Cargo.lock": "",
      "src/main.rs": 'async fn main() {\n    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());\n    let listener = TcpListener::bind(format!("0.0.0.0:{port}")).await;\n}\n',
      ".env.example": "DATABASE_URL=postgres://postgres:postgres@localhost/shop\n",
    },
    services: ["backend . 8000 cargo run | PORT={port} | postgres"],
    requirements: ["postgres {}"],
  },
  {
    title: "a Cargo workspace with a Rocket server and a library",
    files: {
      "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
      "crates/server/Cargo.toml": '[package]\nname = "server"\n\n[dependencies]\nrocket = "0.5"\ncore = { path = "../core" }\n',
      "crates/server/src/main.rs": "#[launch]\nfn rocket() -> _ { rocket::build() }\n",
      "crates/core/Cargo.toml": '[package]\nname = "core"\n',
      "crates/core/src/lib.rs": "pub fn add() {}\n",
    },
    services: ["server crates/server 8000 cargo run | ROCKET_PORT={port}"],
    requirements: [],
  },
  {
    title: "Rust that names its port in the source",
    files: {
      "Cargo.toml": '[package]\nname = "links"\n\n[dependencies]\nactix-web = "4"\n',
      "src/main.rs": 'async fn main() { HttpServer::new(|| App::new()).bind(("127.0.0.1", 8080))?.run().await }\n',
    },
    // A person would change the source first; PORT alone does nothing.
    services: ["backend . 8080 cargo run"],
    requirements: [],
  },
  {
    title: "Spring Boot with Maven",
    files: {
      "pom.xml": "<project><dependencies><dependency><groupId>org.postgresql</groupId></dependency></dependencies><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>",
      mvnw: "#!/bin/sh\n",
      "src/main/java/shop/Application.java": "@SpringBootApplication class Application {}\n",
      "compose.yaml": "services:\n  postgres:\n    image: 'postgres:latest'\n    environment:\n      - POSTGRES_DB=mydatabase\n      - POSTGRES_USER=myuser\n      - POSTGRES_PASSWORD=secret\n    ports:\n      - '5432'\n",
    },
    services: [
      "backend . 8000 ./mvnw spring-boot:run | SPRING_DATASOURCE_URL=jdbc:postgresql://${postgres.host}:${postgres.port}/${postgres.database} | SPRING_DATASOURCE_USERNAME=${postgres.user} | SPRING_DATASOURCE_PASSWORD=${postgres.password} | SERVER_PORT={port} | postgres",
    ],
    requirements: ["postgres { database: mydatabase, user: myuser }"],
  },
  {
    title: "a Gradle build of two Spring Boot services",
    files: {
      "settings.gradle.kts": 'rootProject.name = "shop"\ninclude("orders", "billing:server")\n',
      "build.gradle.kts": 'plugins {\n  id("org.springframework.boot") version "3.3.0" apply false\n}\n',
      gradlew: "#!/bin/sh\n",
      "orders/build.gradle.kts": 'plugins {\n  id("org.springframework.boot")\n}\n',
      "billing/server/build.gradle.kts": 'plugins {\n  id("org.springframework.boot")\n}\ndependencies { implementation("org.springframework.boot:spring-boot-starter-data-redis") }\n',
    },
    services: [
      "orders orders 8000 ../gradlew --no-daemon bootRun | SERVER_PORT={port}",
      "server billing/server 8001 ../../gradlew --no-daemon bootRun | SPRING_DATA_REDIS_HOST=${redis.host} | SPRING_DATA_REDIS_PORT=${redis.port} | SPRING_DATA_REDIS_PASSWORD=${redis.password} | SERVER_PORT={port} | redis",
    ],
    requirements: ["redis {}"],
  },
  {
    title: "Ktor with Gradle and a configuration that reads PORT",
    files: {
      "build.gradle.kts": 'plugins {\n  kotlin("jvm")\n  id("io.ktor.plugin") version "2.3.12"\n}\napplication { mainClass.set("io.ktor.server.netty.EngineMain") }\n',
      gradlew: "#!/bin/sh\n",
      "src/main/resources/application.conf": "ktor {\n  deployment {\n    port = 8080\n    port = ${?PORT}\n  }\n}\n",
    },
    services: ["backend . 8000 ./gradlew --no-daemon run | PORT={port}"],
    requirements: [],
  },
  {
    title: "Quarkus with Maven",
    files: { "pom.xml": "<project><build><plugins><plugin><artifactId>quarkus-maven-plugin</artifactId></plugin></plugins></build></project>", mvnw: "" },
    services: ["backend . 8000 ./mvnw quarkus:dev | QUARKUS_HTTP_PORT={port}"],
    requirements: [],
  },
  {
    title: "a .NET solution with an API, a worker and a library",
    files: {
      "Shop.sln": "",
      "src/Shop.Api/Shop.Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Npgsql.EntityFrameworkCore.PostgreSQL" /></ItemGroup></Project>',
      "src/Shop.Api/appsettings.Development.json": '{\n  // local\n  "ConnectionStrings": { "Shop": "Host=localhost;Database=shop;Username=postgres;Password=postgres" }\n}\n',
      "src/Shop.Mailer/Shop.Mailer.csproj": '<Project Sdk="Microsoft.NET.Sdk.Worker"></Project>',
      "src/Shop.Domain/Shop.Domain.csproj": '<Project Sdk="Microsoft.NET.Sdk"></Project>',
      "tests/Shop.Tests/Shop.Tests.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>',
    },
    services: [
      "api src/Shop.Api 8000 dotnet run --no-launch-profile | ConnectionStrings__Shop=Host=${postgres.host};Port=${postgres.port};Database=${postgres.database};Username=${postgres.user};Password=${postgres.password} | ASPNETCORE_URLS=http://127.0.0.1:{port} | ASPNETCORE_ENVIRONMENT=Development | postgres",
      "mailer src/Shop.Mailer none dotnet run --no-launch-profile | DOTNET_ENVIRONMENT=Development",
    ],
    requirements: ["postgres {}"],
  },
  {
    title: "Phoenix",
    files: {
      "mix.exs": 'defmodule Shop.MixProject do\n  defp deps do\n    [{:phoenix, "~> 1.8"}, {:postgrex, ">= 0.0.0"}]\n  end\nend\n',
      "config/dev.exs": 'config :shop, ShopWeb.Endpoint,\n  http: [ip: {127, 0, 0, 1}, port: String.to_integer(System.get_env("PORT") || "4000")]\n',
      "assets/package.json": pack({}),
    },
    services: ["backend . 8000 mix phx.server | PORT={port} | postgres"],
    requirements: ["postgres {}"],
  },
  {
    title: "a Phoenix umbrella that names its port",
    files: {
      "mix.exs": 'defmodule Shop.MixProject do\n  def project, do: [apps_path: "apps"]\nend\n',
      "config/dev.exs": "config :shop_web, ShopWeb.Endpoint, http: [ip: {127, 0, 0, 1}, port: 4000]\n",
      "apps/shop/mix.exs": 'build_path: "../../_build"\n{:postgrex, ">= 0.0.0"}\n',
      "apps/shop_web/mix.exs": 'build_path: "../../_build"\n{:phoenix, "~> 1.7"},\n',
    },
    services: ["backend . 4000 mix phx.server | PORT={port} | postgres"],
    requirements: ["postgres {}"],
  },
];
