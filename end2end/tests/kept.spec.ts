/** No work is lost: half-written texts survive the end of the session and of the desk itself. */
import { alive, expect, patient, test, useDesk } from './desk';

const desk = useDesk();
const KEPT = { name: 'Draft saved', exact: true } as const;

test('A session that ended in the middle of a comment returns to the same place with all of it', async ({ page, context, watch }) => {
  const [id] = await desk.inquiries('needs_review');
  await desk.open(page, 'analyst', `/inquiries/${id}`);
  const comment = page.getByLabel(/^Comment/);
  await page.getByLabel('Reason').selectOption('document-expired');
  await comment.pressSequentially('The passport ran out', { delay: 15 });
  await expect(page.getByText(KEPT.name, { exact: true })).toBeVisible();

  // The session ends while the reviewer continues to write.
  watch.allow(/status of 401/);
  await context.clearCookies();
  await comment.pressSequentially(' in May', { delay: 15 });
  const line = page.getByText(/^Not saved: you are signed out/);
  await expect(line).toBeVisible();
  await expect(comment).toHaveValue('The passport ran out in May');

  // The reviewer signs in again in another tab, and returns.
  const [tab] = await Promise.all([context.waitForEvent('page'), line.getByRole('link', { name: 'Sign in again' }).click()]);
  watch.over(tab);
  await desk.signInByForm(tab, desk.people.analyst);
  await expect(tab).toHaveURL(`${desk.url}/inquiries/${id}`);
  await expect(tab.getByLabel(/^Comment/)).toHaveValue(/^The passport ran out/);
  await tab.close();
  await page.bringToFront();
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(page.getByText(KEPT.name, { exact: true })).toBeVisible({ timeout: patient(10_000) });
  await page.reload();
  await expect(comment).toHaveValue('The passport ran out in May');
  await expect(page.getByLabel('Reason')).toHaveValue('document-expired');
});

test('A decision sent without a session decides nothing, and the page goes on where it was', async ({ page, context, watch }) => {
  const id = (await desk.inquiries('needs_review'))[1]!;
  await desk.open(page, 'analyst', `/inquiries/${id}`);
  await page.getByLabel('Reason').selectOption('document-expired');
  await page.getByLabel(/^Comment/).fill('Ran out.');
  await expect(page.getByText(KEPT.name, { exact: true })).toBeVisible();
  watch.allow(/status of 401/);
  await context.clearCookies();
  await page.getByRole('button', { name: /^Decline/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'You are signed out' })).toBeVisible();
  const [tab] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Sign in again' }).click()]);
  await desk.signInByForm(tab, desk.people.analyst);
  await expect(tab).toHaveURL(`${desk.url}/inquiries/${id}`);
  await tab.close();
  await page.bringToFront();
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(page.getByLabel(/^Comment/)).toHaveValue('Ran out.', { timeout: patient(10_000) });
  await expect(page.getByLabel('Reason')).toHaveValue('document-expired');
  expect(await desk.effects(id)).toEqual([]);
});

test('A desk that ends without a word in the middle of a comment has it when it is back', async ({ page, watch }) => {
  test.slow();
  const id = (await desk.inquiries('needs_review'))[2]!;
  await desk.open(page, 'analyst', `/inquiries/${id}`);
  const comment = page.getByLabel(/^Comment/);
  await comment.pressSequentially('The chip answers', { delay: 15 });
  await expect(page.getByText(KEPT.name, { exact: true })).toBeVisible();
  watch.allow(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|Failed to load resource|Failed to fetch/);
  await desk.kill('SIGKILL');
  await comment.pressSequentially(', the photo does not', { delay: 15 });
  await expect(page.getByText(/^Not saved: the desk does not answer/)).toBeVisible();
  await desk.restart();
  // Saved automatically, without another keystroke.
  await expect(page.getByText(KEPT.name, { exact: true })).toBeVisible({ timeout: patient(20_000) });
  await expect(comment).toHaveValue('The chip answers, the photo does not');
  await page.reload();
  await alive(page);
  await expect(comment).toHaveValue('The chip answers, the photo does not');
  await expect(page.getByRole('button', { name: /^Decline/ })).toBeVisible();
});

test('What is typed before scripts have taken over stands when they have', async ({ page }) => {
  const [id] = await desk.inquiries('needs_review');
  let go = () => {};
  const held = new Promise<void>((done) => (go = done));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await desk.open(page, 'analyst', `/inquiries/${id}`, false);
  const [comment, note] = [page.locator('#comment'), page.locator('#note')];
  await comment.fill('Typed on a slow line.');
  await note.fill('This too.');
  go();
  await alive(page);
  await expect(comment).toHaveValue('Typed on a slow line.');
  await expect(note).toHaveValue('This too.');
  // Further typing continues from there.
  await comment.press('End');
  await page.keyboard.type(' And on.');
  await page.keyboard.press('Escape');
  await page.keyboard.press('.');
  await expect(comment).toHaveValue('Typed on a slow line. And on.');
  await expect.poll(() => desk.get('analyst', `/inquiries/${id}`)).toContain('Typed on a slow line. And on.');
});
