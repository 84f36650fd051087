// Lighthouse on sign-in, queue, an inquiry and a case of each PROGRAM, in turns, signed in as an analyst; the median of
// several runs.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lighthouse, { desktopConfig } from 'lighthouse';
import { launch } from 'puppeteer-core';

const env = process.env;
const programs = process.argv.slice(2).map((program) => resolve(program));
const forms = (env.FORMS ?? 'mobile,desktop').split(',');
const wanted = (env.PAGES ?? 'login,queue,inquiry,case').split(',');
const times = Number(env.TIMES ?? 3);
const INQUIRIES = 80;

async function start(program, n) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-lighthouse-'));
  const url = `http://127.0.0.1:${4930 + 2 * n}`;
  const child = spawn(program, ['demo', '--folder', folder, '--listen', url.slice(7), '--sandbox-listen', `127.0.0.1:${4931 + 2 * n}`, '--arrivals', '0', '--inquiries', `${INQUIRIES}`]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const end = () => (child.kill('SIGKILL'), rmSync(folder, { recursive: true, force: true }));
  process.on('exit', end);
  let who;
  while (!who) {
    if (child.exitCode !== null) throw new Error(output);
    await sleep(100);
    who = /^ *\w+ +(analyst@\S+) +(\S+)$/m.exec(output);
  }
  while (!(await fetch(`${url}/health/ready`).catch(() => ({}))).ok) await sleep(100);
  const form = new URLSearchParams({ email: who[1], password: who[2], next: '/' });
  const answer = await fetch(`${url}/api/sign-in`, { method: 'POST', redirect: 'manual', body: form, headers: { accept: 'text/html' } });
  const cookie = /__Host-id=[^;]+/.exec(answer.headers.get('set-cookie'))[0];
  const page = async (path) => (await fetch(url + path, { headers: { cookie } })).text();
  // Waits until all evidence is read, so that each page is complete.
  let queue = '';
  while (!queue.includes(`${INQUIRIES} inquiries`) || queue.includes('reading evidence')) {
    await sleep(500);
    queue = await page('/queue?status=all');
  }
  const first = async (list, of) => new RegExp(`/${of}/\\w+`).exec(await page(list))[0];
  return {
    url, cookie, program,
    paths: { login: '/login', queue: '/queue', inquiry: await first('/queue', 'inquiries'), case: await first('/cases', 'cases') },
  };
}

const middle = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const desks = [];
for (const program of programs) desks.push(await start(program, desks.length));
const browser = await launch({ executablePath: env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const port = new URL(browser.wsEndpoint()).port;
const browsing = await browser.target().createCDPSession();
for (const form of forms) {
  for (const name of wanted) {
    const found = desks.map(() => []);
    for (let n = 0; n < times; n += 1) {
      for (const [at, desk] of desks.entries()) {
        const flags = { port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'], extraHeaders: name === 'login' ? {} : { cookie: desk.cookie } };
        // The browser stores cookies by host and ignores the port. Without this, it would send one desk the session of
        // another, and the desk would answer with its sign-in page.
        await browsing.send('Storage.clearCookies');
        const told = await lighthouse(desk.url + desk.paths[name], flags, form === 'desktop' ? desktopConfig : undefined);
        const seen = new URL(told.lhr.finalDisplayedUrl).pathname;
        if (seen !== desk.paths[name]) throw new Error(`${desk.paths[name]} was asked for and ${seen} measured`);
        found[at].push(told.lhr);
      }
    }
    for (const [at, desk] of desks.entries()) {
      const score = (category) => middle(found[at].map((lhr) => Math.round(100 * lhr.categories[category].score)));
      const audit = (id) => Math.round(middle(found[at].map((lhr) => lhr.audits[id].numericValue)));
      const failed = found[at][0].categories.accessibility.auditRefs.concat(found[at][0].categories['best-practices'].auditRefs)
        .map(({ id }) => found[at][0].audits[id]).filter(({ score }) => score !== null && score < 1).map(({ id }) => id);
      console.log(
        `${form.padEnd(7)} ${name.padEnd(7)} performance ${score('performance')} accessibility ${score('accessibility')} best practices ${score('best-practices')}`,
        `| FCP ${audit('first-contentful-paint')} LCP ${audit('largest-contentful-paint')} TBT ${audit('total-blocking-time')} ms CLS ${middle(found[at].map((lhr) => lhr.audits['cumulative-layout-shift'].numericValue))} | ${desk.program} ${failed.join(' ')}`,
      );
    }
  }
}
await browser.close();
process.exit(0);
