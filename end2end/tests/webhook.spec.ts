import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { expect, freePort, Program, signingKey, test } from './desk';

// Persona signs as Stripe does. A header created by Stripe's own library shows that the desk does not only agree with
// itself.
test('A signature made by the Stripe library is accepted, and a changed byte is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const secret = 'wbhsec_11111111-2222-3333-4444-555555555555';
  const program = Program.start(['serve'], {
    DATABASE_URL: `sqlite:${join(folder, 'desk.db')}`,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    PERSONA_API_URL: `http://127.0.0.1:${await freePort()}/api/v1`,
    PERSONA_API_KEY: 'persona_sandbox_x',
    PERSONA_WEBHOOK_SECRET: `wbhsec_being-rotated-out,${secret}`,
    COUNTERSIGN_SIGNING_KEY: signingKey(folder),
  });
  try {
    await program.ready(url);
    const stripe = new Stripe('sk_test_unused');
    const payload = JSON.stringify({
      data: {
        type: 'event',
        id: 'evt_stripe1',
        attributes: {
          name: 'inquiry.created',
          'created-at': '2026-11-20T09:31:44.612Z',
          payload: { data: { type: 'inquiry', id: 'inq_stripe1', attributes: { status: 'created', 'created-at': '2026-11-20T09:31:44.000Z' } } },
        },
      },
    });
    const header = stripe.webhooks.generateTestHeaderString({ payload, secret });
    const post = (body: string, signature: string) =>
      fetch(`${url}/webhooks/persona`, { method: 'POST', body, headers: { 'Persona-Signature': signature, 'Content-Type': 'application/json' } });
    expect((await post(payload, header)).status).toBe(202);
    expect((await post(payload.replace('created', 'creatEd'), header)).status).toBe(401);
    expect((await post(payload, header.replace(/v1=(.)/, (_, c) => `v1=${c === '0' ? '1' : '0'}`))).status).toBe(401);
    const other = stripe.webhooks.generateTestHeaderString({ payload, secret: 'wbhsec_somebody-else' });
    expect((await post(payload, other)).status).toBe(401);
    // While rotating, Persona sends two sets; one valid set is enough.
    expect((await post(payload, `${other} ${header}`)).status).toBe(202);
  } finally {
    await program.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
});
