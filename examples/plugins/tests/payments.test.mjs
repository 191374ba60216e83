// Run it where the application's variables are: `envctl exec api -- node --test payments.test.mjs`.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { connect } from "envctl";

const envctl = await connect();
after(() => envctl.close());
const payments = await envctl.get("payments", process.env.PAYMENTS_URL);

/** What the application does when somebody buys. */
async function charge(amount) {
  const { status } = await fetch(`${process.env.PAYMENTS_URL}/charges`, { method: "POST", body: JSON.stringify({ amount }) });
  return status;
}

test("a declined card is paid with at the second attempt", async () => {
  await payments.forget();
  await payments.declineNext("insufficient_funds");
  assert.deepEqual([await charge(5), await charge(5)], [402, 200]);
  const asked = { method: "POST", path: "/charges", body: { amount: 5 } };
  assert.deepEqual(await payments.calls(), [asked, asked]);
});

test("two declined in a row, then a provider that is down", async () => {
  await payments.declineNext();
  await payments.declineNext();
  await payments.answerNext({ status: 503 });
  assert.deepEqual([await charge(1), await charge(2), await charge(3), await charge(4)], [402, 402, 503, 200]);
});
