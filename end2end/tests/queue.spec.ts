import { type Page } from '@playwright/test';
import { expect, test, useDesk, patient } from './desk';

const desk = useDesk();
const rows = (page: Page) => page.getByRole('table').locator('tbody').getByRole('row');
const ids = (page: Page) => page.getByRole('table').locator('tbody .id').allTextContents();

test('The queue shows who waits for review, longest first', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const chip = page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: /^Needs review/ });
  await expect(chip).toHaveAttribute('aria-current', 'page');
  const n = Number(/\d+$/.exec((await chip.textContent()) ?? '')?.[0]);
  expect(n).toBeGreaterThan(5);
  await expect(rows(page)).toHaveCount(n);
  await expect(page.locator('#counted')).toHaveText(`${n} inquiries`);
  await expect(page.getByLabel('Order')).toHaveValue('oldest');
  const since = await rows(page).locator('.c-waiting time').evaluateAll((times) => times.map((time) => time.getAttribute('datetime')!));
  expect(since).toEqual([...since].sort());
});

test('Filters stand in the address, so that a filtered queue can be reloaded and sent to a colleague', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: /^Approved/ }).click();
  await expect(page).toHaveURL(/\/queue\?status=approved$/);
  await expect(rows(page).getByText('Approved', { exact: true }).first()).toBeVisible();
  await expect(rows(page).filter({ hasNotText: 'Approved' })).toHaveCount(0);

  await page.locator('select[name=country]').selectOption({ index: 1 });
  const country = await page.locator('select[name=country]').inputValue();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(new RegExp(`country=${country}`));
  await expect(rows(page).filter({ hasNotText: country })).toHaveCount(0);
  await page.reload();
  await expect(page.locator('select[name=country]')).toHaveValue(country);
  await expect(page).toHaveURL(/status=approved/);

  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(page).toHaveURL(/\/queue\?all=1&status=approved$/);
  await page.goBack();
  await expect(page.locator('select[name=country]')).toHaveValue(country);
});

test('Who chooses by keyboard stands where they chose, and goes on from there', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const country = page.locator('select[name=country]');
  for (const n of [1, 2]) {
    await country.focus();
    // As arrow keys do on a closed select: each choice applies itself.
    await country.selectOption({ index: n });
    const chosen = await country.inputValue();
    await expect(page).toHaveURL(new RegExp(`country=${chosen}`));
    await expect(page.locator('select[name=country] option[selected]')).toHaveAttribute('value', chosen);
    await expect(country).toBeFocused();
  }
  await page.keyboard.press('Tab');
  await expect(page.locator('select[name=assignee]')).toBeFocused();
});

test('A search finds an inquiry by name and by ID, in all statuses', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue?status=approved');
  const row = rows(page).filter({ has: page.getByRole('link') }).nth(1);
  const name = (await row.getByRole('link').textContent())!;
  const id = (await row.locator('.id').textContent())!;

  await page.keyboard.press('/');
  const search = page.getByRole('searchbox');
  await expect(search).toBeFocused();
  await search.fill(id);
  await search.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText(id);

  await search.fill(name.split(' ')[0]!.toUpperCase());
  await search.press('Enter');
  await expect(rows(page).filter({ hasText: id })).toHaveCount(1);

  await search.fill('nobody is called like this');
  await search.press('Enter');
  await expect(page.getByText('No matching inquiries')).toBeVisible();
  await expect(search).toHaveValue('nobody is called like this');
});

/** Where the reader is: the row with the keyboard focus, the selected rows, and how far the page is scrolled. */
const where = (page: Page) =>
  page.evaluate(() => ({
    focus: document.activeElement?.closest('tr')?.querySelector('.id')?.textContent ?? null,
    selected: [...document.querySelectorAll('tr.chosen .id')].map((id) => id.textContent),
    scroll: Math.round(window.scrollY),
  }));

