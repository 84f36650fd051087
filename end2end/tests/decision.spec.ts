import { type Page } from '@playwright/test';
import { expect, test, until, useDesk, patient } from './desk';

const desk = useDesk();
/** Each test decides on its own inquiry. */
let waiting: string[] = [];
test.beforeAll(async () => {
  waiting = await desk.inquiries('needs_review');
});
const take = (): string => {
  const id = waiting.shift();
  if (!id) throw new Error('nobody waits any more');
  return id;
};

const panel = (page: Page) => page.locator('#decision');
/** Marks the current document, to check later that the page was not loaded again. */
const stay = (page: Page) => page.evaluate(() => Object.assign(window, { stayed: true })).then(() => undefined);
const stayed = (page: Page) => page.evaluate(() => 'stayed' in window);

async function openInquiry(page: Page, id: string): Promise<void> {
  await desk.open(page, 'analyst', `/inquiries/${id}`);
  await expect(page.getByRole('heading', { level: 2, name: 'Checks' })).toBeVisible({ timeout: patient(12_000) });
}

test('An inquiry shows fields, checks and pictures, and nothing of where Persona keeps them', async ({ page }) => {
  const id = await until('an inquiry with pictures', async () => {
    for (const each of waiting) if ((await desk.get('analyst', `/inquiries/${each}`)).includes('<figure')) return each;
    return undefined;
  });
  const html = await desk.get('analyst', `/inquiries/${id}`);
  expect(html).not.toContain(new URL(desk.sandbox).host);
  await openInquiry(page, id);

  for (const name of ['Documents', 'Identity', 'Checks', 'Reports', 'Relations', 'Sessions', 'All submitted fields', 'Timeline']) {
    await expect(page.getByRole('heading', { level: 2, name, exact: true })).toBeVisible();
  }
  expect(await page.locator('#fields dt').count()).toBeGreaterThan(3);
  expect(await page.locator('#checks li').count()).toBeGreaterThan(2);
  expect(await page.locator('#identity tbody tr').count()).toBeGreaterThan(2);

  const pictures = page.locator('#documents img');
  expect(await pictures.count()).toBeGreaterThan(0);
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => picture.evaluate((img: HTMLImageElement) => (img.complete ? img.naturalWidth : 0))).toBeGreaterThan(0);
    expect(await picture.getAttribute('alt')).not.toBe('');
  }
  expect(await page.content()).not.toContain(new URL(desk.sandbox).host);
});

