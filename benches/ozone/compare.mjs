// Calls both in turns, one call at a time on one connection each: compare.mjs DESK_URL EMAIL PASSWORD OZONE_URL.
import { Agent, request } from 'node:http';

const [, , desk, email, password, ozone] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Time of a call until its last byte, in milliseconds. */
function call(url, headers, body) {
  return new Promise((done, failed) => {
    const begun = process.hrtime.bigint();
    const sent = request(url, { agent, method: body ? 'POST' : 'GET', headers: { ...headers, ...(body && { 'content-length': Buffer.byteLength(body) }) } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => done({ ms: Number(process.hrtime.bigint() - begun) / 1e6, status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

const signed = await call(`${desk}/api/sign-in`, { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }, new URLSearchParams({ email, password, next: '/queue' }).toString());
const cookie = signed.headers['set-cookie'][0].split(';')[0];
const admin = `Basic ${Buffer.from('admin:bench').toString('base64')}`;
const ours = (query) => async () => {
  const page = await call(`${desk}/queue${query}`, { cookie, accept: 'text/html' });
  if (page.status !== 200 || page.text.match(/<tr [^>]*id="row-/g)?.length !== 50) throw new Error(`the desk: ${page.status}, ${page.text.length} bytes`);
  return page;
};
const theirs = (query) => async () => {
  const open = 'reviewState=tools.ozone.moderation.defs%23reviewOpen&limit=50';
  const list = await call(`${ozone}/xrpc/tools.ozone.moderation.queryStatuses?${open}&${query}`, { authorization: admin });
  if (list.status !== 200 || JSON.parse(list.text).subjectStatuses.length !== 50) throw new Error(`Ozone: ${list.status} ${list.text.slice(0, 200)}`);
  return list;
};
const PAIRS = [
  ['oldest first', ours('?sort=oldest'), theirs('sortField=lastReportedAt&sortDirection=asc')],
  ['one signal (tag), highest risk (priority) first', ours('?signal=Watchlist+hit&sort=risk'), theirs('tags=watchlist&sortField=priorityScore&sortDirection=desc')],
  ['one signal (tag), oldest first', ours('?signal=Watchlist+hit'), theirs('tags=watchlist&sortField=lastReportedAt&sortDirection=asc')],
];
const at = (all, part) => all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * part))];
for (const [name, a, b] of PAIRS) {
  const rounds = [];
  let sizes;
  for (let round = 0; round < 5; round++) {
    const times = [[], []];
    for (let n = -10; n < 100; n++) {
      const [mine, other] = [await a(), await b()];
      sizes = [mine.text.length, other.text.length];
      if (n >= 0) { times[0].push(mine.ms); times[1].push(other.ms); }
    }
    const [p50, p95] = [0.5, 0.95].map((part) => times.map((all) => at(all, part)));
    rounds.push(p95[1] / p95[0]);
    console.log(`${name}, round ${round + 1}: page p50 ${p50[0].toFixed(1)} p95 ${p95[0].toFixed(1)} ms, JSON p50 ${p50[1].toFixed(1)} p95 ${p95[1].toFixed(1)} ms`);
  }
  console.log(`${name}: the desk's whole page (${Math.round(sizes[0] / 1000)} kB) is ${at(rounds, 0.5).toFixed(2)} times as fast at p95 as Ozone's JSON (${Math.round(sizes[1] / 1000)} kB); rounds ${rounds.map((r) => r.toFixed(2)).join(', ')}`);
}
