/** Two reviewers work on one inquiry: a blind review, resolved discrepancies, a mention. */
import { type Page } from '@playwright/test';
import { another, expect, test, until, useDesk, patient } from './desk';

const desk = useDesk();
const panel = (page: Page) => page.locator('#decision');

test('A decision is judged once more without its verdict, and both are told how far they agree', async ({ page, watch }) => {
  test.slow();
  await desk.open(page, 'admin', '/admin/rules');
  await page.getByLabel('Share of blind reviews, in percent of decisions').fill('100');
  await page.getByRole('button', { name: 'Set the policy' }).click();
  await expect(page.locator('#policy')).toContainText('100% of decisions');
  const [first, second] = await desk.inquiries('needs_review');
  for (const id of [first!, second!]) {
    await desk.post('/api/decide', { inquiry: id, version: await desk.version(id), verdict: 'approve', reason: 'other', comment: 'All of it fits.' }, 'analyst');
    await until('Persona has it', async () => (await desk.effects(id)).length > 0);
  }
  const jo = await another(page, watch);
  await desk.open(jo, 'colleague', '/decisions');
  await expect(jo.getByText('2 decisions of colleagues are waiting')).toBeVisible({ timeout: patient(10_000) });
  await jo.getByRole('button', { name: 'Start a blind review' }).click();
  await expect(jo).toHaveURL(/\/decisions\/[0-9a-f-]{36}\/blind$/);
  await expect(jo.getByRole('heading', { level: 2, name: 'Checks' })).toBeVisible({ timeout: patient(10_000) });
  expect(await jo.locator('main').textContent()).not.toMatch(/All of it fits|Maya Okafor/);
  // With keys, and refused without a comment: the choice stays.
  await jo.locator('body').press('e');
  await jo.keyboard.type('Document ex');
  await jo.keyboard.press('Escape');
  watch.allow(/status of 422/);
  await jo.keyboard.press('d');
  await jo.keyboard.press('Enter');
  await expect(panel(jo).getByRole('alert').filter({ hasText: /./ })).toContainText('Write a comment');
  await jo.keyboard.press('c');
  await jo.keyboard.type('Ended in May.');
  await jo.keyboard.press('Escape');
  await jo.keyboard.press('d');
  await jo.keyboard.press('Enter');
  await expect(panel(jo)).toContainText('disagree');
  await expect(panel(jo)).toContainText('All of it fits.');
  await jo.keyboard.press('n');
  await expect(panel(jo)).toContainText('You do not see the verdict');
  await jo.getByLabel('Reason').selectOption('discrepancy-explained');
  await jo.getByRole('button', { name: /^Would approve/ }).click();
  await expect(panel(jo)).toContainText('You agree with your colleague');
  await jo.context().close();
  await desk.open(page, 'auditor', '/admin/figures');
  const agreement = page.locator('#agreement');
  await expect(agreement).toContainText('50%');
  await expect(agreement.getByRole('row', { name: /Approve Decline/ })).toContainText('1');
  // Nothing of it was sent to Persona.
  expect(await desk.effects(first!)).toHaveLength(1);
});

test('A difference is marked to the letter, and resolved where it stands', async ({ page }) => {
  let found = '';
  for (const id of await desk.inquiries('needs_review')) {
    const html = await desk.get('analyst', `/inquiries/${id}`);
    if (html.includes('<mark>') && html.includes(' to resolve')) {
      found = id;
      break;
    }
  }
  expect(found, 'an inquiry whose document says something else').not.toBe('');
  await desk.open(page, 'analyst', `/inquiries/${found}`);
  const identity = page.locator('#identity');
  await expect(identity.locator('mark').first()).toBeVisible();
  await expect(identity).toContainText('to resolve');
  await identity.getByText(/^Resolve/).first().click();
  await identity.getByLabel(/^Resolution for /).first().selectOption('explained');
  await identity.getByLabel(/, comment$/).first().fill('She married in May.');
  await identity.getByRole('button', { name: 'Resolve', exact: true }).first().click();
  await expect(identity).toContainText('Explained by the person: She married in May.');
  await expect(page.locator('#timeline')).toContainText('resolved a discrepancy');
});

test('Whoever is called by a note is told on every page, and led there', async ({ page, watch }) => {
  test.slow();
  const [id] = await desk.inquiries('needs_review');
  await desk.open(page, 'analyst', '/cases');
  const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Notes to you/ });
  await expect(link).toHaveText('Notes to you');
  const jo = await another(page, watch);
  await desk.open(jo, 'colleague', `/inquiries/${id}`);
  await jo.locator('body').press('w');
  await jo.keyboard.type('@Maya Okafor: is this the face of May?');
  await jo.locator('#add-note').click();
  await expect(link).toHaveText('Notes to you1', { timeout: patient(10_000) });
  await link.click();
  await expect(page.getByText('is this the face of May?')).toBeVisible();
  await page.locator('main li').getByRole('link').first().click();
  await expect(page).toHaveURL(new RegExp(`/inquiries/${id}`));
  await expect(link).toHaveText('Notes to you', { timeout: patient(10_000) });
  await jo.context().close();
});
