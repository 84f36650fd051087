/** Screenshots of all pages, for inspection: SCREENSHOTS=folder npx playwright test screenshots */
import { join } from 'node:path';
import { expect, test, useDesk } from './desk';
import { NAMES, pages, THEMES, WIDTHS, type Shown } from './pages';

const folder = process.env.SCREENSHOTS;

test.describe('Pictures', () => {
  test.skip(!folder, 'SCREENSHOTS names no folder');
  const desk = folder ? useDesk() : undefined;
  let all: Shown[] = [];
  test.beforeAll(async () => {
    test.setTimeout(60_000);
    if (desk) all = await pages(desk);
  });

  for (const name of NAMES) {
    test(`The page "${name}"`, async ({ page, watch }) => {
      const shown = all.find((each) => each.name === name)!;
      if (shown.status) watch.allow(new RegExp(`status of ${shown.status}`));
      if (shown.role) await desk!.open(page, shown.role, shown.path, shown.frame);
      else await page.goto(`${desk!.url}${shown.path}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          await page.evaluate(() => Promise.all([...document.images].map((image) => image.loading !== 'lazy' && image.decode().catch(() => undefined))));
          await page.screenshot({ path: join(folder!, `${name}-${width}-${colorScheme}.png`) });
        }
      }
    });
  }
});
