/**
 * Warnings before a decision, keys that ask for confirmation, returned work, and a colleague's claim on an open page.
 */
import { join } from 'node:path';
import { type Page } from '@playwright/test';
import { another, expect, test, useDesk, patient } from './desk';
import { THEMES, WIDTHS } from './pages';

/** As installed, with the default rules. */
const desk = useDesk(80, 0, 'default');
let waiting: string[] = [];
test.beforeAll(async () => {
  waiting = await desk.inquiries('needs_review');
});
const take = (fits: (html: string) => boolean = () => true): Promise<string> => taken(fits);
async function taken(fits: (html: string) => boolean): Promise<string> {
  for (const id of waiting) {
    if (!fits(await desk.get('analyst', `/inquiries/${id}`))) continue;
    waiting = waiting.filter((other) => other !== id);
    return id;
  }
  throw new Error('no inquiry fits');
}
const panel = (page: Page) => page.locator('#decision');
const ahead = (page: Page) => page.locator('#ahead');
const alert = (page: Page) => panel(page).getByRole('alert').filter({ hasText: /./ });

async function openInquiry(page: Page, id: string, role: 'analyst' | 'colleague' = 'analyst'): Promise<void> {
  await desk.open(page, role, `/inquiries/${id}`);
  await expect(page.getByRole('heading', { level: 2, name: 'Checks' })).toBeVisible({ timeout: patient(12_000) });
}

