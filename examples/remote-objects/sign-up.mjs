// A test that finds the mail which signing up has sent. Run it with `node sign-up.mjs`.
import assert from "node:assert/strict";
import { connect } from "envctl";

const envctl = await connect();
const mailbox = await envctl.get("mailbox");
const heard = new Promise((resolve) => envctl.on({ service: "mailbox", topic: "mail" }, ({ value }) => resolve(value)));

await mailbox.deliver("ada@example.com", "Welcome!");
assert.deepEqual(await mailbox.last(), { to: "ada@example.com", subject: "Welcome!" });
assert.deepEqual(await heard, { to: "ada@example.com", subject: "Welcome!" });

await mailbox.clear();
await assert.rejects(mailbox.clear(), { name: "RangeError", message: "there is no mail to clear" });
console.log("the mail has arrived");
envctl.close();