test('Looking at a picture is recorded', async ({ page }) => {
  const id = waiting.find(Boolean)!;
  const html = await desk.get('analyst', `/inquiries/${id}`);
  const src = /src="(\/documents\/[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
  test.skip(!src, 'the first inquiry has no picture');
  const answer = await desk.fetch('analyst', src!);
  expect(answer.headers.get('content-type')).toMatch(/^image\//);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  const log = await desk.get('auditor', `/audit?object=${id}`);
  const [, shown] = /\/documents\/([^/]+)\//.exec(src!)!;
  const about = await desk.get('auditor', `/audit?object=${shown}`);
  expect(`${log}${about}`).toMatch(/picture|document/i);
  expect(`${log}${about}`).toContain('Maya Okafor');
  await page.close();
});

test('A decline without a comment is refused, and what was chosen stays', async ({ page, watch }) => {
  watch.allow(/status of 4\d\d .*\/api\/decide/);
  const id = take();
  await openInquiry(page, id);
  await stay(page);
  await page.getByLabel('Reason').selectOption('document-expired');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(panel(page).getByRole('alert').filter({ hasText: /./ })).toContainText('Write a comment');
  await expect(page.getByLabel('Reason')).toHaveValue('document-expired');
  expect(await desk.effects(id)).toEqual([]);

  // A reason that does not fit: the typed text stays, also after a reload.
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.getByLabel(/^Comment/).fill('Expiry date has passed.\n„Zürich“ — 日本');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(panel(page).getByRole('alert').filter({ hasText: /./ })).toContainText('Choose a reason that fits');
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Expiry date has passed.\n„Zürich“ — 日本');
  await expect(page.getByLabel('Reason')).toHaveValue('discrepancy-explained');
  expect(await stayed(page)).toBe(true);
  await page.reload();
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Expiry date has passed.\n„Zürich“ — 日本');
  expect(await desk.effects(id)).toEqual([]);
});

test('An approval reaches Persona once, with the name of who decided, and the page says so by itself', async ({ page }) => {
  const id = take();
  await openInquiry(page, id);
  await stay(page);
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.getByLabel(/^Comment/).fill('Same person on all three pictures.');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(12_000) });
  await expect(panel(page).getByText('confirmed', { exact: true })).toBeVisible();
  await expect(panel(page)).toContainText('Maya Okafor');
  await expect(page.getByRole('banner').or(page.locator('header.bar')).getByText('Approved', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Approve' })).toHaveCount(0);
  expect(await stayed(page)).toBe(true);

  const effects = await desk.effects(id);
  expect(effects).toHaveLength(1);
  expect(effects[0]!.action).toBe('approve');
  expect(effects[0]!['idempotency-key']).toBeTruthy();
  expect(effects[0]!.comment).toMatch(/^Same person on all three pictures\.\n\nCountersign decision [0-9a-f-]{36} by Maya Okafor$/);
});

test('A comment being written survives a change at Persona, which is announced', async ({ page }) => {
  const id = take();
  await openInquiry(page, id);
  await page.getByLabel(/^Comment/).fill('Half a sentence');
  // A colleague decides in another window.
  const answer = await desk.post('/api/decide', {
    inquiry: id, version: await desk.version(id), verdict: 'approve', reason: 'other', comment: 'Known to us for years.',
  }, 'analyst');
  expect(answer.headers.get('location') ?? '').not.toContain('__err');
  const announced = page.getByText('This inquiry changed since you opened it');
  await expect(announced).toBeVisible({ timeout: patient(12_000) });
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Half a sentence');
  await page.getByRole('button', { name: 'Show the change' }).click();
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(12_000) });
  expect(await desk.effects(id)).toHaveLength(1);
});

test('What changes before the live line stands is told when it does', async ({ page, watch }) => {
  watch.allow(/live/);
  const id = take();
  await page.route('**/live*', (route) => route.abort());
  await desk.open(page, 'analyst', `/inquiries/${id}`, false);
  await expect(page.getByRole('heading', { level: 2, name: 'Checks' })).toBeVisible({ timeout: patient(12_000) });
  const answer = await desk.post('/api/decide', {
    inquiry: id, version: await desk.version(id), verdict: 'approve', reason: 'other', comment: 'Known to us for years.',
  }, 'analyst');
  expect(answer.headers.get('location') ?? '').not.toContain('__err');
  const announced = page.getByText('This inquiry changed since you opened it');
  await expect(announced).toHaveCount(0);
  await page.unroute('**/live*');
  await expect(announced).toBeVisible({ timeout: patient(12_000) });
});

test('A decision waits while Persona is broken, and is made once when it is well again', async ({ page, watch }) => {
  watch.allow(/status of 4\d\d .*\/api\/decide/);
  const id = take();
  await openInquiry(page, id);
  await desk.fault({ match: `${id}/approve`, times: 1, kind: 'status', status: 503 });
  await page.getByLabel('Reason').selectOption('false-positive');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Write a comment' })).toBeVisible();
  await page.getByLabel(/^Comment/).fill('Born in another year than the one on the list.');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(panel(page)).toContainText('waiting for Persona');
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  await desk.noFaults();
  expect(await desk.effects(id)).toHaveLength(1);
});

test('Pressing the button twice decides once', async ({ page, watch }) => {
  watch.allow(/status of 4\d\d .*\/api\/decide/);
  const id = take();
  await openInquiry(page, id);
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.getByRole('button', { name: 'Approve' }).dblclick();
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(12_000) });
  expect(await desk.effects(id)).toHaveLength(1);
});

