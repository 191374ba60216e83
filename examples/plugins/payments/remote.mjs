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
    return this.#ask("POST", "/_fake/answers", answers);
  }

  /** What the application has asked. */
  calls() {
    return this.#ask("GET", "/_fake/calls");
  }

  /** Both what was asked and what is to be answered. */
  forget() {
    return this.#ask("DELETE", "/_fake");
  }

  async #ask(method, path, body) {
    const response = await fetch(new URL(path, this.#url), { method, body: JSON.stringify(body) });
    return response.json();
  }
}
