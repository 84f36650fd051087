/** Live updates: one connection for all tabs, and a page that says so when no updates arrive. */
import { alive, expect, patient, test, until, useDesk } from './desk';

const desk = useDesk();

test('Eight tabs over HTTP/1.1 all open, all are live and all hear of a change', async ({ page, context, watch }) => {
  test.setTimeout(120_000);
  const ids = await desk.inquiries('needs_review');
  await desk.open(page, 'analyst', '/queue');
  await alive(page);
  const tabs = [page];
  for (const id of ids.slice(0, 7)) {
    const tab = await context.newPage();
    watch.over(tab);
    await tab.goto(`${desk.url}/inquiries/${id}`, { timeout: patient(10_000) });
    await alive(tab);
    tabs.push(tab);
  }
  // A browser opens six connections to a host: with one for each tab, none would be left for this call.
  const answer = await page.evaluate(async () => (await fetch('/health/live')).status);
  expect(answer).toBe(200);

  const changed = ids[6]!;
  await fetch(`${desk.sandbox}/api/v1/inquiries/${changed}/approve`, {
    method: 'POST',
    headers: { authorization: 'Bearer persona_sandbox_browser', 'content-type': 'application/json' },
    body: '{}',
  });
  await expect(tabs[7]!.locator('body')).toContainText(/approved/i, { timeout: patient(10_000) });

  // The tab that has the connection is closed, and another one takes over.
  await page.close();
  for (const tab of tabs.slice(1)) await expect(tab.locator('.dot[data-on="yes"]')).toBeAttached();
});

test('Behind a proxy that keeps everything back the page says that it is not live', async ({ page }) => {
  test.setTimeout(60_000);
  // Neither headers nor events arrive.
  await page.route(/\/live\?/, () => {});
  await desk.open(page, 'analyst', '/queue', false);
  await until('the page notices', async () => (await page.locator('.dot[data-on="no"]').count()) > 0, 20_000);
  await expect(page.getByText('No live updates')).toBeVisible();
});
