/** The queue as an analyst uses it: with keys alone, by touch, and with colleagues. */
import { type Page } from '@playwright/test';
import { expect, test, useDesk, until, patient } from './desk';

const desk = useDesk();
const rows = (page: Page) => page.getByRole('table').locator('tbody').getByRole('row');
const ids = (page: Page) => page.getByRole('table').locator('tbody .id').allTextContents();
const key = (page: Page, name: string) => page.keyboard.press(name);

test('Rows are selected, tagged, snoozed and brought back with keys alone', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const before = await ids(page);
  await key(page, 'x');
  await key(page, 'j');
  await key(page, 'j');
  await key(page, 'x');
  await expect(page.getByText('2 selected')).toBeVisible();
  await key(page, 't');
  await expect(page.locator('#asked')).toBeFocused();
  await page.keyboard.type('second look');
  await key(page, 'Enter');
  await expect(page.getByText('2 tagged “second look”')).toBeVisible();
  for (const n of [0, 2]) await expect(rows(page).nth(n).locator('.tag')).toHaveText('second look');
  await expect(rows(page).nth(1).locator('.tag')).toHaveCount(0);
  expect(await ids(page)).toEqual(before);

  // Selects a range with Shift, as elsewhere.
  await rows(page).nth(3).getByRole('checkbox').click();
  await rows(page).nth(6).getByRole('checkbox').click({ modifiers: ['Shift'] });
  await expect(page.getByText('4 selected')).toBeVisible();
  await key(page, 's');
  await page.getByRole('button', { name: '4 hours' }).click();
  await expect(page.getByText('4 snoozed for 4 h')).toBeVisible();
  await expect.poll(() => ids(page)).toEqual(before.filter((_, n) => n < 3 || n > 6));
  await page.getByRole('link', { name: /^Snoozed/ }).click();
  await expect(rows(page)).toHaveCount(4);
  await page.goBack();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('4 undone')).toBeVisible();
  await expect.poll(() => ids(page)).toEqual(before);
});

test('What a colleague has is refused by name, and the rest goes through', async ({ page, browser, watch }) => {
  watch.allow(/status of 422/);
  await desk.open(page, 'analyst', '/queue');
  const other = await browser.newPage();
  await desk.open(other, 'colleague', '/queue');
  const first = (await ids(page))[0]!;
  await other.locator('body').press('c');
  await expect(other.getByText('1 claimed')).toBeVisible();
  await other.close();
  await until('the claim is seen', async () => (await page.getByRole('button', { name: /^Show changes/ }).count()) > 0);
  expect((await ids(page))[0]).toBe(first);
  await key(page, 'x');
  await key(page, 'j');
  await key(page, 'x');
  await key(page, 'c');
  await expect(page.locator('.outcome')).toContainText('1 claimed');
  await expect(page.locator('.outcome li')).toContainText('This inquiry is assigned to');
  await expect(rows(page).nth(1).locator('.c-assignee')).toContainText('You');
});

test('Claim next opens what is dealt, and a note, a tag and an escalation stand on its page', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue?assignee=nobody');
  await key(page, 'n');
  await expect(page).toHaveURL(/\/inquiries\/inq_/);
  await expect(page.getByText('Claimed by you')).toBeVisible();
  const place = page.locator('#place');
  await expect(place).toContainText('Maya Okafor');
  await key(page, 'z');
  await place.getByLabel('Tag', { exact: true }).fill('documents unclear');
  await key(page, 'Enter');
  await expect(place.locator('.tag')).toContainText('documents unclear');
  await key(page, 'Escape');
  await place.locator('#put-off').click();
  await place.getByLabel('Reason for escalating').fill('The father is a minister');
  await key(page, 'Enter');
  await expect(page.locator('#notes')).toContainText('Escalated: The father is a minister');
  await expect(place).toContainText('Unassigned');
});

test('A view is kept, found beside the queue and in the palette, and taken away', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  await page.getByLabel('Order').selectOption('risk');
  // Waits until it is rendered again, because a select takes the letters typed into it.
  await expect(page.locator('caption')).toContainText(/risk/i);
  await expect(page).toHaveURL(/sort=risk/);
  await key(page, 'b');
  await page.locator('#view-name').fill('Worst first');
  await key(page, 'Enter');
  const nav = page.getByRole('navigation', { name: 'Main' });
  await expect(nav.getByRole('link', { name: /^Worst first/ })).toBeVisible();
  await desk.open(page, 'analyst', '/cases');
  await key(page, 'Control+k');
  await page.keyboard.type('worst');
  await key(page, 'Enter');
  await expect(page).toHaveURL(/\/queue\?.*sort=risk/);
  await page.getByRole('button', { name: 'Remove the view Worst first' }).click();
  await expect(nav.getByRole('link', { name: /^Worst first/ })).toHaveCount(0);
});

