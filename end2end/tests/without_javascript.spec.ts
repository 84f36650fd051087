import { expect, test, until, useDesk } from './desk';

const desk = useDesk();
test.use({ javaScriptEnabled: false });

test('Signing in, reading, deciding and signing out need no JavaScript', async ({ page, watch }) => {
  watch.allow(/status of 4\d\d/);
  await page.goto(`${desk.url}/queue`);
  await desk.signInByForm(page, desk.people.analyst);
  await expect(page).toHaveURL(`${desk.url}/queue`);
  await page.getByRole('table').locator('tbody').getByRole('link').first().click();
  const id = /inq_\w+/.exec(page.url())![0];
  await until('the evidence is read', async () => {
    await page.reload();
    return (await page.getByRole('heading', { level: 2, name: 'Checks' }).count()) > 0;
  });
  await expect(page.getByText('All submitted fields')).toBeVisible();

  // Declined without a comment: refused, and the choices are in the form again.
  await page.getByLabel('Reason').selectOption('document-not-genuine');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(page).toHaveURL(new RegExp(`/inquiries/${id}`));
  await expect(page.locator('#decision').getByRole('alert').filter({ hasText: /./ })).toContainText('Write a comment');
  await expect(page.getByLabel('Reason')).toHaveValue('document-not-genuine');

  // With a reason that does not fit: the typed text is in the form again.
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.getByLabel(/^Comment/).fill('The printing is <uneven> & blurred.');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(page.locator('#decision').getByRole('alert').filter({ hasText: /./ })).toContainText('Choose a reason that fits');
  await expect(page.getByLabel(/^Comment/)).toHaveValue('The printing is <uneven> & blurred.');
  expect(await desk.effects(id)).toEqual([]);

  await page.getByLabel('Reason').selectOption('document-not-genuine');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(page.locator('#decision')).toContainText('Maya Okafor');
  // The earlier refusal is no longer shown.
  await expect(page.locator('#decision')).not.toContainText('Choose a reason that fits');
  expect(page.url()).not.toContain('__err');
  const effects = await until('confirmed by Persona', async () => {
    const found = await desk.effects(id);
    return found.length > 0 && found;
  });
  expect(effects.map((effect) => effect.action)).toEqual(['decline']);
  expect(effects[0]!.comment).toMatch(/^The printing is <uneven> & blurred\.\n\nCountersign decision [0-9a-f-]{36} by Maya Okafor$/);
  await page.goto(`${desk.url}/inquiries/${id}`);
  await expect(page.locator('#decision')).toContainText('confirmed by Persona');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.goto(`${desk.url}/queue`);
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('Filters, search and pages of the queue need no JavaScript', async ({ page }) => {
  await page.goto(`${desk.url}/queue`);
  await desk.signInByForm(page, desk.people.analyst);
  await page.getByRole('link', { name: /^Approved/ }).click();
  await expect(page).toHaveURL(/status=approved/);
  const id = (await page.locator('tbody .id').first().textContent())!;
  await page.getByRole('searchbox').fill(id);
  await page.getByRole('searchbox').press('Enter');
  await expect(page).toHaveURL(/search=/);
  await expect(page.locator('tbody .id')).toHaveText([id]);
});