/** Takes a screenshot for inspection, if a folder is named. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `ahead-${name}-${width}-${colorScheme}.png`), fullPage: width < 600 });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('The panel says what a decision will meet, and the refusal is the same', async ({ page, watch }) => {
  const id = await take((html) => html.includes('Approve” is refused: A discrepancy is open'));
  await openInquiry(page, id);
  const line = ahead(page).getByRole('listitem').filter({ hasText: '“Approve” is refused' });
  await expect(line).toContainText('Explain it, or decline.');
  const said = (await line.textContent())!.replace(/^“Approve” is refused: /, '').replace(/ Show$/, '');
  await picture(page, 'refused');
  await page.getByLabel('Reason').selectOption('checks-passed');
  await expect(page.locator('#contradicted')).toContainText('“All checks passed” does not fit');
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await expect(page.locator('#contradicted')).toHaveCount(0);
  watch.allow(/status of 422 .*\/api\/decide/);
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(alert(page)).toContainText(said);
  expect(await desk.effects(id)).toEqual([]);
});

test('A key asks before it decides, and the same key again decides nothing', async ({ page }) => {
  const id = await take((html) => html.includes('Decline” needs no second reviewer.'));
  await openInquiry(page, id);
  const sure = page.getByRole('dialog', { name: 'Decline?' });
  // Nothing is chosen yet: the browser says what is missing, and no confirmation is asked.
  await page.locator('body').press('d');
  await expect(sure).toHaveCount(0);
  await page.getByLabel('Reason').selectOption('document-expired');
  await page.getByLabel(/^Comment/).fill('Expired in May.');
  await page.getByLabel(/^Comment/).press('Escape');
  await page.keyboard.press('d');
  await expect(sure).toBeVisible();
  await picture(page, 'sure');
  // Pressed again and held down, the key still only asks.
  for (let n = 0; n < 5; n++) await page.keyboard.down('d');
  await page.keyboard.up('d');
  for (const key of ['a', 's', 'r', 'm', 'u']) await page.keyboard.press(key);
  await expect(sure).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sure).toHaveCount(0);
  expect(await desk.effects(id)).toEqual([]);
  await expect(panel(page)).not.toContainText('Decline queued');
  await page.keyboard.press('d');
  await page.keyboard.press('Enter');
  await expect(panel(page)).toContainText('confirmed by Persona', { timeout: patient(15_000) });
  expect((await desk.effects(id)).map((effect) => effect.action)).toEqual(['decline']);
});

test('What needs two is countersigned by key and confirmation; refused, it comes back as work', async ({ page, watch }) => {
  test.slow();
  const id = await take((html) => html.includes('Decline” needs a second reviewer: rule'));
  const nav = page.getByRole('navigation', { name: 'Main' });
  await openInquiry(page, id);
  await expect(ahead(page)).toContainText('Decline” needs a second reviewer');
  await picture(page, 'second');
  await page.getByLabel('Reason').selectOption('document-expired');
  await page.getByLabel(/^Comment/).fill('Expired in May.');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(panel(page)).toContainText('a second reviewer has to countersign it');

  const other = await another(page, watch);
  await openInquiry(other, id, 'colleague');
  await other.locator('body').press('s');
  await expect(other.getByRole('dialog', { name: 'Countersign?' })).toBeVisible();
  await other.keyboard.press('s');
  await expect(other.getByRole('dialog', { name: 'Countersign?' })).toBeVisible();
  await other.keyboard.press('Escape');
  await expect(panel(other)).toContainText('a second reviewer has to countersign it');
  await other.getByLabel(/^Why you refuse/).fill('It is valid until next June.');
  await other.getByRole('button', { name: 'Refuse' }).click();
  await expect(panel(other)).toContainText('returned to its maker');

  // The maker sees it on any page, and the badge remains until they act.
  await desk.open(page, 'analyst', '/queue');
  await expect(nav.getByRole('link', { name: /^Returned to you 1$/ })).toBeVisible();
  await nav.getByRole('link', { name: /^Returned to you/ }).click();
  await expect(page.locator('main')).toContainText('It is valid until next June.');
  await picture(page, 'returned');
  await page.getByRole('link', { name: 'Decide again' }).click();
  await expect(panel(page)).toContainText('Returned to you.');
  await picture(page, 'returned-inquiry');
  await page.getByLabel(/^Comment/).fill('Expired in May of last year.');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(panel(page)).toContainText('a second reviewer has to countersign it');
  await expect(nav.getByRole('link', { name: /^Returned to you$/ })).toBeVisible();

  // Refused again, while the maker looks at another page.
  await desk.open(page, 'analyst', '/cases');
  await other.reload();
  await other.getByLabel(/^Why you refuse/).fill('It still is.');
  await other.getByRole('button', { name: 'Refuse' }).click();
  await expect(page.getByText('One of your decisions was returned to you')).toBeVisible({ timeout: patient(10_000) });
  await page.getByRole('link', { name: 'Returned to you', exact: true }).last().click();
  await page.getByRole('button', { name: /^Dismiss/ }).click();
  await expect(page.getByText('No returned decisions')).toBeVisible();
  await other.context().close();
});

test("A colleague's claim is shown as a claim", async ({ page, watch }) => {
  const id = await take();
  await openInquiry(page, id);
  await page.getByLabel(/^Comment/).fill('The hologram looks printed.');
  const other = await another(page, watch);
  await openInquiry(other, id, 'colleague');
  await other.locator('body').press('x');
  await expect(panel(other)).toContainText('Claimed by you');
  await expect(page.locator('#claimed')).toContainText('Jo Lindqvist claimed this.');
  await expect(panel(page)).toContainText('Claimed by Jo Lindqvist');
  await expect(page.getByText('This inquiry changed')).toHaveCount(0);
  await picture(page, 'claimed');
  await other.locator('body').press('x');
  await expect(page.locator('#claimed')).toContainText("Jo Lindqvist's claim has ended.");
  await expect(page.getByLabel(/^Comment/)).toHaveValue('The hologram looks printed.');
  await other.context().close();
});

test('The page of rules says what a new installation begins with, and lets an admin loosen it with a second person', async ({ page, watch }) => {
  await desk.open(page, 'admin', '/admin/rules');
  await expect(page.getByRole('row', { name: /Screening hit/ })).toContainText('a screening hit');
  await expect(page.getByRole('checkbox', { name: /discrepancy between the submitted data and the document is open/ })).toBeChecked();
  await picture(page, 'rules');
  await page.getByRole('button', { name: 'Propose removal of High-risk country' }).click();
  await expect(page.locator('#rule-proposals')).toContainText('You proposed it. Another person has to confirm it');
  const auditor = await another(page, watch);
  await desk.open(auditor, 'auditor', '/admin/rules');
  await auditor.getByRole('button', { name: /^Confirm: Remove the rule “High-risk country”/ }).click();
  await expect(auditor.getByRole('row', { name: /High-risk country/ })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('row', { name: /High-risk country/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'Add missing rules' }).click();
  await expect(page.getByRole('row', { name: /High-risk country/ })).toContainText('KP, IR, MM');
  await page.getByRole('checkbox', { name: /^A screening hit is not assessed/ }).check();
  const saved = page.waitForResponse((response) => response.url().endsWith('/api/rule-blocks'));
  await page.locator('#blocks').getByRole('button', { name: 'Save' }).click();
  await saved;
  await page.reload();
  await expect(page.getByRole('checkbox', { name: /^A screening hit is not assessed/ })).toBeChecked();
});

test.describe('Without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('The panel says the same, and what came back is let go by a form', async ({ page }) => {
    const id = await take((html) => html.includes('Approve” is refused: A discrepancy is open'));
    await desk.open(page, 'analyst', `/inquiries/${id}`, false);
    await expect(ahead(page)).toContainText('Approve” is refused: A discrepancy is open');
    await page.getByLabel('Reason').selectOption('other');
    await page.getByLabel(/^Comment/).fill('Looks fine.');
    await page.getByRole('button', { name: 'Approve' }).click();
    await expect(alert(page)).toContainText('A discrepancy is open');
    await expect(page.getByLabel(/^Comment/)).toHaveValue('Looks fine.');
  });
});
