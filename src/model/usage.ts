/** What can be wrong with a command line. */

/** What is wrong with the words, as data; the sentences are made elsewhere. */
export type UsageTrouble =
  /** `unheard`: plug-ins that might have it, and that nobody has allowed. */
  | { readonly kind: "unknown_command"; readonly word: string; readonly nearest?: string; readonly unheard?: readonly string[] }
  | { readonly kind: "unknown_option"; readonly option: string; readonly command: string; readonly nearest?: string }
  | { readonly kind: "missing_value"; readonly option: string; readonly value: string; readonly command: string }
  | { readonly kind: "unexpected_value"; readonly option: string; readonly command: string }
  | { readonly kind: "bad_choice"; readonly option: string; readonly given: string; readonly choices: readonly string[]; readonly nearest?: string }
  | { readonly kind: "stray_word"; readonly word: string; readonly command: string; readonly takes: readonly string[]; readonly nearest?: string }
  | { readonly kind: "missing_argument"; readonly argument: string; readonly command: string }
  | { readonly kind: "exclusive_options"; readonly options: readonly string[]; readonly command: string };
