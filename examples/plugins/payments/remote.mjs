/** What tests say to the provider of a project, and ask it. They call it from their own processes; what it knows is in the server. */
export class Payments {
  static methods = ["declineNext", "answerNext", "calls", "forget"];

  #url;

  /** @param {unknown} _context @param {string} url where the provider is: PAYMENTS_URL of the project */
  constructor(_context, url) {
    if (!URL.canParse(url)) throw new TypeError('where is the provider? get("payments", process.env.PAYMENTS_URL)');
    this.#url = url;
  }

  /** The next payment is refused; those behind it are paid. */
  declineNext(reason = "card_declined") {
    return this.answerNext({ status: 402, body: { error: reason } });
  }

  /** What is answered to the next payments, in turn: `{ status, body, delayMs }`. */
  answerNext(...answers) {
    return this.#ask("/_fake/answers", { method: "POST", body: JSON.stringify(answers) });
  }

  /** What the application has asked. */
  calls() {
    return this.#ask("/_fake/calls");
  }

  /** Both what was asked and what is to be answered. */
  forget() {
    return this.#ask("/_fake", { method: "DELETE" });
  }

  async #ask(path, how) {
    const response = await fetch(new URL(path, this.#url), how);
    return response.json();
  }
}