test('A completed inquiry can be marked for review', async ({ page }) => {
  const [id] = await desk.inquiries('completed');
  await openInquiry(page, id!);
  await page.getByLabel('Reason').selectOption('second-look');
  await page.getByLabel(/^Comment/).fill('A colleague should see the second page.');
  await page.getByRole('button', { name: 'Mark for review' }).click();
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(12_000) });
  await expect(page.locator('header.bar').getByText('Needs review', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Approve' })).toBeVisible();
  const effects = await desk.effects(id!);
  expect(effects.map((effect) => effect.action)).toEqual(['mark-for-review']);
});

test('A one-time link appears by itself, and says when it runs out', async ({ page }) => {
  const id = take();
  await openInquiry(page, id);
  await page.getByLabel('Valid for').selectOption('3600');
  await page.getByRole('button', { name: 'Create a new link' }).click();
  const link = page.getByLabel('One-time link', { exact: true });
  await expect(link).toBeVisible({ timeout: patient(12_000) });
  expect(await link.inputValue()).toMatch(/^https?:\/\//);
  const line = page.locator('#links').getByText(/^Expires/);
  await expect(line).toBeVisible();
  const at = Date.parse((await line.locator('time').first().getAttribute('datetime'))!);
  expect(Math.abs(at - Date.now() - 3_600_000)).toBeLessThan(60_000);
  await expect(page.locator('#links')).toContainText('Maya Okafor');
});

test("A case's status is set in Persona once", async ({ page }) => {
  const html = await desk.get('analyst', '/cases?status=Open');
  const id = /\/cases\/(case_\w+)/.exec(html)![1]!;
  await desk.open(page, 'analyst', `/cases/${id}`);
  const select = page.getByLabel('New status');
  const wanted = await select.locator('option:not([disabled])').first().getAttribute('value');
  await select.selectOption(wanted);
  await page.getByLabel('Reason').selectOption('work-done');
  await page.getByLabel(/^Comment/).fill('Nothing is left to do.');
  await page.getByRole('button', { name: 'Set status' }).click();
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(12_000) });
  await expect(page.locator('header.bar').getByText(wanted!, { exact: true })).toBeVisible();
  expect((await desk.effects(id)).map((effect) => effect.action)).toEqual(['set-status']);
});

test('An outcome that nobody can tell is settled by a person who looked', async ({ page, watch }) => {
  const id = (await desk.inquiries('completed')).at(-1)!;
  await openInquiry(page, id);
  // Persona answers the desk's call without a useful result. Then a person approves the inquiry there, and the desk
  // receives no webhook.
  const headers = { authorization: 'Bearer persona_sandbox_dashboard' };
  await fetch(`${desk.sandbox}/sandbox/webhooks/pause`, { method: 'POST' });
  await desk.fault({ match: `${id}/mark-for-review`, kind: 'status', status: 503, times: 1000 });
  await page.getByLabel('Reason').selectOption('second-look');
  await page.getByRole('button', { name: 'Mark for review' }).click();
  await expect(panel(page)).toContainText('503', { timeout: patient(15_000) });
  const approved = await fetch(`${desk.sandbox}/api/v1/inquiries/${id}/approve`, { method: 'POST', headers });
  expect(approved.status).toBe(200);
  await expect(panel(page)).toContainText('a reviewer has to check', { timeout: patient(15_000) });
  await expect(panel(page)).toContainText('the inquiry is approved at Persona');
  await expect(page.getByRole('button', { name: 'Approve' })).toHaveCount(0);
  await fetch(`${desk.sandbox}/sandbox/webhooks/resume`, { method: 'POST' });

  // Typed text is not lost when the page is rendered again, and an empty text resolves nothing.
  watch.allow(/status of 422 .*\/api\/settle/);
  const look = page.getByLabel('What you saw there');
  await look.fill('  ');
  await page.getByRole('button', { name: 'It is not in Persona' }).click();
  await expect(panel(page).getByRole('alert').filter({ hasText: /./ })).toContainText('Write down what you looked at');
  await look.fill('Approved there by somebody else; no mark of ours.');
  await page.getByRole('button', { name: 'It is not in Persona' }).click();
  await expect(look).toHaveCount(0);
  await expect(panel(page)).toContainText('rejected');
  await expect(page.getByText('saw in Persona that it did not take effect: mark for review')).toBeVisible();
  expect((await desk.effects(id)).map((effect) => effect.action)).toEqual(['approve']);
});
