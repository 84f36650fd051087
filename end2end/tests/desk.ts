/**
 * Helpers: the real program in its own folder, a page that fails on anything that the browser complains about, and
 * signing in.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test as base, expect, type Page } from '@playwright/test';

export { expect };

export type Role = 'analyst' | 'colleague' | 'admin' | 'auditor';
export interface SignIn {
  email: string;
  password: string;
}
/** A change that the sandbox made. */
export interface Effect {
  at: string;
  action: string;
  'object-id': string;
  'request-id': string;
  'idempotency-key': string | null;
  comment: string | null;
}
interface Cookie {
  name: string;
  value: string;
}

const PROGRAM = resolve(process.env.COUNTERSIGN_BIN ?? join(import.meta.dirname, '../../target/debug/countersign'));
const COOKIE = '__Host-id';

export async function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}

/** Each call to the sandbox takes longer while `make contract` has it judged. */
const PATIENCE = process.env.JUDGE_URL ? 4 : 1;

/** This number of milliseconds, or more while each call is judged. */
export const patient = (ms: number): number => ms * PATIENCE;

/** Waits until `holds` returns something truthy. For events outside the browser. */
export async function until<T>(what: string, holds: () => Promise<T | false | undefined | null>, ms = 15_000): Promise<T> {
  const end = Date.now() + ms * PATIENCE;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const found = await holds();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await sleep(60);
  }
  throw new Error(`${what}: not within ${ms * PATIENCE} ms${last ? ` (${String(last)})` : ''}`);
}

/** One running program, with its output and a way to stop it. */
export class Program {
  output = '';
  private constructor(readonly child: ChildProcess) {}

  static start(args: string[], env: Record<string, string> = {}): Program {
    // The environment must not change the program's settings.
    const kept = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : [])));
    const child = spawn(PROGRAM, args, { env: { ...kept, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const program = new Program(child);
    const hear = (chunk: Buffer) => {
      program.output += chunk.toString();
    };
    // An interrupted run leaves no process behind.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('error', (error) => {
      program.output += `\n${PROGRAM} cannot be started: ${error.message}`;
    });
    return program;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  async ready(url: string): Promise<void> {
    await until(`${url} is ready`, async () => {
      if (this.ended) return true;
      const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
      return answer.ok;
    }, 20_000);
    if (this.ended) throw new Error(`the program has ended:\n${this.output}`);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return;
    const gone = new Promise<void>((done) => this.child.once('exit', () => done()));
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), 12_000);
    await gone;
    clearTimeout(late);
  }
}

/** Creates a key file for a log, and returns its path. */
export function signingKey(folder: string): string {
  const file = join(folder, 'signing.key');
  execFileSync(PROGRAM, ['audit', 'key', '--name', 'browser.example/log', '--output', file]);
  return file;
}

/** A desk with its own Persona sandbox. */
export class Desk {
  url = '';
  sandbox = '';
  folder = '';
  readonly people = {} as Record<Role, SignIn>;
  private ports: [number, number] = [0, 0];
  private program: Program | undefined;
  private cookies = new Map<Role, Cookie>();

  /**
   * `undo`: seconds in which a decision can be withdrawn. `idle`: seconds that a session lasts without activity.
   * `rules`: the rules that a new desk starts with.
   */
  constructor(
    private readonly undo = 0,
    private readonly idle = 900,
    private readonly rules: 'none' | 'default' = 'none',
  ) {}