test('Enter that only ends a word of an input method does nothing yet', async ({ page }) => {
  const posts: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && request.url().includes('/api/queue-act') && posts.push(request.url()));
  const half = (selector: string, how: KeyboardEventInit) =>
    page.locator(selector).evaluate(
      (field, how) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ...how, bubbles: true, cancelable: true })),
      how,
    );
  await desk.open(page, 'analyst', '/queue');
  const id = (await ids(page))[0]!;
  await key(page, 'Control+k');
  await page.locator('#palette-text').fill(id);
  await expect(page.getByRole('listbox').getByRole('option').first()).toBeVisible();
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) expect(await half('#palette-text', how)).toBe(true);
  await expect(page).toHaveURL(`${desk.url}/queue`);
  await key(page, 'Escape');
  await key(page, 'x');
  await key(page, 't');
  await page.locator('#asked').fill('かんじ');
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) expect(await half('#asked', how)).toBe(true);
  await expect(page.locator('#asked')).toHaveValue('かんじ');
  await desk.open(page, 'analyst', `/inquiries/${id}`);
  await page.locator('#put-off').click();
  for (const field of ['#new-tag', '#escalation']) {
    await page.locator(field).fill('かんじ');
    for (const how of [{ isComposing: true }, { keyCode: 229 }]) expect(await half(field, how)).toBe(true);
  }
  expect(posts).toEqual([]);
});

test('The palette takes any ID, and the help lists every key', async ({ page }) => {
  await desk.open(page, 'analyst', '/queue');
  const id = (await ids(page))[1]!;
  await key(page, 'Control+k');
  await expect(page.locator('#palette-text')).toBeFocused();
  await page.keyboard.type(`https://app.withpersona.com/dashboard/inquiries/${id}`);
  await expect(page.getByRole('listbox').getByRole('option').first()).toHaveText(`Open inquiry ${id}`);
  await key(page, 'Enter');
  await expect(page).toHaveURL(`${desk.url}/inquiries/${id}`);
  await page.locator('body').press('?');
  await expect(page.getByRole('dialog')).toContainText('Claim and open the next inquiry');
  await key(page, 'Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.locator('#comment').fill('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('Keys can be chosen and switched off, columns left out, and all of it follows the reviewer', async ({ page }) => {
  await desk.open(page, 'colleague', '/account');
  const field = (label: string) => page.locator('#keys').getByLabel(new RegExp(`^${label}`));
  await field('Next row').fill('k');
  await field('Next row').blur();
  await expect(page.locator('#keys').getByRole('alert')).toContainText('already does something else');
  await expect(field('Next row')).toHaveValue('j');
  await field('Next row').fill('i');
  await field('Next row').blur();
  await page.getByLabel('High contrast').check();
  await desk.open(page, 'colleague', '/queue');
  await expect(page.locator('html')).toHaveAttribute('data-contrast', 'more');
  await key(page, 'j');
  await expect(rows(page).nth(0)).toHaveClass(/at/);
  await key(page, 'i');
  await expect(rows(page).nth(1)).toHaveClass(/at/);
  await key(page, 'o');
  await page.getByLabel('Country', { exact: true }).uncheck();
  await page.getByLabel('Dense rows').check();
  await expect(page.getByRole('columnheader', { name: 'Country' })).toHaveCount(0);
  await page.waitForLoadState('networkidle');
  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'Template' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Country' })).toHaveCount(0);
  await expect(page.getByRole('table')).toHaveClass(/dense/);
  await desk.open(page, 'colleague', '/account');
  await page.getByLabel('Turn off single-key shortcuts').check();
  await page.waitForLoadState('networkidle');
  await desk.open(page, 'colleague', '/queue');
  await key(page, 'i');
  await expect(rows(page).nth(0)).toHaveClass(/at/);
});

test('An admin sets the policy and gives work out, and sees no evidence', async ({ page }) => {
  await desk.open(page, 'admin', '/admin/rules');
  await page.getByLabel('Hours that an inquiry may wait').fill('2');
  await page.getByRole('button', { name: 'Set the policy' }).click();
  await expect(page.locator('#policy')).toContainText('2 hours of waiting');
  await page.goto(`${desk.url}/queue?sort=due`);
  await until('due times are worked out again', async () => {
    await page.reload();
    return (await page.locator('.c-due [data-tone=bad]').count()) > 3;
  });
  await desk.open(page, 'admin', '/queue?sort=due');
  await rows(page).nth(0).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Assign' }).click();
  await page.getByRole('button', { name: 'Jo', exact: false }).first().click();
  await expect(page.locator('.outcome')).toContainText('1 assigned to');
  // A tag links to the inquiries that have it; the name is not a link.
  await expect(rows(page).nth(0).locator('.c-subject').getByRole('link')).toHaveCount(0);
});

test.describe('At 390 pixels, by touch', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('An inquiry is found, claimed, snoozed and decided', async ({ page }) => {
    await desk.open(page, 'analyst', '/queue?assignee=nobody');
    await rows(page).nth(1).getByRole('checkbox').tap();
    await page.getByRole('button', { name: 'Claim', exact: false }).filter({ hasNotText: 'next' }).tap();
    await expect(page.locator('.outcome')).toContainText('1 claimed');
    await page.goto(`${desk.url}/queue?assignee=me`);
    await rows(page).nth(0).getByRole('link').first().tap();
    await expect(page).toHaveURL(/\/inquiries\//);
    await page.getByLabel('Reason').selectOption('discrepancy-explained');
    await page.getByRole('button', { name: 'Approve' }).tap();
    await expect(page.getByText(/Approve/).first()).toBeVisible({ timeout: patient(5_000) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(390);
  });
});
