import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alive, expect, freePort, Program, signingKey, test, until, patient } from './desk';

let folder = '';
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
});
test.afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('With a production key each page says so, and Persona being out of reach stops nobody', async ({ page, watch }) => {
  // The layout's calls are refused until the printed password is changed.
  watch.allow(/status of 403/);
  const [port, nowhere] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'desk.db')}`,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    PERSONA_API_URL: `http://127.0.0.1:${nowhere}/api/v1`,
    PERSONA_API_KEY: 'persona_production_x',
    PERSONA_WEBHOOK_SECRET: 'wbhsec_0123456789abcdef',
    COUNTERSIGN_SIGNING_KEY: signingKey(folder),
  };
  // The command line adds a reviewer to an existing database, and creates no database.
  const migrating = Program.start(['migrate'], env);
  await until('the database is made', async () => migrating.ended);
  const adding = Program.start(['reviewer', 'add', '--email', 'ana@example.com', '--name', 'Ana Costa', '--role', 'admin'], env);
  await until('the shell has added a reviewer', async () => adding.ended);
  const password = /\b(?:[A-Za-z]{5}-){3}[A-Za-z]{5}\b/.exec(adding.output)?.[0];
  expect(password, adding.output).toBeTruthy();

  const program = Program.start(['serve'], env);
  try {
    await program.ready(url);
    await page.goto(`${url}/login`);
    await expect(page.getByText('Production', { exact: true })).toBeVisible();
    await page.getByLabel('E-mail').fill('ana@example.com');
    await page.getByLabel('Password').fill(password!);
    await page.getByRole('button', { name: 'Sign in' }).click();
    // The printed password opens only the page to change it, and no change feed.
    await expect(page.locator('#must-change')).toBeVisible();
    await page.getByLabel('Current password').fill(password!);
    await page.getByLabel('New password').fill('seven green kettles sing');
    const changed = page.waitForResponse((answer) => answer.url().includes('/api/change-password'));
    await page.getByRole('button', { name: 'Change password' }).click();
    await changed;
    await page.goto(`${url}/queue`);
    await alive(page);
    for (const path of ['/queue', '/admin/reviewers', '/account', '/admin/persona']) {
      await page.goto(`${url}${path}`);
      await expect(page.getByText('Production', { exact: true }).first(), path).toBeVisible();
      await expect(page.getByText('Sandbox', { exact: true }), path).toHaveCount(0);
    }
    await expect(page.getByRole('main').getByText('Persona does not answer', { exact: true })).toBeVisible({ timeout: patient(12_000) });
    await page.goto(`${url}/queue`);
    await expect(page.getByText(/Persona does not answer \(/)).toBeVisible();
  } finally {
    // Otherwise the page notices that its server has stopped, and reports it in the console.
    await page.goto('about:blank');
    await program.kill('SIGTERM');
  }
  expect(program.child.exitCode, program.output).toBe(0);
});

test('What is missing is named in one message, and no secret with it', async () => {
  const program = Program.start(['serve'], { PERSONA_API_KEY: 'sk_live_hunter2', DATABASE_URL: `sqlite:${join(folder, 'none.db')}` });
  await until('the program has ended', async () => program.ended);
  expect(program.child.exitCode).not.toBe(0);
  expect(program.output).toContain('PERSONA_API_KEY');
  expect(program.output).toContain('PERSONA_WEBHOOK_SECRET');
  expect(program.output).toContain('COUNTERSIGN_SIGNING_KEY');
  expect(program.output).not.toContain('hunter2');
});
