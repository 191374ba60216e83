/** Completion scripts for four shells. Pure text; `envctl __complete` answers with names, one a line. */

/** Names that are asked for when they are needed; directories are the shell's own affair. */
export type LiveNames = "projects" | "units" | "requirements" | "directories";

export interface CompletionFlag {
  readonly name: string;
  readonly about: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly live?: LiveNames;
}

export interface CompletionWords {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly CompletionFlag[];
  readonly words: readonly string[];
  /** Names that its own word may be. */
  readonly live?: LiveNames;
}

/** Written for bash 3.2, which macOS has. */
export function bashScript(commands: readonly CompletionWords[]): string {
  const cases = commands.map((row) => `    ${row.name}) flags="${flagList(row)}"; words="${row.words.join(" ")}"${row.live === undefined ? "" : `; live=${row.live}`} ;;`);
  return `# bash completion of envctl. Use: source <(envctl completion bash)
_envctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word flags="" words="" live=""
  local index=1
  while [ "$index" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[$index]}"
    case "$word" in
      --) return ;;
      ${commands.map((row) => row.name).join("|")}) command="$word"; break ;;
    esac
    index=$((index + 1))
  done
  case "\${command:-start}" in
${cases.join("\n")}
  esac
  case "$previous" in
${liveFlags(commands).map(([names, live]) => `    ${names.map((name) => `--${name}`).join("|")}) COMPREPLY=($(${bashNames(live)})); return ;;`).join("\n")}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")); return ;;
  esac
  if [ -z "$command" ]; then words="${commands.map((row) => row.name).join(" ")}"; fi
  if [ -n "$live" ]; then words="$words $(envctl __complete "$live" 2>/dev/null)"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _envctl envctl
`;
}

export function zshScript(commands: readonly CompletionWords[]): string {
  const cases = commands.map((row) => `    ${row.name}) _arguments -S ${[...zshFlags(row), ...zshWords(row)].join(" ")} ;;`);
  return `#compdef envctl
# zsh completion of envctl. Use: source <(envctl completion zsh), after compinit
_envctl_names() { local -a names; names=(\${(f)"$(envctl __complete $1 2>/dev/null)"}); compadd -a names }
_envctl_projects() { _envctl_names projects }
_envctl_units() { _envctl_names units }
_envctl_requirements() { _envctl_names requirements }
_envctl() {
  local -a commands
  commands=(
${commands.map((row) => `    ${quoted(`${row.name}:${row.about}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ "$words[2]" != -* ]]; then
    _describe command commands
    return
  fi
  local command="$words[2]"
  if [[ "$command" == -* ]]; then command=start; else shift words; (( CURRENT-- )); fi
  case "$command" in
${cases.join("\n")}
  esac
}
compdef _envctl envctl
`;
}

export function fishScript(commands: readonly CompletionWords[]): string {
  const lines = commands.flatMap((row) => {
    const isUsed = row.name === "start" ? `__fish_use_subcommand; or __fish_seen_subcommand_from start` : `__fish_seen_subcommand_from ${row.name}`;
    const flags = row.flags.map((flag) => `complete -c envctl -n '${isUsed}' -l ${flag.name} -d ${quoted(flag.about)}${fishValue(flag)}`);
    const names = [...row.words, ...(row.live === undefined ? [] : [`(envctl __complete ${row.live} 2>/dev/null)`])];
    return [`complete -c envctl -n __fish_use_subcommand -a ${row.name} -d ${quoted(row.about)}`, ...(names.length === 0 ? [] : [`complete -c envctl -n '${isUsed}' -a ${quoted(names.join(" "))}`]), ...flags];
  });
  return `# fish completion of envctl. Use: envctl completion fish | source\ncomplete -c envctl -f\n${lines.join("\n")}\n`;
}

/** For PowerShell 5 and newer, on any system. */
export function powershellScript(commands: readonly CompletionWords[]): string {
  const rows = commands.map((row) => `  ${powershellText(row.name)} = @{ about = ${powershellText(row.about)}; flags = @(${row.flags.map(({ name }) => powershellText(`--${name}`)).join(", ")}); words = @(${row.words.map(powershellText).join(", ")}); live = ${powershellText(row.live ?? "")} }`);
  const values = liveFlags(commands).filter(([, live]) => live !== "directories").flatMap(([names, live]) => names.map((name) => `  ${powershellText(`--${name}`)} = ${powershellText(live)}`));
  return `# PowerShell completion of envctl. Use: envctl completion powershell | Out-String | Invoke-Expression
$envctlCommands = [ordered]@{
${rows.join("\n")}
}
$envctlValues = @{
${values.join("\n")}
}
Register-ArgumentCompleter -Native -CommandName envctl -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  $command = $words | Where-Object { $envctlCommands.Contains($_) } | Select-Object -First 1
  $row = $envctlCommands[$(if ($command) { $command } else { 'start' })]
  $previous = if ($words.Count -gt 0) { $words[-1] } else { '' }
  $found = if ($envctlValues.ContainsKey($previous)) { envctl __complete $envctlValues[$previous] 2>$null }
    elseif ($wordToComplete -like '-*') { $row.flags }
    else {
      if (-not $command) { $envctlCommands.Keys }
      $row.words
      if ($row.live) { envctl __complete $row.live 2>$null }
    }
  $found | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    $about = if ($envctlCommands.Contains($_)) { $envctlCommands[$_].about } else { $_ }
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $about)
  }
}
`;
}

/** Flags whose values are names, those of one kind together. */
function liveFlags(commands: readonly CompletionWords[]): readonly (readonly [names: readonly string[], live: LiveNames])[] {
  const kinds = new Map<LiveNames, Set<string>>();
  for (const { name, live } of commands.flatMap(({ flags }) => flags)) if (live !== undefined) kinds.set(live, (kinds.get(live) ?? new Set()).add(name));
  return [...kinds].map(([live, names]) => [[...names], live]);
}

function bashNames(live: LiveNames): string {
  return live === "directories" ? 'compgen -d -- "$current"' : `compgen -W "$(envctl __complete ${live} 2>/dev/null)" -- "$current"`;
}

function flagList(row: CompletionWords): string {
  return row.flags.map((flag) => `--${flag.name}`).join(" ");
}

function zshFlags(row: CompletionWords): readonly string[] {
  return row.flags.map((flag) => quoted(`--${flag.name}${flag.takesValue ? "=" : ""}[${flag.about.replaceAll(/[[\]:]/g, " ")}]${flag.takesValue ? `:${flag.name}:${zshValue(flag)}` : ""}`));
}

function zshValue({ live, choices }: CompletionFlag): string {
  if (live !== undefined) return live === "directories" ? "_directories" : `_envctl_${live}`;
  return choices.length > 0 ? `(${choices.join(" ")})` : " ";
}

function zshWords(row: CompletionWords): readonly string[] {
  if (row.live !== undefined) return [`'1:name:_envctl_${row.live}'`];
  return row.words.length === 0 ? [] : [`'1:word:(${row.words.join(" ")})'`];
}

function fishValue({ takesValue, live, choices }: CompletionFlag): string {
  if (!takesValue) return "";
  if (live !== undefined) return live === "directories" ? " -x -a '(__fish_complete_directories)'" : ` -x -a '(envctl __complete ${live} 2>/dev/null)'`;
  return choices.length > 0 ? ` -x -a '${choices.join(" ")}'` : " -x";
}

/** Single quotes are the only ones inside which none of the three shells expands anything; fish reads `\\` in them, which `'\\''` avoids. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** PowerShell doubles the quote. */
function powershellText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
