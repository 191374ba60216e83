/** Completion scripts for three shells. Pure text; `envctl __complete` answers with names, one a line. */

export interface CompletionWords {
  readonly name: string;
  readonly about: string;
  readonly flags: readonly { readonly name: string; readonly about: string; readonly takesValue: boolean; readonly choices: readonly string[] }[];
  readonly words: readonly string[];
  readonly takesUnit: boolean;
}

/** Written for bash 3.2, which macOS has. */
export function bashScript(commands: readonly CompletionWords[]): string {
  const cases = commands.map((row) => `    ${row.name}) flags="${flagList(row)}"; words="${row.words.join(" ")}"${row.takesUnit ? "; live=units" : ""} ;;`);
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
    --project|--projects) COMPREPLY=($(compgen -W "$(envctl __complete projects 2>/dev/null)" -- "$current")); return ;;
    --service) COMPREPLY=($(compgen -W "$(envctl __complete units 2>/dev/null)" -- "$current")); return ;;
    --repo) COMPREPLY=($(compgen -d -- "$current")); return ;;
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
    const names = [...row.words, ...(row.takesUnit ? ["(envctl __complete units 2>/dev/null)"] : [])];
    return [`complete -c envctl -n __fish_use_subcommand -a ${row.name} -d ${quoted(row.about)}`, ...(names.length === 0 ? [] : [`complete -c envctl -n '${isUsed}' -a ${quoted(names.join(" "))}`]), ...flags];
  });
  return `# fish completion of envctl. Use: envctl completion fish | source\ncomplete -c envctl -f\n${lines.join("\n")}\n`;
}

function flagList(row: CompletionWords): string {
  return row.flags.map((flag) => `--${flag.name}`).join(" ");
}

function zshFlags(row: CompletionWords): readonly string[] {
  return row.flags.map((flag) => quoted(`--${flag.name}${flag.takesValue ? "=" : ""}[${flag.about.replaceAll(/[[\]:]/g, " ")}]${flag.takesValue ? `:${flag.name}:${zshValue(flag)}` : ""}`));
}

function zshValue(flag: CompletionWords["flags"][number]): string {
  if (flag.name === "project") return "_envctl_projects";
  if (flag.name === "service") return "_envctl_units";
  if (flag.name === "repo") return "_directories";
  return flag.choices.length > 0 ? `(${flag.choices.join(" ")})` : " ";
}

function zshWords(row: CompletionWords): readonly string[] {
  if (row.takesUnit) return ["'1:unit:_envctl_units'"];
  return row.words.length === 0 ? [] : [`'1:word:(${row.words.join(" ")})'`];
}

function fishValue(flag: CompletionWords["flags"][number]): string {
  if (!flag.takesValue) return "";
  if (flag.name === "project") return " -x -a '(envctl __complete projects 2>/dev/null)'";
  if (flag.name === "service") return " -x -a '(envctl __complete units 2>/dev/null)'";
  if (flag.name === "repo") return " -x -a '(__fish_complete_directories)'";
  return flag.choices.length > 0 ? ` -x -a '${flag.choices.join(" ")}'` : " -x";
}

/** Single quotes are the only ones inside which none of the three shells expands anything; fish reads `\\` in them, which `'\\''` avoids. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