  async start(inquiries = 80): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
    this.ports = [await freePort(), await freePort()];
    this.url = `http://127.0.0.1:${this.ports[0]}`;
    this.sandbox = `http://127.0.0.1:${this.ports[1]}`;
    await this.run(inquiries);
    for (const [role, name] of [['analyst', 'analyst'], ['colleague', 'analyst2'], ['admin', 'admin'], ['auditor', 'auditor']] as const) {
      const line = new RegExp(`^ *\\w+ +(${name}@\\S+) +(\\S+)$`, 'm').exec(this.program?.output ?? '');
      if (!line) throw new Error(`no sign-in for ${role} in:\n${this.program?.output}`);
      this.people[role] = { email: line[1]!, password: line[2]! };
    }
    await this.filled(inquiries);
  }

  /** Ends the program without a clean stop, as a power failure does. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.program?.kill(signal);
  }

  /** Starts again on the same folder; passwords and sessions remain valid. */
  async restart(): Promise<void> {
    await this.run(80);
  }

  async stop(): Promise<void> {
    await this.program?.kill('SIGTERM');
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  get output(): string {
    return this.program?.output ?? '';
  }

  private async run(inquiries: number): Promise<void> {
    const [desk, sandbox] = this.ports;
    this.program = Program.start([
      'demo', '--folder', this.folder, '--listen', `127.0.0.1:${desk}`, '--sandbox-listen', `127.0.0.1:${sandbox}`,
      '--arrivals', '0', '--inquiries', `${inquiries}`, '--undo-seconds', `${this.undo}`, '--idle-seconds', `${this.idle}`,
      // Tests that are not about rules decide without them.
      '--rules', this.rules,
      // `make contract` puts a judge between desk and sandbox.
      ...(process.env.JUDGE_URL ? ['--through', process.env.JUDGE_URL] : []),
    ]);
    await this.program.ready(this.url);
  }

  /** Waits until Persona's lists were read for the first time, and evidence is read. */
  private async filled(inquiries: number): Promise<void> {
    await until('the queue is filled', async () => {
      const html = await this.get('analyst', '/queue?status=all');
      return html.includes(`${inquiries} inquiries`) && !html.includes('reading evidence');
    }, 45_000 * Math.max(1, inquiries / 80));
  }

  /** A session without a browser: posts the same form. */
  async session(role: Role): Promise<Cookie> {
    const known = this.cookies.get(role);
    if (known) return known;
    const cookie = await this.signIn(this.people[role]);
    this.cookies.set(role, cookie);
    return cookie;
  }

  async signIn(who: SignIn): Promise<Cookie> {
    const answer = await this.post('/api/sign-in', { ...who, next: '/' });
    const value = new RegExp(`${COOKIE}=([^;]+)`).exec(answer.headers.get('set-cookie') ?? '')?.[1];
    if (!value) throw new Error(`${who.email} is not let in: ${answer.status} to ${answer.headers.get('location')}`);
    return { name: COOKIE, value };
  }

  /** Forgets the session, so that the next call signs in again. */
  forget(role: Role): void {
    this.cookies.delete(role);
  }

  async fetch(role: Role, path: string): Promise<Response> {
    const cookie = await this.session(role);
    return fetch(`${this.url}${path}`, { headers: { cookie: `${cookie.name}=${cookie.value}` }, redirect: 'manual' });
  }

  async get(role: Role, path: string): Promise<string> {
    const answer = await this.fetch(role, path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  }

  /** Posts a form as a browser without JavaScript does. */
  async post(path: string, fields: Record<string, string>, role?: Role): Promise<Response> {
    const cookie = role ? await this.session(role) : undefined;
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'text/html',
        ...(cookie ? { cookie: `${cookie.name}=${cookie.value}` } : {}),
      },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Ids of inquiries in the queue; the one that has waited longest comes first. */
  async inquiries(status: string): Promise<string[]> {
    const html = await this.get('analyst', `/queue?status=${status}`);
    return [...new Set([...html.matchAll(/href="\/inquiries\/(inq_\w+)"/g)].map((found) => found[1]!))];
  }

  /** The version of the evidence that a reviewer would see now. */
  async version(inquiry: string): Promise<string> {
    const html = await this.get('analyst', `/inquiries/${inquiry}`);
    const version = /name="version"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="version"/.exec(html);
    if (!version) throw new Error(`${inquiry} offers no decision`);
    return version[1] ?? version[2]!;
  }

  async effects(object: string): Promise<Effect[]> {
    const answer = await fetch(`${this.sandbox}/sandbox/effects?object-id=${encodeURIComponent(object)}`);
    return (await answer.json()) as Effect[];
  }

  async fault(fault: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.sandbox}/sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!answer.ok) throw new Error(`the sandbox does not take the fault: ${await answer.text()}`);
  }

  async noFaults(): Promise<void> {
    await fetch(`${this.sandbox}/sandbox/faults`, { method: 'DELETE' });
  }

  /** Creates an inquiry that waits for review. */
  async arrive(like: { checks?: number } = {}): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.sandbox}/sandbox/arrive`, { method: 'POST', headers, body: JSON.stringify(like) });
    return ((await answer.json()) as { id: string }).id;
  }

  /** Opens a path with the stored session of a role, and waits until the page is hydrated. */
  async open(page: Page, role: Role, path: string, frame = true): Promise<void> {
    // A page that notices another sign-in reloads itself, which would interrupt the next navigation.
    if (page.url() !== 'about:blank') await page.goto('about:blank');
    const cookie = await this.session(role);
    // Browsers treat plain http on this machine as secure, but the protocol that sets cookies expects https.
    await page.context().addCookies([{ ...cookie, url: this.url.replace('http:', 'https:'), secure: true, httpOnly: true, sameSite: 'Strict' }]);
    await page.goto(`${this.url}${path}`);
    if (frame) await alive(page);
  }

  /** Signs in with the form, as a user does. */
  async signInByForm(page: Page, who: SignIn): Promise<void> {
    await page.getByLabel('E-mail').fill(who.email);
    await page.getByLabel('Password').fill(who.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
}

/**
 * Waits until the page is hydrated: the change feed is connected, which only scripts do, and no part waits for
 * hydration.
 */
export async function alive(page: Page): Promise<void> {
  await expect(page.locator('.dot[data-on="yes"]')).toBeAttached({ timeout: patient(10_000) });
  await expect(page.locator('[data-later]')).toHaveCount(0);
}

/** One desk for the tests of a file. */
export function useDesk(inquiries = 80, undo = 0, rules: 'none' | 'default' = 'none'): Desk {
  const desk = new Desk(undo, 900, rules);
  test.beforeAll(async () => {
    test.setTimeout(90_000 * PATIENCE * Math.max(1, inquiries / 80));
    await desk.start(inquiries);
  });
  test.afterAll(async () => {
    await desk.stop();
  });
  return desk;
}

/** Collects what a page complains about, except what a test allows. */
export class Watch {
  readonly heard: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Allows what a test causes itself, such as an answer of 403. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  over(page: Page): void {
    page.on('pageerror', (error) => this.heard.push(`error in the page: ${error.message}`));
    page.on('console', (message) => {
      const said = `console ${message.type()}: ${message.text()} (${message.location().url})`;
      if (message.type() === 'error') this.heard.push(said);
      // Leptos warns if the server's HTML and the browser's differ, and if a signal is read but not tracked.
      if (message.type() === 'warning' && /hydrat|reactive|disposed|unreachable/i.test(message.text())) this.heard.push(said);
    });
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      // Leaving a page aborts its requests.
      if (!why.includes('ERR_ABORTED')) this.heard.push(`request failed: ${request.url()} ${why}`);
    });
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') this.heard.push(`a request left the machine: ${request.url()}`);
    });
  }

  complaints(): string[] {
    return [...new Set(this.heard)].filter((line) => !this.allowed.some((pattern) => pattern.test(line)));
  }
}

const reportViolations = () => {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`content security policy: ${event.violatedDirective} forbids ${event.blockedURI} (${event.sample})`);
  });
};

/** `page` fails its test on anything that the browser complains about; `watch` says what is allowed. */
export const test = base.extend<{ watch: Watch }>({
  watch: async ({}, use) => {
    const watch = new Watch();
    await use(watch);
    expect(watch.complaints(), 'what the browser complained of').toEqual([]);
  },
  page: async ({ page, watch, javaScriptEnabled }, use) => {
    watch.over(page);
    if (javaScriptEnabled !== false) await page.addInitScript(reportViolations);
    // With scripts disabled, the browser reports each script as not loaded.
    else watch.allow(/^request failed: \S+\/pkg\/\S+ csp$/);
    await use(page);
  },
});

/** A second person with their own browser, watched as well. */
export async function another(page: Page, watch: Watch): Promise<Page> {
  const context = await page.context().browser()!.newContext({ reducedMotion: 'reduce', viewport: { width: 1440, height: 900 } });
  const other = await context.newPage();
  watch.over(other);
  await other.addInitScript(reportViolations);
  return other;
}
