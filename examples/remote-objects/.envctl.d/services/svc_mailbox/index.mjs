// One mailbox for everybody: what one test delivers, another one finds.
export class Mailbox {
  static methods = ["deliver", "last", "count", "clear"];
  static instanceMode = "singleton";

  #mails = [];
  #emit;

  constructor({ emit, log }) {
    this.#emit = emit;
    log("the mailbox is open");
  }

  deliver(to, subject) {
    this.#mails.push({ to, subject });
    this.#emit("mail", { to, subject });
    return this.#mails.length;
  }

  last() {
    return this.#mails.at(-1);
  }

  count() {
    return this.#mails.length;
  }

  clear() {
    if (this.#mails.length === 0) throw new RangeError("there is no mail to clear");
    this.#mails = [];
  }
}
