/** Events around a decision: a lost race, a stale view, a countersignature given and refused, an undo, a claim. */
import { join } from 'node:path';
import { type Browser, type Page } from '@playwright/test';
import { alive, expect, test, until, useDesk, type Role, patient } from './desk';

const desk = useDesk(80, 6);
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
const error = (page: Page) => panel(page).getByRole('alert').filter({ hasText: /./ });

async function openInquiry(page: Page, id: string, role: Role = 'analyst'): Promise<void> {
  await desk.open(page, role, `/inquiries/${id}`);
  await expect(page.getByRole('heading', { level: 2, name: 'Checks' })).toBeVisible({ timeout: patient(12_000) });
}

/** A colleague with their own browser. */
async function colleague(browser: Browser, id: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await openInquiry(page, id, 'colleague');
  return page;
}

/** Takes screenshots for inspection, if a folder is named: both themes, wide and narrow. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `life-${name}-${width}-${colorScheme}.png`), fullPage: width < 600 });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function decline(page: Page, comment: string): Promise<void> {
  await page.getByLabel('Reason').selectOption('document-expired');
  await page.getByLabel(/^Comment/).fill(comment);
  await page.getByRole('button', { name: 'Decline' }).click();
}

test('A decision is undone with the keyboard, nothing was sent, and its words are back', async ({ page }) => {
  const id = take();
  await openInquiry(page, id);
  await decline(page, 'Expired in May.');
  await expect(page.getByRole('button', { name: /^Withdraw/ })).toBeVisible();
  await picture(page, 'undo');
  await page.locator('body').press('u');
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Expired in May.');
  await expect(panel(page)).toContainText('withdrawn before it was sent');
  await page.waitForTimeout(7_000);
  expect(await desk.effects(id)).toEqual([]);

  // Without an undo, the decision is sent when the time is over, and the page shows it automatically.
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(panel(page)).toContainText('not sent yet');
  expect(await desk.effects(id)).toEqual([]);
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  await expect(page.getByRole('button', { name: /^Withdraw/ })).toHaveCount(0);
  expect((await desk.effects(id)).map((effect) => effect.action)).toEqual(['approve']);
});

test('Who writes while the page tells news goes on in the middle of the word', async ({ page }) => {
  const id = take();
  await openInquiry(page, id);
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(panel(page)).toContainText('not sent yet');
  const note = page.getByRole('textbox', { name: 'Note' });
  await note.fill('Called back, the number is hers.');
  for (let n = 0; n < 'the number is hers.'.length; n++) await note.press('ArrowLeft');
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  await expect(note).toBeFocused();
  await page.keyboard.type('twice, ');
  await expect(note).toHaveValue('Called back, twice, the number is hers.');
});

test('Who loses a race sees who decided what, and keeps their own words', async ({ page, browser, watch }) => {
  watch.allow(/status of 409 .*\/api\/decide/);
  const id = take();
  await openInquiry(page, id);
  const other = await colleague(browser, id);
  await page.getByLabel('Reason').selectOption('document-expired');
  await page.getByLabel(/^Comment/).fill('The portrait is another one.');
  await other.getByLabel('Reason').selectOption('discrepancy-explained');
  await other.getByRole('button', { name: 'Approve' }).click();
  await expect(panel(other)).toContainText('not sent yet');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(panel(page)).toContainText('Jo Lindqvist');
  await expect(error(page)).toContainText('Jo Lindqvist has already decided: approve');
  await expect(panel(page)).toContainText('Your draft is saved: decline, Document expired');
  await expect(panel(page)).toContainText('The portrait is another one.');
  await picture(page, 'race-lost');
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  expect((await desk.effects(id)).map((effect) => effect.action)).toEqual(['approve']);
  await other.context().close();
});

test('A stale view is shown what changed, line by line, and asked again', async ({ page, watch }) => {
  watch.allow(/status of 409 .*\/api\/decide/);
  const id = take();
  await openInquiry(page, id);
  const headers = { authorization: 'Bearer persona_sandbox_dashboard', 'content-type': 'application/json' };
  const body = JSON.stringify({ data: { attributes: { fields: { birthdate: '1950-01-01' } } } });
  const version = await desk.version(id);
  const unfolded = page.locator('#checks details').first();
  await unfolded.locator('summary').click();
  const answer = await fetch(`${desk.sandbox}/api/v1/inquiries/${id}`, { method: 'PATCH', headers, body });
  expect(answer.status).toBe(200);
  // Persona sends no event for this; the desk finds it by reading Persona's lists.
  await desk.post('/api/sync', {}, 'admin');
  await until('the evidence is another', async () => (await desk.version(id)) !== version);
  await decline(page, 'Ten years apart.');
  await expect(error(page)).toContainText('The evidence changed while you were reading');
  const changed = page.getByRole('region', { name: /^Changed since version/ });
  // The page was rendered again, and the unfolded part is still visible.
  await expect(unfolded.locator('summary + *')).toBeVisible();
  // The page says that a value changed, and shows it when the reviewer reveals it.
  const born = changed.getByRole('row', { name: /Birthdate/ }).getByRole('insertion');
  await expect(born).toHaveText('••••');
  await page.getByRole('button', { name: 'Birthdate' }).click();
  await expect(born).toHaveText('1950-01-01');
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Ten years apart.');
  await picture(page, 'stale');
  expect(await desk.effects(id)).toEqual([]);
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  expect((await desk.effects(id)).map((effect) => effect.action)).toEqual(['decline']);
});

test('A claim is taken by key, seen by a colleague, and taken over with a reason', async ({ page, browser }) => {
  const id = take();
  await openInquiry(page, id);
  await page.locator('body').press('x');
  await expect(panel(page)).toContainText('Claimed by you');
  const other = await colleague(browser, id);
  await expect(panel(other)).toContainText('Claimed by Maya Okafor');
  await expect(other.getByRole('button', { name: 'Approve' })).toHaveCount(0);
  await picture(other, 'claimed');
  await other.getByLabel('Reason for taking over').fill('Maya is at lunch');
  await other.getByRole('button', { name: 'Take over' }).click();
  await expect(panel(other)).toContainText('Claimed by you');
  await expect(other.getByRole('button', { name: 'Approve' })).toBeVisible();
  // The first page is notified.
  await expect(page.getByText('This inquiry changed').or(page.getByText('Claimed by Jo Lindqvist')).first()).toBeVisible();
  await other.locator('body').press('x');
  await expect(panel(other)).toContainText('Not claimed');
  await other.context().close();
});

test('A rule makes a decision wait for a second reviewer: one is countersigned, one refused', async ({ page, browser }) => {
  // Two inquiries and three reviewers: this takes most of the usual time when nothing else runs.
  test.slow();
  await desk.open(page, 'admin', '/admin/rules');
  await page.getByLabel('Name', { exact: true }).fill('Declines');
  await page.locator('#verdict').selectOption('decline');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await expect(page.getByRole('row', { name: /Declines/ })).toContainText('verdict decline');
  await picture(page, 'rules');

  const [first, second] = [take(), take()];
  await openInquiry(page, first);
  await decline(page, 'Expired in May.');
  await expect(panel(page)).toContainText('a second reviewer has to countersign it');
  await expect(page.getByRole('button', { name: 'Countersign' })).toHaveCount(0);
  const other = await colleague(browser, first);
  await picture(other, 'countersign');
  await other.getByRole('button', { name: 'Countersign' }).click();
  await expect(panel(other)).toContainText('Countersigned by Jo Lindqvist');
  await expect(panel(other)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  expect((await desk.effects(first)).map((effect) => effect.action)).toEqual(['decline']);

  await openInquiry(page, second);
  await decline(page, 'Expired in June.');
  await expect(panel(page)).toContainText('a second reviewer has to countersign it');
  await other.goto(`${desk.url}/decisions?state=awaiting_countersign`);
  await alive(other);
  await picture(other, 'awaiting');
  await other.getByRole('link', { name: 'Review and countersign' }).click();
  await expect(other.getByRole('button', { name: 'Refuse' })).toBeVisible();
  await other.getByRole('button', { name: 'Refuse' }).click();
  await expect(error(other)).toContainText('Write down why you refuse');
  const why = other.getByLabel(/^Why you refuse/);
  await why.fill('It is valid until next June.');
  await expect(why).toHaveValue('It is valid until next June.');
  // With keys: after the refusal the page may render again, and a button could move under the mouse.
  await why.press('Escape');
  await other.keyboard.press('r');
  await other.keyboard.press('Enter');
  await expect(panel(other)).toContainText('returned to its maker');
  await picture(other, 'refused');
  // The maker reads the reason, and the comment is in the form again.
  await page.reload();
  await expect(panel(page)).toContainText('It is valid until next June.');
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Expired in June.');
  expect(await desk.effects(second)).toEqual([]);
  await other.context().close();
});

test('What is hidden is shown by key for a purpose, and a note is left for a colleague', async ({ page, browser }) => {
  const id = take();
  await openInquiry(page, id);
  const born = page.locator('#identity').getByRole('row', { name: /Birthdate|Document number/ }).first();
  await expect(born).toContainText('••••');
  await picture(page, 'hidden');
  await page.locator('body').press('v');
  await expect(born).not.toContainText('••••');
  await expect(page.locator('#hidden-values')).toHaveCount(0);
  await expect(page.locator('#timeline')).toContainText('revealed hidden values');

  const other = await colleague(browser, id);
  await expect(other.locator('#identity').getByRole('row', { name: /Birthdate|Document number/ }).first()).toContainText('••••');
  await page.locator('body').press('w');
  await expect(page.getByLabel('Note', { exact: true })).toBeFocused();
  await page.keyboard.type('The father signed for her, call before you decide.');
  // A live change arrives meanwhile: the text being written is not lost.
  await desk.post('/api/note-add', { kind: 'inquiry', subject: id, body: 'Seen the same face in May.', restricted: 'on' }, 'colleague');
  await expect(page.getByText(/This inquiry changed/)).toBeVisible();
  await expect(page.getByLabel('Note', { exact: true })).toHaveValue(/^The father/);
  await page.getByRole('button', { name: /^Add/ }).click();
  await expect(page.locator('#notes li')).toHaveCount(2);
  await expect(page.locator('#notes')).toContainText('Restricted');
  await picture(page, 'notes');
  await page.getByRole('button', { name: 'Strike out' }).click();
  await expect(page.locator('#notes')).toContainText('struck out by its author');
  await other.context().close();
});

test('A half-written comment outlives a reload, another browser and a desk that does not answer', async ({ page, browser, watch }) => {
  const id = take();
  await openInquiry(page, id);
  const comment = page.getByLabel(/^Comment/);
  await comment.pressSequentially('The hologram looks', { delay: 20 });
  await expect(page.getByText('Draft saved', { exact: true })).toBeVisible();
  await page.reload();
  await expect(comment).toHaveValue('The hologram looks');
  // Without a connection the page says so, and the typed text stays. With one, work continues.
  watch.allow(/ERR_INTERNET_DISCONNECTED|Failed to load resource|Failed to fetch/);
  await alive(page);
  await page.context().setOffline(true);
  await comment.press('Control+End');
  await comment.pressSequentially(' printed', { delay: 20 });
  await expect(page.getByText(/^Not saved: the desk does not answer/)).toBeVisible();
  await expect(comment).toHaveValue('The hologram looks printed');
  await picture(page, 'offline');
  await page.context().setOffline(false);
  await comment.press('Control+End');
  await comment.pressSequentially('.', { delay: 20 });
  await expect(page.getByText('Draft saved', { exact: true })).toBeVisible();
  const again = await browser.newContext();
  const elsewhere = await again.newPage();
  await openInquiry(elsewhere, id);
  await expect(elsewhere.getByLabel(/^Comment/)).toHaveValue('The hologram looks printed.');
  await again.close();
});
