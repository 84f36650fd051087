/** A session lasts while the reviewer is active; an open page alone does not extend it. */
import { alive, Desk, expect, test } from './desk';

/** Short enough to wait for: activity is reported, and the end is announced, in steps of two seconds. */
const IDLE = 30;
const desk = new Desk(0, IDLE);

test.beforeAll(async () => {
  test.setTimeout(120_000);
  await desk.start(40);
});
test.afterAll(async () => {
  await desk.stop();
});

test('A page that nobody uses warns, then hides what it shows, and goes on after signing in again', async ({ page, context, watch }) => {
  test.setTimeout(120_000);
  watch.allow(/status of 401/);
  await page.goto(`${desk.url}/login`);
  await desk.signInByForm(page, desk.people.analyst);
  const [id] = await desk.inquiries('needs_review');
  await page.goto(`${desk.url}/inquiries/${id}`);
  await alive(page);
  const comment = page.getByLabel(/^Comment/);
  await comment.pressSequentially('The passport ran out', { delay: 15 });
  const began = Date.now();

  await expect(page.getByText('will be signed out')).toBeVisible({ timeout: (IDLE + 8) * 1000 });
  const over = page.getByRole('alertdialog', { name: 'Signed out' });
  await expect(over).toBeVisible({ timeout: 15_000 });
  expect(Date.now() - began).toBeLessThan((IDLE + 12) * 1000);
  await expect(comment).toBeHidden();

  const [tab] = await Promise.all([context.waitForEvent('page'), over.getByRole('link', { name: 'Sign in again' }).click()]);
  watch.over(tab);
  await desk.signInByForm(tab, desk.people.analyst);
  await alive(tab);
  await tab.close();
  await page.bringToFront();
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(over).toBeHidden();
  await expect(comment).toHaveValue('The passport ran out');
});

test('Whoever moves the pointer now and then stays signed in', async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(`${desk.url}/login`);
  await desk.signInByForm(page, desk.people.auditor);
  await alive(page);
  const end = Date.now() + (IDLE + 12) * 1000;
  for (let n = 0; Date.now() < end; n += 1) {
    await page.waitForTimeout(5000);
    await page.mouse.move(300 + (n % 7) * 10, 300);
  }
  await expect(page.getByText('will be signed out')).toBeHidden();
  await page.getByRole('link', { name: 'Decisions' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Decisions' })).toBeVisible();
});