test('Going back to the queue continues where the reader was', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 400 });
  await desk.open(page, 'analyst', '/queue?status=all');
  await rows(page).nth(2).getByRole('checkbox').check();
  await rows(page).nth(5).getByRole('checkbox').check();
  await rows(page).nth(9).getByRole('link').first().scrollIntoViewIfNeeded();
  for (let n = 0; n < 7; n += 1) await page.keyboard.press('j');
  const before = await where(page);
  expect(before.focus).toBe((await ids(page))[12]);
  expect([before.selected.length, before.scroll > 100]).toEqual([2, true]);

  // Through the router: the page is rendered again.
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/inquiries\//);
  await page.goBack();
  await expect.poll(() => where(page)).toEqual(before);
  // By a click on a link of a row.
  const clicked = (await ids(page))[11];
  await rows(page).nth(11).getByRole('link').first().click();
  await expect(page).toHaveURL(/\/inquiries\//);
  await page.goBack();
  await expect.poll(async () => (await where(page)).focus).toBe(clicked);
  // Another document: the page is loaded again, because the back-forward cache is switched off here.
  const then = await where(page);
  await page.goto(`${desk.url}/account`);
  await page.goBack();
  await expect.poll(() => where(page)).toEqual(then);
  // Whoever opens the queue by a link begins at its first row.
  await page.goto(`${desk.url}/account`);
  await page.getByRole('link', { name: /queue/i }).first().click();
  await expect(rows(page).first()).toBeVisible();
  expect((await where(page)).selected).toEqual([]);
});

test('Going back continues with the back-forward cache on, too', async ({ playwright }) => {
  const { executablePath, args } = test.info().project.use.launchOptions ?? {};
  const browser = await playwright.chromium.launch({ executablePath, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 400 } })).newPage();
    await desk.open(page, 'analyst', '/queue?status=all');
    await rows(page).nth(2).getByRole('checkbox').check();
    for (let n = 0; n < 9; n += 1) await page.keyboard.press('j');
    const before = await where(page);
    expect([before.selected.length, before.scroll > 100]).toEqual([1, true]);
    await page.goto(`${desk.url}/account`);
    // `goBack` would wait for a load that a cached page does not have.
    await page.evaluate(() => history.back());
    await page.waitForTimeout(1_000);
    const why = await page.evaluate(() => JSON.stringify(performance.getEntriesByType('navigation')[0]));
    expect(why, 'no page about a person is kept in a cache').toContain('response-cache-control-no-store');
    await expect.poll(() => where(page)).toEqual(before);
    await page.keyboard.press('j');
    await expect.poll(async () => (await where(page)).focus).not.toBe(before.focus);
  } finally {
    await browser.close();
  }
});

test('A new inquiry is announced, and rows move only when asked to', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const before = await ids(page);
  const arrived = await desk.arrive();
  const show = page.getByRole('button', { name: /^Show changes/ });
  await expect(show).toBeVisible({ timeout: patient(12_000) });
  // Time enough for anything that would move without being asked to.
  await page.waitForTimeout(1_500);
  expect(await ids(page)).toEqual(before);

  await show.click();
  await expect(page.getByText(arrived)).toBeVisible();
  expect(await ids(page)).toEqual([...before, arrived]);
  await expect(page).toHaveURL(`${desk.url}/queue`);
});

test('The queue is worked by keys, and letters typed into a field stay letters', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const search = page.getByRole('searchbox');
  await search.focus();
  await page.keyboard.type('jk.');
  await expect(search).toHaveValue('jk.');
  await expect(search).toBeFocused();
  await search.fill('');
  await search.blur();

  const link = (n: number) => rows(page).nth(n).getByRole('link');
  await page.keyboard.press('j');
  await expect(link(1)).toBeFocused();
  await page.keyboard.press('j');
  await expect(link(2)).toBeFocused();
  await page.keyboard.press('k');
  await expect(link(1)).toBeFocused();
  const href = await link(1).getAttribute('href');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${desk.url}${href}`);
  await expect(page.getByRole('heading', { level: 2, name: 'Decision' })).toBeVisible();
});

test('Escape leaves a field, then lets go of the chosen rows', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const chosen = page.locator('tr.chosen');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(chosen).toHaveCount(2);
  const search = page.getByRole('searchbox');
  await page.keyboard.press('/');
  await expect(search).toBeFocused();
  await page.keyboard.type('mar');
  await page.keyboard.press('Escape');
  await expect(search).not.toBeFocused();
  await expect(chosen).toHaveCount(2);
  await page.keyboard.press('Escape');
  await expect(chosen).toHaveCount(0);
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(0);
});

test('A click on another control with the Enter key does what the control says', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const chip = page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: /^Declined/ });
  await chip.focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/queue\?status=declined$/);
});
