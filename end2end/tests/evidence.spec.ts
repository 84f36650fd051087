/** Reading the evidence: image viewer, checklist, the next inquiry after a decision, a link as a QR code. */
import { join } from 'node:path';
import { expect, test, until, useDesk } from './desk';
import { THEMES, WIDTHS } from './pages';

const desk = useDesk();
let waiting: string[] = [];
test.beforeAll(async () => {
  waiting = await desk.inquiries('needs_review');
});

/** Reveals the pictures of documents, which are hidden until the reviewer gives a purpose. */
async function reveal(page: import('@playwright/test').Page) {
  await page.getByRole('button', { name: /^Show all/ }).click();
  await expect(page.locator('.pictures .veiled')).toHaveCount(0);
}

async function picture(page: import('@playwright/test').Page, name: string) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `evidence-${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test('Pictures are looked at closely with keys: larger, turned, with contrast, two side by side', async ({ page }) => {
  await desk.open(page, 'analyst', `/inquiries/${waiting[0]}`);
  await reveal(page);
  await page.locator('body').press('p');
  const viewer = page.getByRole('dialog', { name: 'Picture viewer' });
  const left = viewer.locator('figure').first().locator('img').last();
  await expect(left).toBeVisible();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.keyboard.press('r');
  await page.keyboard.press('c');
  await expect(left).toHaveCSS('filter', /contrast/);
  const turned = await left.evaluate((image) => getComputedStyle(image).transform);
  // Rotated by 90° and scaled by 1.69: matrix(0, 1.69, -1.69, 0, 0, 0).
  expect(turned).toMatch(/^matrix\(0, 1\.69, -1\.69, 0, 0, 0\)$/);
  await page.keyboard.press('b');
  await expect(viewer.locator('figure')).toHaveCount(2);
  const labels = await viewer.locator('figcaption').allTextContents();
  expect(labels[0]).not.toBe(labels[1]);
  await picture(page, 'viewer');
  await page.keyboard.press('0');
  await page.keyboard.press('Escape');
  await expect(viewer).toHaveCount(0);
  // Keys for the viewer did not affect the page behind it.
  await expect(page.locator('#comment')).toHaveValue('');
});

test('Shortcuts of the browser are left to it while a picture is looked at closely', async ({ page }) => {
  await desk.open(page, 'analyst', `/inquiries/${waiting[0]}`);
  await page.locator('body').press('p');
  const viewer = page.getByRole('dialog', { name: 'Picture viewer' });
  const image = viewer.locator('figure').first().locator('img').last();
  await expect(image).toBeVisible();
  const looks = () => image.evaluate((image) => getComputedStyle(image).transform + getComputedStyle(image).filter);
  const before = await looks();
  // Dispatched to the viewer itself, so that the browser does not act on them. `true` means that no handler took the
  // key.
  const left = await viewer.evaluate((dialog) => {
    const keys = ['r', 'c', 'b', 'n', '+', '-', '0', '=', 'ArrowLeft', 'ArrowRight'];
    const held = [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { isComposing: true }, { keyCode: 229 }];
    return keys.flatMap((key) =>
      held.map((how) => dialog.dispatchEvent(new KeyboardEvent('keydown', { key, ...how, bubbles: true, cancelable: true }))),
    );
  });
  expect(left).toHaveLength(50);
  expect(left.every(Boolean)).toBe(true);
  expect(await looks()).toBe(before);
  await expect(viewer.locator('figure')).toHaveCount(1);
  await page.keyboard.press('r');
  await expect.poll(looks).not.toBe(before);
});

test('A picture that is looked at closely stands small until the whole one has come, and when that does not come', async ({ page, watch }) => {
  let give = () => {};
  const asked = new Promise<void>((resolve) => { give = resolve; });
  let whole = 0;
  await page.route(/\/documents\/(?!.*size=small)/, async (route) => {
    whole += 1;
    await asked;
    await (whole === 1 ? route.continue() : route.abort());
  });
  await desk.open(page, 'analyst', `/inquiries/${waiting[0]}`);
  const onPage = page.locator('.pictures img').first();
  await expect.poll(() => onPage.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(200);
  expect(await onPage.evaluate((image: HTMLImageElement) => image.naturalHeight)).toBeLessThanOrEqual(380);
  expect(whole, 'the page needs no whole picture').toBe(0);
  await page.locator('body').press('p');
  const half = page.getByRole('dialog', { name: 'Picture viewer' }).locator('figure').first();
  await expect(half.getByRole('status')).toContainText('loading');
  await expect(half.locator('img')).toHaveCount(2);
  await picture(page, 'viewer-coming');
  give();
  await expect(half.locator('img')).toHaveCount(1);
  await expect(half.getByRole('status')).not.toContainText('loading');
  watch.allow(/ERR_FAILED.*\/documents\/|\/documents\/.*ERR_FAILED/);
  await page.keyboard.press('ArrowRight');
  await expect(half.getByRole('status')).toContainText('only the small version');
  await expect(half.locator('img')).toHaveCount(2);
});

test('Pictures stay blurred for those who want it, until one is looked at', async ({ page }) => {
  await desk.open(page, 'colleague', '/account');
  await page.getByLabel('Blur each picture until I point at it').check();
  await page.waitForLoadState('networkidle');
  await desk.open(page, 'colleague', `/inquiries/${waiting[0]}`);
  const image = page.locator('.pictures img').first();
  await expect(image).toHaveCSS('filter', /blur/);
  await image.hover();
  await expect(image).toHaveCSS('filter', 'none');
});

test('What is on the checklist keeps an approval back until it is ticked', async ({ page, browser, watch }) => {
  watch.allow(/status of 422/);
  await desk.open(page, 'admin', '/admin/rules');
  await page.locator('#list-items').fill('approve: The face is the one on the document\nThe back was read');
  await page.getByRole('button', { name: 'Set the checklist' }).click();
  await expect(page.locator('#checklists')).toContainText('required to approve');
  await picture(page, 'rules');
  const analyst = await browser.newPage();
  await desk.open(analyst, 'analyst', `/inquiries/${waiting[1]}`);
  await analyst.getByLabel('Reason').selectOption('discrepancy-explained');
  await analyst.locator('body').press('a');
  await analyst.keyboard.press('Enter');
  await expect(analyst.getByText('Complete these checklist items first: The face is the one on the document.')).toBeVisible();
  const box = analyst.getByRole('checkbox', { name: 'The face is the one on the document' });
  await box.click();
  await expect(box).toHaveAttribute('aria-checked', 'true');
  await picture(analyst, 'checklist');
  await analyst.getByLabel('Reason').selectOption('discrepancy-explained');
  await analyst.locator('#approve').click();
  await expect(analyst.locator('#decision')).toContainText(/Approve/);
  await expect(analyst.locator('#approve')).toHaveCount(0);
  await analyst.close();
  await page.locator('#list-items').fill('');
  await page.getByRole('button', { name: 'Set the checklist' }).click();
  await expect(page.locator('#checklists')).toContainText('No checklists yet');
});

test('After a decision the next inquiry is dealt and opened, with the way back', async ({ page }) => {
  await desk.open(page, 'analyst', `/inquiries/${waiting[2]}`);
  await page.getByLabel('Open the next inquiry after this one').check();
  await page.getByLabel('Reason').selectOption('discrepancy-explained');
  await page.locator('#approve').click();
  await expect(page).not.toHaveURL(new RegExp(waiting[2]!));
  await expect(page).toHaveURL(/\/inquiries\/inq_/);
  await expect(page.getByText('Claimed by you')).toBeVisible();
  await expect(page.locator('#comment')).toHaveValue('');
  await page.getByRole('link', { name: 'Open it again to withdraw the decision' }).click();
  await expect(page).toHaveURL(new RegExp(waiting[2]!));
  await page.getByLabel('Open the next inquiry after this one').uncheck({ timeout: 500 }).catch(() => undefined);
});

test('A one-time link is a picture for a phone, and its time runs out before one’s eyes', async ({ page }) => {
  await desk.open(page, 'analyst', `/inquiries/${waiting[3]}`);
  await page.locator('#life').selectOption({ label: '15 minutes' });
  await page.locator('body').press('l');
  const left = page.getByRole('timer');
  await expect(left).toHaveText(/^1[45]:\d\d left$/);
  const before = await left.textContent();
  await expect(left).not.toHaveText(before!);
  await page.getByText('Show QR code').click();
  await expect(page.getByRole('img', { name: 'QR code of the one-time link' })).toBeVisible();
});

test('Five hundred checks are read as quickly as ten: what failed stands first, the rest is folded, nothing is wider than the page', async ({ page }) => {
  const id = await desk.arrive({ checks: 500 });
  await until('its evidence is read', async () => !/reading evidence|No verification was done/i.test(await desk.get('analyst', `/inquiries/${id}`)), 20_000);
  await desk.open(page, 'analyst', `/inquiries/${id}`);
  const first = page.locator('#checks .verification').filter({ hasText: 'of them to review' });
  await expect(first.locator('> ul > li')).toHaveCount(20);
  await expect(first.locator('> ul > li[data-tone="good"]')).toHaveCount(0);
  await expect(first.getByText(/^480 more, \d+ of them to review$/)).toBeVisible();
  expect(await first.locator('li').count()).toBe(500);
  await picture(page, 'checks-500');
  await first.getByText(/^480 more/).click();
  await expect(first.locator('details li').last()).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test.describe('Far from Greenwich', () => {
  test.use({ timezoneId: 'Asia/Kolkata' });
  test('times stand by the reader’s clock wherever they are, and hovering tells UTC', async ({ page }) => {
    const times = page.locator('time.here');
    const right = async () => {
      await expect(times.first()).toBeVisible();
      const told = await times.evaluateAll((all) => all.map((time) => ({ at: time.getAttribute('datetime')!, text: time.textContent, title: time.getAttribute('title') })));
      for (const { at, text, title } of told) {
        const there = new Date(Date.parse(at) + 5.5 * 3_600_000).toISOString();
        expect(text).toBe(`${there.slice(0, 10)} ${there.slice(11, 19)}`);
        expect(title).toBe(`${at.slice(0, 10)} ${at.slice(11, 19)} UTC`);
      }
    };
    // As the server sent it, which knows no time zone, and as the browser rendered it.
    await desk.open(page, 'analyst', `/inquiries/${waiting[0]}`);
    await right();
    await desk.open(page, 'analyst', '/queue');
    await page.getByRole('table').getByRole('link').first().click();
    await expect(page.getByRole('heading', { level: 2, name: 'Sessions' })).toBeVisible();
    await right();
    await desk.open(page, 'admin', '/admin/reviewers');
    await right();
  });
});
