import { alive, another, expect, test, useDesk } from './desk';

const desk = useDesk();

test('A reviewer is added, works, is shut out at once, and is let in again', async ({ page, watch }) => {
  test.setTimeout(60_000);
  watch.allow(/status of 401/);
  await desk.open(page, 'admin', '/admin/reviewers');
  await page.getByLabel('Name, as shown on every decision').fill('Ines Moreau');
  await page.getByLabel('E-mail').fill('ines@demo.example');
  await page.getByLabel('Role', { exact: true }).selectOption('analyst');
  await page.getByRole('button', { name: 'Add reviewer' }).click();
  const fresh = page.locator('#fresh');
  await expect(fresh).toContainText('Ines Moreau sets a password through this link and signs in as ines@demo.example');
  const link = new URL((await fresh.locator('code').textContent())!);
  expect(link.pathname).toMatch(/^\/invitation\/[0-9a-f]{64}$/);
  const row = page.getByRole('row').filter({ hasText: 'ines@demo.example' });
  await expect(row).toContainText('Active');
  await page.reload();
  await alive(page);
  await expect(row).toBeVisible();
  await expect(page.getByText(link.pathname)).toHaveCount(0);

  const who = { email: 'ines@demo.example', password: 'seven green kettles sing' };
  const theirs = await another(page, watch);
  await theirs.goto(`${desk.url}${link.pathname}`);
  await theirs.getByLabel('New password').fill(who.password);
  await theirs.getByLabel('Repeat the password').fill(who.password);
  await theirs.getByRole('button', { name: 'Set the password' }).click();
  await expect(theirs.getByRole('status')).toContainText('Your password is set');
  await theirs.goto(`${desk.url}/login`);
  await desk.signInByForm(theirs, who);
  await alive(theirs);
  await expect(theirs.getByRole('heading', { level: 1, name: 'Review queue' })).toBeVisible();

  await row.getByRole('button', { name: 'Disable Ines Moreau' }).click();
  await expect(row).toContainText('Disabled');
  await theirs.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Cases/ }).click();
  // Either the cases are refused or the page has heard of it before; both show one of these headings.
  await expect(theirs.getByRole('heading', { name: /^(You are signed out|You have been signed out|Sign in)$/ })).toBeVisible();
  await expect(theirs.getByRole('main').getByRole('table')).toHaveCount(0);
  await theirs.goto(`${desk.url}/login`);
  await desk.signInByForm(theirs, who);
  await expect(theirs.getByRole('alert')).toContainText('Wrong e-mail or password');

  await row.getByRole('button', { name: 'Enable Ines Moreau' }).click();
  await expect(row).toContainText('Active');
  // Through a link, as for a new account: the old password no longer opens it.
  await expect(fresh).toContainText('Ines Moreau sets a password through this link');
  const again = new URL((await fresh.locator('code').textContent())!);
  await theirs.goto(`${desk.url}/login`);
  await desk.signInByForm(theirs, who);
  await expect(theirs.getByRole('alert')).toContainText('Wrong e-mail or password');
  await theirs.goto(`${desk.url}${again.pathname}`);
  who.password = 'eight blue teapots hum';
  await theirs.getByLabel('New password').fill(who.password);
  await theirs.getByLabel('Repeat the password').fill(who.password);
  await theirs.getByRole('button', { name: 'Set the password' }).click();
  await expect(theirs.getByRole('status')).toContainText('Your password is set');
  await theirs.goto(`${desk.url}/login`);
  await desk.signInByForm(theirs, who);
  await alive(theirs);
  await expect(theirs.getByRole('heading', { level: 1, name: 'Review queue' })).toBeVisible();
  await theirs.context().close();
});

test('An admin sees the same address refused a second time, and why', async ({ page, watch }) => {
  watch.allow(/status of 4\d\d .*\/api\/reviewer-add/);
  await desk.open(page, 'admin', '/admin/reviewers');
  await page.getByLabel('Name, as shown on every decision').fill('Second Maya');
  await page.getByLabel('E-mail').fill(desk.people.analyst.email);
  await page.getByRole('button', { name: 'Add reviewer' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
  await expect(page.getByLabel('Name, as shown on every decision')).toHaveValue('Second Maya');
});

test('An admin does not decide', async () => {
  const [id] = await desk.inquiries('needs_review');
  const answer = await desk.post('/api/decide', { inquiry: id!, version: '1', verdict: 'approve', reason: 'discrepancy-explained', comment: '' }, 'admin');
  expect(answer.headers.get('location') ?? '').not.toMatch(/^$|^\/inquiries\/[^?]*$/);
  expect(await desk.effects(id!)).toEqual([]);
  expect((await desk.fetch('admin', `/inquiries/${id}`)).status).toBe(403);
});

test('The connection page tells how Persona is', async ({ page }) => {
  await desk.open(page, 'admin', '/admin/persona');
  await expect(page.getByText('Persona answers')).toBeVisible();
  await page.getByRole('button', { name: 'Full resync' }).click();
  await expect(page.getByText("Reading Persona's lists")).toBeVisible();
});
