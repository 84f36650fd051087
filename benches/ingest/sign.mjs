// Prints signed events, one in each line: signature, tab, body. `sign.mjs SECRET NAME COUNT`
import { createHmac } from 'node:crypto';

const [secret, name, count] = process.argv.slice(2);
const t = Math.floor(Date.now() / 1000);
const fields = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field-${n}`, { type: 'string', value: `a value of some length, number ${n}` }]));
const lines = [];
for (let n = 0; n < Number(count); n++) {
  const inquiry = { type: 'inquiry', id: `inq_${name}${n}`, attributes: { status: 'created', 'created-at': '2026-11-20T09:14:02.000Z', fields } };
  const attributes = { name: 'inquiry.created', 'created-at': '2026-11-20T09:14:02.000Z', payload: { data: inquiry } };
  const body = JSON.stringify({ data: { type: 'event', id: `evt_${name}${n}`, attributes } });
  lines.push(`t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}\t${body}`);
}
process.stdout.write(`${lines.join('\n')}\n`);
