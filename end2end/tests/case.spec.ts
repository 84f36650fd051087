import { expect, patient, test, until, useDesk } from './desk';

const desk = useDesk();

async function cases(query: string): Promise<string[]> {
  const html = await desk.get('analyst', `/cases${query}`);
  return [...new Set([...html.matchAll(/href="\/cases\/(case_\w+)"/g)].map((found) => found[1]!))];
}

test('Cases are worked through by keyboard: found, assigned, opened, their status set, the next one', async ({ page }) => {
  const assigned = async (id: string) => (await desk.effects(id)).filter((effect) => effect.action === 'assign').length;
  await desk.open(page, 'analyst', '/cases');
  await expect(page.getByRole('link', { name: /^Not resolved/ })).toHaveAttribute('aria-current', 'page');
  await page.getByLabel('Order').selectOption('due');
  await expect(page).toHaveURL(/sort=due/);
  const [first, second] = await cases('?sort=due');
  // Selects two rows and takes them.
  for (const key of ['x', 'j', 'x', 'a']) await page.locator('body').press(key);
  await expect(page.getByRole('status').getByText('2 assigned to you')).toBeVisible({ timeout: patient(15_000) });
  await expect(page.locator('#row-0')).toContainText('You');
  await expect(page.locator('#row-1')).toContainText('You');
  expect([await assigned(first!), await assigned(second!)]).toEqual([1, 1]);
  // The first case is opened and decided.
  await page.locator('body').press('k');
  await page.locator('body').press('Enter');
  await expect(page).toHaveURL(`${desk.url}/cases/${first}`);
  await expect(page.locator('#about')).toContainText('You');
  await page.locator('body').press('e');
  await expect(page.getByLabel('Reason')).toBeFocused();
  await page.getByLabel('Reason').selectOption('work-done');
  await page.getByLabel('New status').selectOption('Approved');
  // Leaves the field, so that keys are shortcuts again.
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  await page.keyboard.type('Nothing is left to do.');
  await page.getByRole('button', { name: 'Set status' }).press('Enter');
  await expect(page.locator('#decision')).toContainText('confirmed by Persona', { timeout: patient(12_000) });
  expect((await desk.effects(first!)).map((effect) => effect.action)).toEqual(['assign', 'set-status']);
  // The case is resolved, and the next one is not.
  await page.locator('body').press('n');
  await expect(page).not.toHaveURL(new RegExp(first!));
  await expect(page.getByRole('button', { name: 'Set status' })).toBeVisible();
  await page.goto(`${desk.url}/cases`);
  await expect(page.getByRole('row').first()).toBeVisible();
  await expect(page.locator(`a[href="/cases/${first}"]`)).toHaveCount(0);
});

test('Persona may not know whoever takes a case on, and says so', async ({ page, watch }) => {
  const id = (await cases('?assignee=nobody&status=all')).concat(await cases(''))[0]!;
  await desk.open(page, 'colleague', `/cases/${id}`);
  watch.allow(/status of 422/);
  await desk.fault({ match: `${id}/assign`, kind: 'status', status: 422 });
  await page.locator('body').press('a');
  await expect(page.locator('#about').getByRole('alert')).toContainText('Persona did not accept the assignment', { timeout: patient(10_000) });
  await desk.noFaults();
  await page.reload();
  await expect(page.locator('#about')).toContainText('Persona did not assign it to');
  await page.getByRole('button', { name: /^Assign to me/ }).click();
  await expect(page.locator('#about .whose')).toContainText('You', { timeout: patient(10_000) });
  await expect(page.getByRole('button', { name: /^Assign to me/ })).toHaveCount(0);
});

test('An admin gives cases to an analyst, and what changes meanwhile moves nothing', async ({ page, watch }) => {
  const open = await cases('');
  await desk.open(page, 'admin', '/cases');
  await page.locator('#row-2 input').check();
  await page.getByRole('button', { name: /^Assign/ }).click();
  const colleague = page.locator('.asked').getByRole('button', { name: 'Jo Lindqvist' }).or(page.locator('.asked button').nth(1)).first();
  const name = (await colleague.innerText()).trim();
  await colleague.click();
  await expect(page.getByRole('status').getByText(/^1 assigned to /)).toBeVisible({ timeout: patient(15_000) });
  await until('Persona knows', async () => (await desk.effects(open[2]!)).some((effect) => effect.action === 'assign'));
  // Waits until the row no longer moves before comparing it.
  await expect(page.locator('#row-2')).toContainText(name, { timeout: patient(15_000) });
  await expect(page.locator('#row-2')).not.toContainText('being assigned', { timeout: patient(15_000) });
  // A colleague sets a status, and the page announces it.
  // The remaining times change, so they are removed.
  const rows = async () => (await page.getByRole('row').allInnerTexts()).map((row) => row.replace(/\d+ [dhm]\b/g, ''));
  const before = await rows();
  const headers = { authorization: 'Bearer persona_sandbox_dashboard', 'content-type': 'application/json' };
  const answer = await fetch(`${desk.sandbox}/api/v1/cases/${open[0]}/set-status`, { method: 'POST', headers, body: JSON.stringify({ meta: { status: 'Declined' } }) });
  expect(answer.status).toBe(200);
  const show = page.getByRole('button', { name: /^Show changes/ });
  await expect(show).toBeVisible({ timeout: patient(10_000) });
  expect(await rows()).toEqual(before);
  await show.click();
  await expect(page.locator(`text=${open[0]}`)).toHaveCount(0);
  expect(watch.heard).toEqual([]);
});
